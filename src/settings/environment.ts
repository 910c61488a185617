import type { Finding } from '../domain/finding.ts'
import { nearest } from './check.ts'
import type { Path } from './document.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Settings with the variables laid over them, and which variable said what. */
export type Overlay = {
  readonly value: unknown
  variableOf(path: Path): string | undefined
}

type Json = Readonly<Record<string, unknown>>

/** Variables that override a key of the file. */
const PLACES: Readonly<Record<string, Path>> = {
  SIMPLANE_STORE: ['store'],
  SIMPLANE_SOURCE_REPO: ['source', 'repo'],
  SIMPLANE_SOURCE_REF: ['source', 'ref'],
  SIMPLANE_SOURCE_PATH: ['source', 'path'],
  SIMPLANE_SCHEDULE: ['source', 'schedule'],
  SIMPLANE_HTTP_LISTEN: ['http', 'listen'],
  SIMPLANE_LOG_LEVEL: ['log', 'level'],
  SIMPLANE_LOG_FORMAT: ['log', 'format'],
}
/** Variables of the first simulator; of a new one where there is none. */
const DRIVER = 'SIMPLANE_DRIVER'
const SIMULATOR: Readonly<Record<string, string>> = { SIMPLANE_DEVICES: 'devices', SIMPLANE_SEED: 'seed' }
/** Read elsewhere: by the command line and by its launcher. */
const OTHERS = ['SIMPLANE_CONFIG', 'SIMPLANE_ACTOR', 'SIMPLANE_RELAUNCHED']
const KNOWN = [...Object.keys(PLACES), DRIVER, ...Object.keys(SIMULATOR), ...OTHERS]

/** Lays the variables over settings that are valid by themselves. An empty variable is one that is not set. */
export function overlay(value: Json, env: Environment): Overlay {
  const said = new Map<string, string>()
  let merged = value
  for (const [name, path] of Object.entries(PLACES)) {
    const text = env[name]
    if (text === undefined || text === '') continue
    merged = put(merged, path, text)
    said.set(path.join('.'), name)
  }
  merged = overlayDrivers(merged, env, said)
  return { value: merged, variableOf: (path) => said.get(path.join('.')) }
}

/** SIMPLANE_DRIVER replaces every driver by one of that kind; the others turn the first simulator. */
function overlayDrivers(value: Json, env: Environment, said: Map<string, string>): Json {
  const kind = env[DRIVER] ?? ''
  const dials = Object.entries(SIMULATOR).filter(([name]) => (env[name] ?? '') !== '')
  if (kind === '' && dials.length === 0) return value
  const written = (value['drivers'] ?? [{ name: 'simulator', kind: 'simulator' }]) as readonly Json[]
  const same = written.find((driver) => driver['kind'] === kind)
  const drivers = kind === '' ? [...written] : [same ?? { name: kind, kind }]
  const index = drivers.findIndex((driver) => driver['kind'] === 'simulator')
  if (kind !== '') said.set('drivers.0.kind', DRIVER).set('drivers.0.name', DRIVER)
  // What a new one lacks, the variable cannot say.
  if (kind !== '' && same === undefined) said.set('drivers.0', DRIVER)
  for (const [name, key] of dials) {
    const text = env[name] ?? ''
    if (index === -1) continue
    drivers[index] = { ...drivers[index], [key]: /^\d{1,15}$/.test(text) ? Number(text) : text }
    said.set(`drivers.${index}.${key}`, name)
  }
  return { ...value, drivers }
}

/** Warns of SIMPLANE_ variables that nobody reads; `named` are those the settings themselves name for a secret. */
export function unknownVariables(env: Environment, named: ReadonlySet<string>): readonly Finding[] {
  const unknown = Object.keys(env).filter(
    (name) =>
      name.startsWith('SIMPLANE_') &&
      !name.startsWith('SIMPLANE_TEST_') &&
      !KNOWN.includes(name) &&
      !named.has(name),
  )
  return unknown.sort().map((name) => {
    const meant = nearest(
      name.slice('SIMPLANE_'.length),
      KNOWN.map((each) => each.slice('SIMPLANE_'.length)),
    )
    return {
      code: 'invalid-document',
      severity: 'warning',
      reason: 'unknown-key',
      message: `the environment variable ${name} is none of simplane's; it is ignored`,
      ...(meant === undefined ? {} : { hint: `did you mean SIMPLANE_${meant}?` }),
    }
  })
}

function put(value: Json, path: Path, text: string): Json {
  const [key, ...rest] = path
  if (key === undefined) return value
  const inner = (value[key] ?? {}) as Json
  return { ...value, [key]: rest.length === 0 ? text : put(inner, rest, text) }
}
