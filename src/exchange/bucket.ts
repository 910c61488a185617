import type { Duration, Instant } from '../domain/time.ts'

/** A token bucket. */
export type Bucket = {
  /**
   * Takes a token; gives how long to wait before using it. Tokens are given in the order they are taken. When that is
   * longer than `atMost`, none was taken.
   */
  take(now: Instant, atMost: Duration): Duration
}

/**
 * `burst` tokens at once, then `perSecond`. Kept as the moment at which the bucket is full again; a clock that goes
 * backwards moves that moment along, so that nobody waits for the hour that is lived twice.
 */
export function openBucket(perSecond: number, burst: number): Bucket {
  const gap = 1_000 / perSecond
  let full: Instant = -Infinity
  let last: Instant = -Infinity
  return {
    take(now, atMost) {
      if (now < last) full -= last - now
      last = now
      const fullThen = Math.max(full, now) + gap
      const wait = Math.max(0, fullThen - now - gap * burst)
      if (wait <= atMost) full = fullThen
      return wait
    },
  }
}
