import { parseInstant } from '../domain/time.ts'
import type { Instant } from '../domain/time.ts'
import type { RecordKey } from '../domain/device.ts'
import { note, pathText } from './problems.ts'
import type { At, Problem, Problems } from './problems.ts'

/** One JSON object under reading: what it holds, where it stands, whose it is, and where trouble goes. */
export type Fields = {
  readonly object: Readonly<Record<string, unknown>>
  readonly at: At
  readonly problems: Problems
  readonly device?: RecordKey
}

/** The object below `at`, or a problem and `undefined`. */
export function fieldsOf(value: unknown, at: At, problems: Problems, device?: RecordKey): Fields | undefined {
  const whose = device === undefined ? {} : { device }
  if (isObject(value)) return { object: value, at, problems, ...whose }
  const what = at === undefined ? 'the document' : pathText(at)
  note(problems, {
    at,
    severity: 'error',
    reason: 'wrong-type',
    message: `${what} is ${typeName(value)}, expected an object`,
    ...whose,
  })
  return undefined
}

/** A string; `undefined` when absent, null or (with a problem) of another type. */
export function text(fields: Fields, key: string): string | undefined {
  const value = fields.object[key]
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return undefined
  const hint =
    typeof value === 'number'
      ? { hint: 'write it in double quotes: a number loses leading zeros and its last digits' }
      : {}
  wrongType(fields, key, 'a string', hint)
  return undefined
}

/** A string that must be there and hold something. */
export function requiredText(fields: Fields, key: string): string | undefined {
  const value = fields.object[key]
  if (value === undefined || value === null) {
    fault(fields, undefined, 'missing-key', `${key} is missing${inside(fields)}`)
    return undefined
  }
  const found = text(fields, key)
  if (found?.trim() !== '') return found
  fault(fields, key, 'bad-value', `${pathText(below(fields, key))} is empty`)
  return undefined
}

/** true or false. */
export function flag(fields: Fields, key: string): boolean | undefined {
  const value = fields.object[key]
  if (typeof value === 'boolean') return value
  if (value !== undefined && value !== null) wrongType(fields, key, 'true or false')
  return undefined
}

/** RFC 3339. */
export function instant(fields: Fields, key: string): Instant | undefined {
  const value = text(fields, key)
  if (value === undefined) return undefined
  const found = parseInstant(value)
  if (found !== undefined) return found
  const path = pathText(below(fields, key))
  fault(
    fields,
    key,
    'bad-value',
    `${path} is ${quote(value)}, expected a time as in RFC 3339, such as 2026-11-23T08:00:00Z`,
  )
  return undefined
}

/** One of a few words; another word is a problem. */
export function choice<const Word extends string>(
  fields: Fields,
  key: string,
  words: readonly Word[],
): Word | undefined {
  const value = text(fields, key)
  if (value === undefined) return undefined
  const found = words.find((word) => word === value)
  if (found !== undefined) return found
  fault(
    fields,
    key,
    'bad-value',
    `${pathText(below(fields, key))} is ${quote(value)}, expected ${words.join(', ')}`,
  )
  return undefined
}

/** Like `choice`, where the word `unknown` says as much as saying nothing. */
export function knownChoice<const Word extends string>(
  fields: Fields,
  key: string,
  words: readonly Word[],
): Word | undefined {
  return fields.object[key] === 'unknown' ? undefined : choice(fields, key, words)
}

/** A list; with a problem `undefined`. */
export function list(fields: Fields, key: string): readonly unknown[] | undefined {
  const value = fields.object[key]
  if (Array.isArray(value)) return value
  if (value !== undefined && value !== null) wrongType(fields, key, 'a list')
  return undefined
}

/** A list of strings. */
export function texts(fields: Fields, key: string): readonly string[] | undefined {
  const values = list(fields, key)
  if (values === undefined) return undefined
  const at = below(fields, key)
  for (const [index, value] of values.entries()) {
    if (typeof value === 'string') continue
    wrong(fields, { parent: at, key: index }, value, 'a string')
  }
  return values.filter((value) => typeof value === 'string')
}

/** An object of strings. */
export function textMap(fields: Fields, key: string): Readonly<Record<string, string>> | undefined {
  const value = fields.object[key]
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) {
    wrongType(fields, key, 'an object of strings')
    return undefined
  }
  const at = below(fields, key)
  const entries: [string, string][] = []
  for (const [name, entry] of Object.entries(value)) {
    if (typeof entry === 'string') entries.push([name, entry])
    else wrong(fields, { parent: at, key: name }, entry, 'a string')
  }
  return Object.fromEntries(entries)
}

/** Warns of keys that are not known, each once a snapshot: other tools write snapshots too. `where`: `installed[]`. */
export function warnUnknownKeys(fields: Fields, known: ReadonlySet<string>, where: string): void {
  for (const key of Object.keys(fields.object)) {
    if (known.has(key)) continue
    const name = where === '' ? key : `${where}.${key}`
    if (fields.problems.seenKeys.has(name)) continue
    fields.problems.seenKeys.add(name)
    note(fields.problems, {
      at: below(fields, key),
      onKey: true,
      severity: 'warning',
      reason: 'unknown-key',
      message: `${name} is no key of a fleet snapshot; it is ignored, here and wherever else it occurs`,
    })
  }
}

/** An error about this object or, with `key`, about the value of one of its keys. */
export function fault(
  fields: Fields,
  key: string | undefined,
  reason: Problem['reason'],
  message: string,
  more: { readonly hint?: string } = {},
): void {
  const at = key === undefined ? fields.at : below(fields, key)
  const whose = fields.device === undefined ? {} : { device: fields.device }
  note(fields.problems, { at, severity: 'error', reason, message, ...more, ...whose })
}

export function below(fields: Fields, key: string): At {
  return { parent: fields.at, key }
}

/** Drops what is absent, so that an optional key is left out rather than set to `undefined`. */
export function withoutAbsent<T extends Readonly<Record<string, unknown>>>(
  values: T,
): { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>
} {
  const found: Record<string, unknown> = {}
  for (const key in values) if (values[key] !== undefined) found[key] = values[key]
  return found as ReturnType<typeof withoutAbsent<T>>
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value for a message: never longer than a line, never with control characters. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
}

function wrongType(
  fields: Fields,
  key: string,
  expected: string,
  more: { readonly hint?: string } = {},
): void {
  wrong(fields, below(fields, key), fields.object[key], expected, more)
}

function wrong(
  fields: Fields,
  at: At,
  value: unknown,
  expected: string,
  more: { readonly hint?: string } = {},
): void {
  const whose = fields.device === undefined ? {} : { device: fields.device }
  const message = `${pathText(at)} is ${typeName(value)}, expected ${expected}`
  note(fields.problems, { at, severity: 'error', reason: 'wrong-type', message, ...more, ...whose })
}

function inside(fields: Fields): string {
  return fields.at === undefined ? '' : ` in ${pathText(fields.at)}`
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return typeof value === 'boolean' ? 'true or false' : `a ${typeof value}`
}
