import { setImmediate } from 'node:timers/promises'
import type { Clock, Duration, Instant } from '../src/domain/time.ts'

/** A clock that stands still until it is told otherwise. */
export type TestClock = Clock & {
  /**
   * Moves time on. Whoever sleeps wakes in order, each at its own moment, and gets the chance to go on (and to sleep
   * again) before time moves further. With nobody asleep it is done before it returns.
   */
  advance(ms: Duration): Promise<void>
  /** Sets the clock to a moment, backwards too; wakes nobody. */
  set(now: Instant): void
  /** How many sleep. */
  sleeping(): number
}

type Sleeper = { readonly due: Instant; readonly wake: () => void }

/** A Monday morning, 08:00 UTC. */
export const MONDAY: Instant = Date.UTC(2026, 10, 23, 8)

export function testClock(start: Instant = MONDAY): TestClock {
  let now = start
  const sleepers = new Set<Sleeper>()

  function nextDue(until: Instant): Sleeper | undefined {
    let first: Sleeper | undefined
    for (const sleeper of sleepers) {
      if (sleeper.due <= until && (first === undefined || sleeper.due < first.due)) first = sleeper
    }
    return first
  }

  return {
    now: () => now,
    sleep(ms, signal) {
      if (ms <= 0 || signal?.aborted === true) return Promise.resolve()
      return new Promise((resolve) => {
        const sleeper: Sleeper = {
          due: now + ms,
          wake() {
            sleepers.delete(sleeper)
            signal?.removeEventListener('abort', sleeper.wake)
            resolve()
          },
        }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', sleeper.wake)
      })
    },
    async advance(ms) {
      const until = now + ms
      for (let sleeper = nextDue(until); sleeper !== undefined; sleeper = nextDue(until)) {
        now = Math.max(now, sleeper.due)
        sleeper.wake()
        await setImmediate()
      }
      now = until
    },
    set(instant) {
      now = instant
    },
    sleeping: () => sleepers.size,
  }
}
