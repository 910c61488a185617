import type { Instant } from '../domain/time.ts'
import { isObject } from './fields.ts'
import { plainInstant } from './plain-instant.ts'

/** One look at a device: `odd` once something in it is not as plain as nearly everything is. */
export type Look = { odd: boolean }

/** A parsed JSON object whose values are still to be looked at. */
export type PlainObject = Readonly<Record<string, unknown>>

/** A value that is being put together: absent keys are never set, and no copy is made for each that is there. */
export type Draft<T> = { -readonly [Key in keyof T]: T[Key] }

/** An object with no key but these; `undefined` (and odd) for anything else. */
export function plainObject(look: Look, value: unknown, keys: ReadonlySet<string>): PlainObject | undefined {
  if (!isObject(value)) return oddly(look)
  for (const key in value) if (!keys.has(key)) return oddly(look)
  return value
}

/** A string; `undefined` when absent or null. */
export function plainText(look: Look, value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return absent(look, value)
}

/** A string that holds something; the empty one when it is odd. */
export function plainWord(look: Look, value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '') return value
  look.odd = true
  return ''
}

/** true or false; `undefined` when absent or null. */
export function plainFlag(look: Look, value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  return absent(look, value)
}

/** A time of RFC 3339; `undefined` when absent or null. */
export function plainTime(look: Look, value: unknown): Instant | undefined {
  if (typeof value !== 'string') return absent(look, value)
  return plainInstant(value) ?? oddly(look)
}

/** One of a few words; `undefined` when absent or null. */
export function plainChoice<const Word extends string>(
  look: Look,
  value: unknown,
  words: readonly Word[],
): Word | undefined {
  for (const word of words) if (word === value) return word
  return absent(look, value)
}

/** A list; `undefined` when absent or null. */
export function plainList(look: Look, value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value
  return absent(look, value)
}

/** A list of strings; `undefined` when absent or null. */
export function plainTexts(look: Look, value: unknown): readonly string[] | undefined {
  const list = plainList(look, value)
  if (list !== undefined) for (const each of list) if (typeof each !== 'string') return oddly(look)
  return list as readonly string[] | undefined
}

/** An object of strings; `undefined` when absent or null. */
export function plainTextMap(look: Look, value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return absent(look, value)
  for (const key in value) if (typeof value[key] !== 'string') return oddly(look)
  return value as Readonly<Record<string, string>>
}

function absent(look: Look, value: unknown): undefined {
  if (value !== undefined && value !== null) look.odd = true
}

function oddly(look: Look): undefined {
  look.odd = true
}
