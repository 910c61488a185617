import { Agent, request } from 'undici'
import type { Clock, Duration } from '../domain/time.ts'
import type { Answer, Call, Reply } from './answer.ts'
import { isTurnedAway } from './throttle.ts'
import { connectionTrouble, withoutCredentials } from './words.ts'

export type TransportOptions = {
  readonly address: URL
  readonly clock: Clock
  /** The value of the Authorization header; asked at each call, for credentials are renewed. */
  readonly authorization: () => string
  /** PEM of the authority that signed its certificate, where that is not a public one. */
  readonly ca?: string
  readonly connections: number
  readonly connectWithin: Duration
  readonly answerWithin: Duration
  /** Largest body, in bytes. */
  readonly largest: number
}

/** One request over the wire, once. Throws nothing but what `authorization` throws. */
export interface Transport extends AsyncDisposable {
  send(call: Call): Promise<Answer>
}

/** A reason given once is not made anew, with its stack, for each request. */
const OVER = new Error('the request is over')

/** TLS is always verified; a redirect is never followed, for it would take the credentials elsewhere. */
export function openTransport(options: TransportOptions): Transport {
  const { address, clock, ca, connections, connectWithin, answerWithin, largest } = options
  const agent = new Agent({
    connections,
    connect: { timeout: connectWithin, ...(ca === undefined ? {} : { ca }) },
    // One clock decides when an answer took too long: ours, over the whole of it.
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  })

  async function exchange(
    call: Call,
    authorization: string | undefined,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { statusCode, headers, body } = await request(
      `${address.origin}${address.pathname.replace(/\/$/, '')}${call.path}`,
      {
        method: call.method,
        dispatcher: agent,
        signal,
        headers: {
          accept: 'application/json',
          ...call.headers,
          ...(authorization === undefined ? {} : { authorization }),
        },
        ...(call.body === undefined ? {} : { body: call.body }),
      },
    )
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body) {
      size += (chunk as Buffer).length
      if (size > largest) return unread(`its answer is larger than ${largest} bytes`)
      chunks.push(chunk as Buffer)
    }
    return judged(call, {
      status: statusCode,
      headers: flat(headers),
      body: withoutCredentials(Buffer.concat(chunks).toString('utf8'), authorization ?? ''),
    })
  }

  return {
    async send(call) {
      const authorization = call.open === true ? undefined : options.authorization()
      const tooLate = new AbortController()
      const done = new AbortController()
      void clock.sleep(answerWithin, done.signal).then(() => {
        if (!done.signal.aborted) tooLate.abort()
      })
      try {
        return await exchange(call, authorization, tooLate.signal)
      } catch (error) {
        if (tooLate.signal.aborted) return unread('the answer took too long')
        return { kind: 'unreachable', ...connectionTrouble(error) }
      } finally {
        done.abort(OVER)
      }
    },
    [Symbol.asyncDispose]: async () => agent.destroy(),
  }
}

function judged(call: Call, reply: Reply): Answer {
  const { status } = reply
  if (status >= 300 && status < 400)
    return {
      kind: 'unreachable',
      why: `it sends us elsewhere (HTTP ${status}), which is not followed`,
      untold: true,
    }
  const isAnswer = call.isAnswer?.(reply) ?? status < 500
  if (isAnswer || isTurnedAway(reply)) return { kind: 'answered', ...reply }
  return unread(`it answered HTTP ${status}, which is not what it would say itself`)
}

function unread(why: string): Answer {
  return { kind: 'unreachable', why, untold: false }
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
    ),
  )
}
