import { validate } from 'node-cron'
import type { Mode } from './domain/desired.ts'
import type { Finding } from './domain/finding.ts'
import { DAY } from './domain/time.ts'
import type { Duration } from './domain/time.ts'
import { checkSettings } from './settings/check.ts'
import type { Trouble } from './settings/check.ts'
import { readDocument } from './settings/document.ts'
import type { SettingsDocument } from './settings/document.ts'
import { completeDriver, driverTroubles, isPartlyByHand, secretsOfDriver } from './settings/drivers.ts'
import type { DriverSettings, WrittenDriver } from './settings/drivers.ts'
import { milliseconds } from './settings/duration.ts'
import { overlay, unknownVariables } from './settings/environment.ts'
import type { Environment, Overlay } from './settings/environment.ts'
import { completeHttp, httpTroubles } from './settings/http.ts'
import type { HttpSettings, WrittenHttp } from './settings/http.ts'
import { secretsOfWebhooks, webhookTroubles } from './settings/http-webhooks.ts'
import { completeReports, reportTroubles } from './settings/reports.ts'
import type { ReportSettings, WrittenReports } from './settings/reports.ts'
import { channelTroubles, completeChannel, secretsOfChannels } from './settings/notify.ts'
import type { ChannelSettings, WrittenChannel } from './settings/notify.ts'
import type { Secret, SecretRef } from './settings/secret.ts'
import { completeStore, storeTroubles } from './settings/store.ts'

/** How the service runs: simplane.yaml under SIMPLANE_*, checked, with every default filled in (contracts.md section 4). */
export type Settings = {
  readonly source: SourceSettings
  /** A cron expression: when to reconcile even though nothing was heard. */
  readonly schedule: string
  /** Patterns of files below the source path that are no documents. */
  readonly ignore: readonly string[]
  readonly store: StoreSettings
  readonly drivers: readonly DriverSettings[]
  /** The file of what persons are asked to do, beside the store. Absent: no driver hands anything to a person. */
  readonly tasks?: string
  /** Absent: where a driver needs it, at the default. */
  readonly http?: HttpSettings
  /** Absent: no forge is told of plans. */
  readonly reports?: ReportSettings
  /** Who is told of what happens. Absent: nobody. */
  readonly notify?: readonly ChannelSettings[]
  /** No commit can exceed these. */
  readonly limits: { readonly mode: Mode }
  /** How long what is over is remembered. */
  readonly retention: { readonly history: Duration }
  readonly log: LogSettings
}

export type StoreSettings =
  | { readonly kind: 'sqlite'; readonly path: string }
  | {
      readonly kind: 'postgres'
      /** May hold a password, where a variable said so. */
      readonly url: Secret
      readonly password?: SecretRef
      /** Without user and password, for people. */
      readonly shown: string
    }

export type SourceSettings =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 'git'
      readonly repo: string
      readonly ref: string
      /** Inside the repository; empty for all of it. */
      readonly path: string
      /** Folder of the bare mirror, beside the store. */
      readonly mirror: string
      readonly auth?: SourceAuth
    }

export type SourceAuth =
  | { readonly kind: 'token'; readonly token: SecretRef; readonly username?: string }
  | { readonly kind: 'ssh'; readonly key: string; readonly knownHosts: string }

type LogSettings = {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** Absent: human on a terminal, json elsewhere. */
  readonly format?: 'human' | 'json'
}

/** What the schema accepts. */
export type Written = {
  readonly source?: {
    readonly repo?: string
    readonly ref?: string
    readonly path?: string
    readonly schedule?: string
    readonly ignore?: readonly string[]
    readonly auth?: {
      readonly token?: SecretRef
      readonly username?: string
      readonly sshKey?: string
      readonly knownHosts?: string
    }
  }
  readonly store?: string
  readonly storePassword?: SecretRef
  readonly drivers?: readonly WrittenDriver[]
  readonly http?: WrittenHttp
  readonly reports?: WrittenReports
  readonly notify?: readonly WrittenChannel[]
  readonly limits?: { readonly mode?: Mode }
  readonly retention?: { readonly history?: string }
  readonly log?: LogSettings
}

const EMPTY = { apiVersion: 'simplane/v1', kind: 'Settings' }
/** Budgets look back a day, and a store that was off for one must not have forgotten it. */
const SHORTEST_HISTORY = 2 * DAY

/**
 * Reads settings. `text` absent: there is no file, and the defaults hold under the variables. An error finding and
 * there are no settings. Secrets are only named here; `findSecret` looks them up.
 */
export function parseSettings(
  text: string | undefined,
  file: string,
  env: Environment,
): { readonly settings?: Settings; readonly findings: readonly Finding[] } {
  const reading = text === undefined ? { findings: [] } : readDocument(text, file)
  const { document } = reading
  if (reading.findings.length > 0) return { findings: reading.findings }
  const value = document === undefined ? EMPTY : document.value
  const inFile = checkSettings(value)
  const findings = inFile.map((trouble) => tell(trouble, document))
  if (hasError(inFile)) return { findings }
  const merged = overlay(value as Readonly<Record<string, unknown>>, env)
  // What the file alone says was told already.
  const byVariables = checkSettings(merged.value).filter(({ severity }) => severity === 'error')
  const written = merged.value as Written
  const troubles = hasError(byVariables) ? byVariables : checkRules(written, env)
  findings.push(...troubles.map((trouble) => tell(trouble, document, merged)))
  findings.push(...unknownVariables(env, secretNames(written)))
  return hasError(troubles) ? { findings } : { settings: complete(written), findings }
}

