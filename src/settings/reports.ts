import { MINUTE, type Duration } from '../domain/time.ts'
import type { Trouble } from './check.ts'
import { milliseconds } from './duration.ts'
import type { Environment } from './environment.ts'
import type { SecretRef } from './secret.ts'

/** Where people review changes, and how we sign in there. */
export type ForgeSettings = {
  readonly kind: 'github' | 'gitlab' | 'gitea'
  /** `acme/esim`; with GitLab the whole path of the project. */
  readonly repository: string
  /** Base of the API; absent: the forge's own service. */
  readonly api?: string
  /** A file of the authorities that its certificate is checked by. */
  readonly ca?: string
  readonly auth:
    | { readonly kind: 'token'; readonly token: SecretRef }
    /** A GitHub App; `key`: its private key, a file in PEM. */
    | { readonly kind: 'app'; readonly id: number; readonly key: string; readonly installation: number }
}

/** How proposals and drift are reported. */
export type ReportSettings = {
  readonly forge: ForgeSettings
  /** How often the forge is asked though nothing was heard. */
  readonly every: Duration
  /** Proposals from other repositories are planned too. */
  readonly forks: boolean
  /** Names and numbers of devices may be told there in clear. */
  readonly identities: boolean
  /** The drift of the fleet is kept in an issue there. */
  readonly drift: boolean
}

/** As the schema accepts it. */
export type WrittenReports = {
  readonly forge: {
    readonly kind: ForgeSettings['kind']
    readonly repository: string
    readonly api?: string
    readonly ca?: string
    readonly token?: SecretRef
    readonly app?: { readonly id: number; readonly key: string; readonly installation: number }
  }
  readonly every?: string
  readonly forks?: boolean
  readonly identities?: boolean
  readonly drift?: boolean
}

const EVERY: Duration = 5 * MINUTE
const SHORTEST: Duration = MINUTE

export function completeReports({ forge, every, forks, identities, drift }: WrittenReports): ReportSettings {
  return {
    forge: completeForge(forge),
    every: every === undefined ? EVERY : milliseconds(every),
    forks: forks ?? false,
    identities: identities ?? false,
    drift: drift ?? true,
  }
}

function completeForge({ kind, repository, api, ca, token, app }: WrittenReports['forge']): ForgeSettings {
  const auth: ForgeSettings['auth'] | undefined =
    app === undefined ? token && { kind: 'token', token } : { kind: 'app', ...app }
  if (auth === undefined) throw new Error('a forge without a way to sign in was let through')
  return {
    kind,
    repository,
    auth,
    ...(api === undefined ? {} : { api }),
    ...(ca === undefined ? {} : { ca }),
  }
}

/** The secrets that reports name. */
export function secretsOfForge(forge: ForgeSettings | undefined): readonly SecretRef[] {
  return forge?.auth.kind === 'token' ? [forge.auth.token] : []
}

/** What no schema can say of `reports`. */
export function reportTroubles(
  reports: WrittenReports | undefined,
  repo: string | undefined,
  env: Environment,
): readonly Trouble[] {
  if (reports === undefined) return []
  const { forge, every } = reports
  const troubles: Trouble[] = []
  const wrong = (path: readonly string[], message: string, hint: string): void =>
    void troubles.push({ path: ['reports', ...path], severity: 'error', reason: 'bad-value', message, hint })
  if (repo === undefined)
    wrong([], 'reports need a source with branches', 'set source.repo to the repository, or take reports out')
  if ((forge.token === undefined) === (forge.app === undefined))
    wrong(['forge'], 'a forge is signed in to by a token or by an app', 'write token, or app, and not both')
  if (forge.app !== undefined && forge.kind !== 'github')
    wrong(['forge', 'app'], 'only GitHub has apps of this kind', 'write a token in place of it')
  if (forge.kind === 'gitea' && forge.api === undefined)
    wrong(['forge'], 'Gitea and Forgejo have no service of their own', 'write api: https://HOST/api/v1')
  if (forge.kind !== 'gitlab' && !/^[^/\s]+\/[^/\s]+$/.test(forge.repository))
    wrong(
      ['forge', 'repository'],
      `"${forge.repository}" is no repository`,
      'write owner/name, for example acme/esim',
    )
  if (every !== undefined && milliseconds(every) < SHORTEST)
    wrong(
      ['every'],
      `reports.every is ${every}, and forges count requests`,
      'write 1m or more; webhooks are heard at once',
    )
  const { token } = forge
  if (token !== undefined && 'env' in token && (env[token.env] ?? '') === '')
    wrong(
      ['forge', 'token', 'env'],
      `the environment variable ${token.env} is not set`,
      'set it to the token',
    )
  return troubles
}
