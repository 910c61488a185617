import { parseInstant, type Instant } from '../../domain/time.ts'

/** An object of an answer; what it may hold is looked at key by key. */
export type Json = { readonly [key: string]: unknown }

/** The object that a body is; `undefined` for anything else. Never throws. */
export function parseObject(body: string): Json | undefined {
  try {
    return object(JSON.parse(body))
  } catch {
    return undefined
  }
}

export function object(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
}

/** A list of objects; `undefined` when it is none, or holds something else. */
export function objects(value: unknown): readonly Json[] | undefined {
  if (!Array.isArray(value)) return undefined
  const all = value.map(object)
  return all.every((each) => each !== undefined) ? all : undefined
}

/** A text of at most 500 characters, trimmed, without control characters; `undefined` for an empty one. */
export function text(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 500) return undefined
  const trimmed = value.trim()
  return trimmed === '' || /\p{Cc}/u.test(trimmed) ? undefined : trimmed
}

/** A whole number from 0 on. */
export function whole(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

/** Fleet writes "never" as the beginning of the year 1 or of the year 2000. */
const NEVER: Instant = Date.UTC(2001, 0, 1)

/** A moment that really was; `undefined` for Fleet's "never". */
export function moment(value: unknown): Instant | undefined {
  const instant = typeof value === 'string' ? parseInstant(value) : undefined
  return instant === undefined || instant < NEVER ? undefined : instant
}
