import {
  BrokenCircuitError,
  circuitBreaker,
  ConsecutiveBreaker,
  handleWhenResult,
  type IBackoff,
} from 'cockatiel'
import type { Clock, Duration } from '../domain/time.ts'
import type { Answer } from './answer.ts'

/** Stops calls to an endpoint that does not answer, so that its recovery is not hindered. */
export type Breaker = {
  /** Makes the call; `left-alone`: it was not made. */
  through(call: () => Promise<Answer>): Promise<Answer | 'left-alone'>
}

/** After `failures` calls in a row without an answer the endpoint is left alone for `pause`; then one call tries it. */
export function openBreaker(failures: number, pause: Duration, clock: Clock): Breaker {
  const policy = circuitBreaker(
    handleWhenResult((answer) => (answer as Answer).kind === 'unreachable'),
    { breaker: new ConsecutiveBreaker(failures), halfOpenAfter: pauseBy(clock, pause) },
  )
  return {
    async through(call) {
      try {
        return await policy.execute(call)
      } catch (error) {
        if (error instanceof BrokenCircuitError) return 'left-alone'
        throw error
      }
    },
  }
}

/** The library compares its own clock with a length of time: as long as our clock says "not yet" that is for ever. */
function pauseBy(clock: Clock, pause: Duration): IBackoff<unknown> {
  const until = clock.now() + pause
  return {
    get duration() {
      return clock.now() < until ? Infinity : -Infinity
    },
    next: () => pauseBy(clock, pause),
  }
}
