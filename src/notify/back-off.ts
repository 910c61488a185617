import { HOUR, MINUTE, type Duration, type Instant } from '../domain/time.ts'

const FIRST: Duration = MINUTE
const LONGEST: Duration = HOUR

/** How long a channel is left alone after so many tries in vain: from a minute, doubling, to an hour. */
export function backOff(tries: number): Duration {
  return Math.min(LONGEST, FIRST * 2 ** Math.min(tries - 1, 10))
}

/** A moment further away than anybody sets one stems from a clock that went backwards: it is as good as past. */
export function isDue(notBefore: Instant | undefined, now: Instant): boolean {
  return notBefore === undefined || notBefore <= now || notBefore - now > LONGEST
}
