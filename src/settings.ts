import { validate } from 'node-cron'
import type { Mode } from './domain/desired.ts'
import type { Finding } from './domain/finding.ts'
import { DAY, HOUR, MINUTE, SECOND } from './domain/time.ts'
import type { Duration } from './domain/time.ts'
import { checkSettings } from './settings/check.ts'
import type { Trouble } from './settings/check.ts'
import { readDocument } from './settings/document.ts'
import type { SettingsDocument } from './settings/document.ts'
import { overlay, unknownVariables } from './settings/environment.ts'
import type { Environment, Overlay } from './settings/environment.ts'
import type { SecretRef } from './settings/secret.ts'

/** How the service runs: simplane.yaml under SIMPLANE_*, checked, with every default filled in (contracts.md section 4). */
export type Settings = {
  readonly source: SourceSettings
  /** A cron expression: when to reconcile even though nothing was heard. */
  readonly schedule: string
  /** Patterns of files below the source path that are no documents. */
  readonly ignore: readonly string[]
  /** File of the SQLite database. */
  readonly store: string
  readonly drivers: readonly DriverSettings[]
  /** No commit can exceed these. */
  readonly limits: { readonly mode: Mode }
  readonly log: LogSettings
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

export type DriverSettings = {
  readonly name: string
  readonly kind: 'simulator'
  readonly path: string
  readonly devices: number
  readonly seed: number
  readonly latency?: { readonly min: Duration; readonly max: Duration }
}

type LogSettings = {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** Absent: human on a terminal, json elsewhere. */
  readonly format?: 'human' | 'json'
}

/** What the schema accepts. */
type Written = {
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
  readonly drivers?: readonly {
    readonly name: string
    readonly kind: 'simulator'
    readonly path?: string
    readonly devices?: number
    readonly seed?: number
    readonly latency?: { readonly min: string; readonly max: string }
  }[]
  readonly limits?: { readonly mode?: Mode }
  readonly log?: LogSettings
}

const EMPTY = { apiVersion: 'simplane/v1', kind: 'Settings' }
const UNITS: Readonly<Record<string, Duration>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY }

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
  const { source, store, drivers } = written
  if (store !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(store)) {
    // A database address holds a password, so that it is not repeated.
    const what = /^postgres(?:ql)?:/i.test(store)
      ? 'PostgreSQL comes later, and is not supported by this version'
      : 'store must be a file'
    wrong(['store'], what, 'write the path of a file, for example ./state/simplane.db')
  }
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
  const token = source?.auth?.token
  if (token !== undefined && 'env' in token && (env[token.env] ?? '') === '') {
    wrong(
      ['source', 'auth', 'token', 'env'],
      `the environment variable ${token.env} is not set`,
      'set it to the token',
    )
  }
  for (const [index, { name, latency }] of (drivers ?? []).entries()) {
    if (drivers?.findIndex((driver) => driver.name === name) !== index) {
      wrong(['drivers', index, 'name'], `two drivers are named "${name}"`, 'give each its own name')
    }
    if (latency !== undefined && milliseconds(latency.min) > milliseconds(latency.max)) {
      wrong(['drivers', index, 'latency'], 'latency.min is more than latency.max', 'exchange them')
    }
  }
  return troubles
}

function complete(written: Written): Settings {
  const { source = {}, store = './state/simplane.db', log } = written
  const beside = store.replace(/[^/\\]*$/, '')
  const drivers = written.drivers ?? [{ name: 'simulator', kind: 'simulator' as const }]
  return {
    source: completeSource(source, beside),
    schedule: source.schedule ?? '*/5 * * * *',
    ignore: source.ignore ?? [],
    store,
    drivers: drivers.map(({ name, kind, path, devices, seed, latency }) => ({
      name,
      kind,
      path: path ?? `${beside}${name}.db`,
      devices: devices ?? 42,
      seed: seed ?? 1,
      ...(latency === undefined
        ? {}
        : { latency: { min: milliseconds(latency.min), max: milliseconds(latency.max) } }),
    })),
    limits: { mode: written.limits?.mode ?? 'enforce' },
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
  const token = written.source?.auth?.token
  return new Set(token !== undefined && 'env' in token ? [token.env] : [])
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

function milliseconds(text: string): Duration {
  const [, number, unit] = /^(\d+)(\w+)$/.exec(text) ?? []
  return Number(number) * (UNITS[unit ?? ''] ?? 0)
}
