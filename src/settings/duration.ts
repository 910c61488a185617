import { DAY, HOUR, MINUTE, SECOND, type Duration } from '../domain/time.ts'

const UNITS: Readonly<Record<string, Duration>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY }

/** The length of time that a text of the schema's `duration` says, as in `600ms` and `12h`. */
export function milliseconds(text: string): Duration {
  const [, number, unit] = /^(\d+)(\w+)$/.exec(text) ?? []
  return Number(number) * (UNITS[unit ?? ''] ?? 0)
}
