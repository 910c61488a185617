import type { Duration, Instant } from '../domain/time.ts'
import { HOUR, MINUTE, SECOND } from '../domain/time.ts'
import type { Reply } from './answer.ts'

/** Remembers for one endpoint until when the other side wants to be left alone. */
export type Throttle = {
  /** The moment before which nothing may be sent; `undefined`: now is fine. */
  closedUntil(now: Instant): Instant | undefined
  /** Takes note of a reply; gives the moment to come again when it was turned away. */
  note(reply: Reply, now: Instant): Instant | undefined
}

/** Nobody is believed who wants us to wait for longer, or not at all. */
const LONGEST: Duration = HOUR
const SHORTEST: Duration = SECOND

/**
 * 429, and 503 with Retry-After, turn a call away. Without Retry-After the wait doubles from a second to a minute, with
 * jitter, until a call gets through.
 */
export function openThrottle(random: () => number): Throttle {
  let until: Instant = -Infinity
  let turnedAway = 0
  return {
    closedUntil: (now) => (now < until && until - now <= LONGEST ? until : undefined),
    note(reply, now) {
      if (!isTurnedAway(reply)) {
        turnedAway = 0
        return undefined
      }
      const asked = retryAfter(reply.headers['retry-after'], now)
      const doubled = Math.min(MINUTE, SECOND * 2 ** turnedAway)
      turnedAway = Math.min(turnedAway + 1, 10)
      until = now + Math.round(asked ?? doubled * (0.5 + random() / 2))
      return until
    },
  }
}

/** 429, or 503 with a Retry-After: the server is there, did nothing, and wants us to come again later. */
export function isTurnedAway({ status, headers }: Reply): boolean {
  return status === 429 || (status === 503 && headers['retry-after'] !== undefined)
}

/** How long a `Retry-After` wants us to wait: seconds, or the date at which to come (RFC 9110, 10.2.3). */
export function retryAfter(header: string | undefined, now: Instant): Duration | undefined {
  const text = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return within(Number(text) * SECOND)
  // Date.parse takes a great deal for a date; HTTP's begin with a weekday and end with GMT.
  const at = /^[A-Z][a-z]{2,8}, .+ GMT$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : within(at - now)
}

function within(wait: Duration): Duration {
  return Math.min(LONGEST, Math.max(SHORTEST, wait))
}
