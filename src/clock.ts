import { setTimeout } from 'node:timers/promises'
import type { Clock } from './domain/time.ts'

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await setTimeout(ms, undefined, signal === undefined ? {} : { signal })
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'AbortError') throw error
    }
  },
}
