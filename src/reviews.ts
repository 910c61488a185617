import { resolve } from 'node:path'
import type { Given, Setting } from './app.ts'
import type { Forge } from './domain/forge.ts'
import type { Parts } from './reconcile/parts.ts'
import type { PublishOptions } from './reconcile/review/publish.ts'
import type { Reviews } from './reconcile/review/reviews.ts'
import { readText, reveal } from './secrets.ts'
import type { ForgeSettings } from './settings/reports.ts'

/** Opens the forge that reports go to; `undefined`: none is told. Nothing is sent yet. */
export async function openForge(setting: Setting, given: Pick<Given, 'clock'>): Promise<Forge | undefined> {
  const { reports } = setting.settings
  return reports === undefined ? undefined : await openIt(setting, reports.forge, given)
}

async function openIt(
  setting: Setting,
  { kind, repository, api, ca, auth }: ForgeSettings,
  { clock }: Pick<Given, 'clock'>,
): Promise<Forge> {
  const shared = {
    name: kind,
    clock,
    ...(ca === undefined ? {} : { ca: readText(resolve(setting.base, ca)) }),
  }
  const base = api === undefined ? {} : { api }
  if (kind === 'github') {
    const { openGitHub } = await import('./forge/github/github.ts')
    if (auth.kind === 'token') {
      const token = (): string => reveal(setting, auth.token)
      return await openGitHub({ ...shared, ...base, repository, auth: { kind: 'token', token } })
    }
    const { id: appId, key, installation } = auth
    const privateKey = (): string => readText(resolve(setting.base, key))
    return await openGitHub({
      ...shared,
      ...base,
      repository,
      auth: { kind: 'app', appId, privateKey, installation },
    })
  }
  if (auth.kind === 'app') throw new Error('an app was let through for a forge that has none')
  const token = (): string => reveal(setting, auth.token)
  if (kind === 'gitlab') {
    const { openGitLab } = await import('./forge/gitlab/gitlab.ts')
    return await openGitLab({ ...shared, ...base, project: repository, token })
  }
  const { openGitea } = await import('./forge/gitea/gitea.ts')
  return await openGitea({ ...shared, repository, api: api ?? '', token })
}

/** How proposals are told of; `undefined`: no forge is told. */
export function publishOptions(
  { settings: { reports, source } }: Setting,
  version: string,
): PublishOptions | undefined {
  if (reports === undefined || source.kind !== 'git') return undefined
  return {
    branch: source.ref.replace(/^refs\/heads\//, ''),
    prefix: source.path === '' ? '' : `${source.path}/`,
    identities: reports.identities,
    version,
  }
}

/** The reports of a running service, with their forge; disposed of together. */
export type OpenReviews = AsyncDisposable & { readonly reviews: Reviews }

/** Opens what keeps the reports of proposals up to date; `undefined`: no forge is told. */
export async function openReviews(setting: Setting, parts: Parts): Promise<OpenReviews | undefined> {
  const { reports } = setting.settings
  const published = publishOptions(setting, parts.program)
  const forge = await openForge(setting, parts)
  if (reports === undefined || published === undefined || forge === undefined) return undefined
  const stack = new AsyncDisposableStack()
  const { Reviews } = await import('./reconcile/review/reviews.ts')
  const { every, forks, drift } = reports
  const reviews = stack.use(new Reviews({ ...parts, forge }, { ...published, every, forks, drift }))
  // Ends first: a round that waits for its answer ends with it.
  stack.use(forge)
  return { reviews, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
