import { parseInstant, type Instant } from '../../domain/time.ts'

/** An object of an answer; what it may hold is looked at key by key. */
export type Json = { readonly [key: string]: unknown }

/** The text as JSON; `undefined` when it is none. Never throws. */
export function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

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

/** A moment; the beginning of 1970, which means "never", is none. */
export function moment(value: unknown): Instant | undefined {
  const instant = typeof value === 'string' ? parseInstant(value) : undefined
  return instant === undefined || instant <= 0 ? undefined : instant
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

/** The values that are there. */
export function present<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>
}