/** What no schema can say. */
function checkRules(written: Written, env: Environment): readonly Trouble[] {
  const troubles: Trouble[] = []
  const wrong = (
    path: Trouble['path'],
    message: string,
    hint: string,
    severity: Trouble['severity'] = 'error',
  ) => troubles.push({ path, severity, reason: 'bad-value', message, hint })
  const { source, drivers = [], http, reports, notify = [] } = written
  troubles.push(
    ...storeTroubles(written, env),
    ...driverTroubles(drivers, env),
    ...httpTroubles(http, drivers),
    ...webhookTroubles(http?.webhooks ?? [], source?.repo, env),
    ...reportTroubles(reports, source?.repo, env),
    ...channelTroubles(notify, env),
  )
  if (source?.schedule !== undefined && !validate(source.schedule)) {
    wrong(
      ['source', 'schedule'],
      `source.schedule is no cron expression: "${source.schedule}"`,
      'for example */5 * * * *, every five minutes',
    )
  }
  if (source?.repo === undefined) {
    for (const key of ['ref', 'auth'] as const) {
      if (source?.[key] !== undefined)
        wrong(
          ['source', key],
          `source.${key} means nothing without source.repo`,
          'set source.repo, or take it out',
        )
    }
  }
  const history = written.retention?.history
  if (history !== undefined && milliseconds(history) < SHORTEST_HISTORY) {
    wrong(
      ['retention', 'history'],
      `retention.history is ${history}, and budgets rest on what was sent within a day`,
      'write 2d or more, for example 90d',
    )
  }
  const secrets = [
    { path: ['source', 'auth', 'token', 'env'], ref: source?.auth?.token, what: 'token' },
    { path: ['storePassword', 'env'], ref: written.storePassword, what: 'password' },
  ]
  for (const { path, ref, what } of secrets) {
    if (ref !== undefined && 'env' in ref && (env[ref.env] ?? '') === '')
      wrong(path, `the environment variable ${ref.env} is not set`, `set it to the ${what}`)
  }
  return troubles
}

function complete(written: Written): Settings {
  const { source = {}, log } = written
  const store = completeStore(written)
  const beside = store.kind === 'sqlite' ? store.path.replace(/[^/\\]*$/, '') : './state/'
  const drivers = written.drivers ?? [{ name: 'simulator', kind: 'simulator' as const }]
  return {
    source: completeSource(source, beside),
    schedule: source.schedule ?? '*/5 * * * *',
    ignore: source.ignore ?? [],
    store,
    drivers: drivers.map((driver) => completeDriver(driver, beside)),
    ...(drivers.some(isPartlyByHand) ? { tasks: `${beside}tasks.db` } : {}),
    ...(written.http === undefined ? {} : { http: completeHttp(written.http) }),
    ...(written.reports === undefined ? {} : { reports: completeReports(written.reports) }),
    ...(written.notify === undefined ? {} : { notify: written.notify.map(completeChannel) }),
    limits: { mode: written.limits?.mode ?? 'enforce' },
    retention: { history: milliseconds(written.retention?.history ?? '90d') },
    log: { level: log?.level ?? 'info', ...(log?.format === undefined ? {} : { format: log.format }) },
  }
}

function completeSource(source: NonNullable<Written['source']>, beside: string): SourceSettings {
  const { repo, ref = 'main', path, auth } = source
  if (repo === undefined) return { kind: 'folder', path: path ?? './desired-state' }
  const access = auth === undefined ? undefined : completeAuth(auth)
  const mirror = `${beside}mirror.git`
  return {
    kind: 'git',
    repo,
    ref,
    path: path ?? '',
    mirror,
    ...(access === undefined ? {} : { auth: access }),
  }
}

function completeAuth(auth: NonNullable<NonNullable<Written['source']>['auth']>): SourceAuth | undefined {
  const { token, username, sshKey, knownHosts } = auth
  if (token !== undefined) return { kind: 'token', token, ...(username === undefined ? {} : { username }) }
  return sshKey === undefined || knownHosts === undefined
    ? undefined
    : { kind: 'ssh', key: sshKey, knownHosts }
}

function secretNames(written: Written): ReadonlySet<string> {
  const ofDrivers = (written.drivers ?? []).flatMap((driver) => secretsOfDriver(driver).map(([, ref]) => ref))
  const secrets = [
    written.source?.auth?.token,
    written.storePassword,
    ...ofDrivers,
    written.reports?.forge.token,
    ...secretsOfWebhooks(written.http?.webhooks),
    ...secretsOfChannels(written.notify),
  ]
  return new Set(secrets.flatMap((ref) => (ref !== undefined && 'env' in ref ? [ref.env] : [])))
}

function tell(trouble: Trouble, document: SettingsDocument | undefined, merged?: Overlay): Finding {
  const { path, onKey, severity, reason, message, hint } = trouble
  const variable = merged?.variableOf(path)
  const place = variable === undefined ? document?.placeOf(path, onKey) : undefined
  return {
    code: 'invalid-document',
    severity,
    reason,
    message: variable === undefined ? message : `${message} (from the environment variable ${variable})`,
    ...(place === undefined ? {} : { place }),
    ...(hint === undefined ? {} : { hint }),
  }
}

function hasError(troubles: readonly Trouble[]): boolean {
  return troubles.some(({ severity }) => severity === 'error')
}
