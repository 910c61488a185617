import { DAY, HOUR, MINUTE, parseInstant, SECOND } from '../domain/time.ts'
import type { Instant } from '../domain/time.ts'

const ZERO = 48
const [DASH, COLON, T, Z] = [0x2d, 0x3a, 0x54, 0x5a]
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
/** From the first of March of the year 0 to 1970, in days. */
const TO_1970 = 719_468

/**
 * What `parseInstant` says, for the form in which nearly all of a million times are written (`2026-11-23T08:00:00Z`)
 * without its regular expression and its dates.
 */
export function plainInstant(text: string): Instant | undefined {
  if (!isPlain(text)) return parseInstant(text)
  const year = two(text, 0) * 100 + two(text, 2)
  const month = two(text, 5)
  const day = two(text, 8)
  const hour = two(text, 11)
  const minute = two(text, 14)
  const second = two(text, 17)
  // NaN is in no range: whatever is not two digits goes the long way.
  const isTime = hour < 24 && minute < 60 && second < 60
  if (!(isTime && year >= 1 && month >= 1 && day >= 1 && day <= (DAYS[month - 1] ?? 0)))
    return parseInstant(text)
  return dayNumber(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second * SECOND
}

function isPlain(text: string): boolean {
  return (
    text.length === 20 &&
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    text.charCodeAt(10) === T &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON &&
    text.charCodeAt(19) === Z
  )
}

function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO
  const ones = text.charCodeAt(at + 1) - ZERO
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN
}

/** Days since 1970-01-01 in the Gregorian calendar: years that begin in March have the odd day at their end. */
function dayNumber(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1
  const marchMonth = month > 2 ? month - 3 : month + 9
  const inYear = Math.floor((153 * marchMonth + 2) / 5) + day - 1
  const leaps = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  return 365 * marchYear + leaps + inYear - TO_1970
}
