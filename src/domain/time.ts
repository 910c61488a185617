/** A moment, as milliseconds since 1970-01-01T00:00:00Z. In JSON it is RFC 3339 in UTC. */
export type Instant = number

/** A length of time in milliseconds. */
export type Duration = number

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** Where the time comes from. Floors 0 and 1 never ask it themselves: they are given an instant. */
export interface Clock {
  now(): Instant
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  sleep(ms: Duration, signal?: AbortSignal): Promise<void>
}

/** An instant as RFC 3339 in UTC, without the milliseconds when they are zero: `2026-11-23T08:00:00Z`. */
export function toRfc3339(instant: Instant): string {
  return new Date(instant).toISOString().replace('.000Z', 'Z')
}

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt](\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2}))?$/

/** RFC 3339, or a date alone (00:00 UTC); `undefined` for anything else, a 30 February included. */
export function parseInstant(text: string): Instant | undefined {
  const match = RFC3339.exec(text)
  if (match === null) return undefined
  const [, year, month, day] = match
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined
  const instant = Date.parse(match[4] === undefined ? `${text}T00:00:00Z` : text.toUpperCase())
  return Number.isNaN(instant) ? undefined : instant
}
