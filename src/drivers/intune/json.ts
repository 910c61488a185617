import { parseInstant, type Instant } from '../../domain/time.ts'

/** An object of parsed JSON, not looked into yet. */
export type Json = { readonly [key: string]: unknown }

/** `undefined` for what is no object. */
export function objectOf(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
}

/** A text with something in it; Graph writes "" for what it does not know. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

/** A moment; Graph writes the year 1 for "never". */
export function instantOf(value: unknown): Instant | undefined {
  const at = parseInstant(textOf(value) ?? '')
  return at === undefined || at <= 0 ? undefined : at
}

/** The text as JSON; `undefined` when it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Leaves out what is not known. */
export function withoutAbsent<T extends object>(
  values: T,
): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}
