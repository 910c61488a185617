import type { Clock, Duration } from '../domain/time.ts'
import { SECOND } from '../domain/time.ts'
import type { Answer, Call } from './answer.ts'
import { openBreaker, type Breaker } from './breaker.ts'
import { openBucket, type Bucket } from './bucket.ts'
import { openThrottle, type Throttle } from './throttle.ts'
import { openTransport } from './transport.ts'

/** How the other side is spoken to. */
export type ExchangeOptions = {
  /** As `readAddress` gives it. */
  readonly address: URL
  readonly clock: Clock
  /** The value of the Authorization header; asked at each call. */
  readonly authorization: () => string
  readonly ca?: string
  /** Most requests a second to each endpoint, and at once after a pause; default 100. */
  readonly perSecond?: number
  /** Most connections; default 32. */
  readonly connections?: number
  /** Default 10 seconds. */
  readonly connectWithin?: Duration
  /** For the whole answer, to its last byte; default 30 seconds. */
  readonly answerWithin?: Duration
  /** Largest answer in bytes; default 8 MiB. */
  readonly largest?: number
  /** Between 0 and 1, for jitter; default Math.random. */
  readonly random?: () => number
}

/** The one way to an API over HTTP: bounded in size, time, rate and patience. */
export interface Exchange extends AsyncDisposable {
  send(call: Call): Promise<Answer>
}

const TRIES = 3
const FIRST_PAUSE: Duration = SECOND / 4
/** A queue longer than this is no queue: the caller is told to come again. */
const LONGEST_QUEUE: Duration = 30 * SECOND
const FAILURES = 10
const LEFT_ALONE: Duration = 10 * SECOND

const LEFT_ALONE_WHY = `it did not answer ${FAILURES} times in a row, and is left alone for a moment`
const TURNED_AWAY_WHY = 'it did not answer, and then wanted to be left alone'

type Endpoint = { readonly bucket: Bucket; readonly breaker: Breaker; readonly throttle: Throttle }

/** Opens the way to one API. Nothing is sent before the first call. */
export function openExchange(options: ExchangeOptions): Exchange {
  const { clock, perSecond = 100, random = Math.random } = options
  const transport = openTransport({
    connections: 32,
    connectWithin: 10 * SECOND,
    answerWithin: 30 * SECOND,
    largest: 8 * 1024 * 1024,
    ...options,
  })
  const endpoints = new Map<string, Endpoint>()

  function endpointOf({ endpoint }: Call): Endpoint {
    const known = endpoints.get(endpoint)
    if (known !== undefined) return known
    const opened = {
      bucket: openBucket(perSecond, perSecond),
      breaker: openBreaker(FAILURES, LEFT_ALONE, clock),
      throttle: openThrottle(random),
    }
    endpoints.set(endpoint, opened)
    return opened
  }

  async function once(call: Call, { bucket, breaker, throttle }: Endpoint): Promise<Answer | 'left-alone'> {
    const now = clock.now()
    const closed = throttle.closedUntil(now)
    if (closed !== undefined) return { kind: 'throttled', retryAt: closed }
    const wait = bucket.take(now, LONGEST_QUEUE)
    if (wait > LONGEST_QUEUE) return { kind: 'throttled', retryAt: now + Math.round(wait) }
    if (wait > 0) await clock.sleep(wait)
    const answer = await breaker.through(() => transport.send(call))
    if (answer === 'left-alone' || answer.kind !== 'answered') return answer
    const retryAt = throttle.note(answer, clock.now())
    return retryAt === undefined ? answer : { kind: 'throttled', retryAt }
  }

  return {
    async send(call) {
      const endpoint = endpointOf(call)
      const tries = call.repeatable ? TRIES : 1
      let untold = true
      for (let tried = 1; ; tried += 1) {
        const answer = await once(call, endpoint)
        if (answer === 'left-alone') return { kind: 'unreachable', why: LEFT_ALONE_WHY, untold }
        if (answer.kind === 'answered') return answer
        // Turned away now says nothing of an earlier try that got no answer.
        if (answer.kind === 'throttled')
          return untold ? answer : { kind: 'unreachable', why: TURNED_AWAY_WHY, untold }
        untold &&= answer.untold
        if (tried >= tries) return { ...answer, untold }
        await clock.sleep(FIRST_PAUSE * 2 ** tried * (0.5 + random() / 2))
      }
    },
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  }
}
