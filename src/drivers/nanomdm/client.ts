import { SimplaneError } from '../../domain/error.ts'
import type { Log } from '../../domain/log.ts'
import { MINUTE, type Clock, type Instant } from '../../domain/time.ts'
import type { Answer, Call } from '../../exchange/answer.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { isNanoMdm, readEnqueued, type Enqueued } from './enqueued.ts'

/** What became of giving NanoMDM a command. */
export type Delivery =
  | Extract<Enqueued, { kind: 'queued' | 'refused' }>
  /** Nothing was taken; come again then. */
  | { readonly kind: 'throttled'; readonly retryAt: Instant }
  /** Whether it was taken is not known. */
  | { readonly kind: 'unheard'; readonly why: string }

/** NanoMDM's API, as much of it as is needed. Wrong credentials throw `driver-unreachable` from both. */
export interface Client {
  /** Throws `driver-unreachable` when NanoMDM does not answer. */
  reach(): Promise<void>
  /** Queues a command for one device and wakes it. The same uuid again is taken once. */
  enqueue(id: string, uuid: string, plist: string): Promise<Delivery>
}

type ClientOptions = {
  readonly driver: string
  /** Path of the API below the address: `/v1`, for NanoHUB `/api/v1/nanomdm`. */
  readonly base: string
  readonly exchange: Exchange
  readonly clock: Clock
  readonly log?: Log
}

/** How often a push certificate that expired is complained about. */
const COMPLAIN_EVERY = 10 * MINUTE

export function openClient({ driver, base, exchange, clock, log }: ClientOptions): Client {
  let asking: Promise<Answer> | undefined
  let complainedAt: Instant = -Infinity

  function complain(why: string): void {
    if (clock.now() - complainedAt < COMPLAIN_EVERY && complainedAt <= clock.now()) return
    complainedAt = clock.now()
    const consequence = 'commands wait until the devices poll by themselves'
    log?.warn('unpushed', `NanoMDM cannot wake devices of ${driver}, and ${consequence}: ${why}`, { driver })
  }

  return {
    async reach() {
      // Everybody who asks at once is told by one request.
      asking ??= exchange.send(VERSION).finally(() => {
        asking = undefined
      })
      const answer = await asking
      if (answer.kind === 'unreachable') throw unreachable(driver, answer.why)
      if (answer.kind === 'throttled') throw unreachable(driver, 'it wants to be left alone')
    },
    async enqueue(id, uuid, plist) {
      const answer = await exchange.send({
        endpoint: 'enqueue',
        method: 'PUT',
        path: `${base}/enqueue/${encodeURIComponent(id)}`,
        headers: { 'content-type': 'application/xml' },
        body: plist,
        repeatable: true,
        isAnswer: isNanoMdm,
      })
      if (answer.kind === 'throttled') return answer
      if (answer.kind === 'unreachable') return { kind: 'unheard', why: answer.why }
      const enqueued = readEnqueued(answer, uuid)
      if (enqueued.kind === 'forbidden')
        throw unreachable(
          driver,
          'it does not accept the credentials',
          'Check the user and the API key in the settings.',
        )
      if (enqueued.kind === 'trouble') return { kind: 'unheard', why: enqueued.why }
      if (enqueued.kind === 'queued' && enqueued.unpushed !== undefined) complain(enqueued.unpushed)
      return enqueued
    },
  }
}

/** Open to all, and the same in NanoHUB. */
const VERSION: Call = { endpoint: 'version', method: 'GET', path: '/version', repeatable: false, open: true }

/** The error of a driver that cannot reach its MDM. */
export function unreachable(driver: string, why: string, hint?: string): SimplaneError {
  return new SimplaneError(
    'driver-unreachable',
    `The MDM of driver ${driver} does not answer: ${why}.`,
    hint === undefined ? {} : { hint },
  )
}
