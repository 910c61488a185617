import { DAY, HOUR, MINUTE, SECOND } from '../domain/time.ts'
import type { Duration, Instant } from '../domain/time.ts'

/** A length of time for people, never rounded up: `38 s`, `2 min`, `3 h 12 min`, `2 d`. Negative counts as none. */
export function age(ms: Duration): string {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))} s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`
  if (ms >= DAY) return `${Math.floor(ms / DAY)} d`
  const minutes = Math.floor((ms % HOUR) / MINUTE)
  return `${Math.floor(ms / HOUR)} h${minutes === 0 ? '' : ` ${minutes} min`}`
}

/** How long before `now` something was; `-` when that is not known. */
export function ageOf(instant: Instant | undefined, now: Instant): string {
  return instant === undefined ? '-' : age(now - instant)
}

/** `4 to 38 s`, `4 s to 2 min`: the ages of the newest and the oldest. One age when they read the same. */
export function ageRange(newest: Duration, oldest: Duration): string {
  const from = age(newest)
  const to = age(oldest)
  if (from === to) return to
  const [number, unit, ...rest] = from.split(' ')
  return rest.length === 0 && to.split(' ').length === 2 && to.endsWith(` ${unit}`)
    ? `${number} to ${to}`
    : `${from} to ${to}`
}
