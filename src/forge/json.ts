import { parseInstant, type Instant } from '../domain/time.ts'

/** An object of an answer; what it may hold is looked at key by key. */
export type Json = { readonly [key: string]: unknown }

/** `undefined` for what is no object. */
export function object(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
}

/** A list of objects; `undefined` when it is none, or holds something else. */
export function objects(value: unknown): readonly Json[] | undefined {
  if (!Array.isArray(value)) return undefined
  const all = value.map(object)
  return all.every((each) => each !== undefined) ? all : undefined
}

/** A text as it is, empty too. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** A whole number from 1 on: what forges number and identify things with. */
export function ordinal(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined
}

/** A moment; `null` is none. */
export function moment(value: unknown): Instant | undefined {
  return typeof value === 'string' ? parseInstant(value) : undefined
}

/** The name of a commit: SHA-1 or SHA-256. */
export function sha(value: unknown): string | undefined {
  return typeof value === 'string' && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(value) ? value : undefined
}
