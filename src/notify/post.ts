import type { Delivery } from '../domain/notice.ts'
import { SECOND, type Clock, type Duration } from '../domain/time.ts'
import type { Reply } from '../exchange/answer.ts'
import { openExchange, type Exchange } from '../exchange/exchange.ts'
import { judge } from './judge.ts'
import { readTarget } from './target.ts'

/** Standard Webhooks recommends 15 to 30 seconds. */
const ANSWER_WITHIN: Duration = 15 * SECOND
/** Nobody has much to say to a notice. */
const LARGEST = 64 * 1024

export type PosterOptions = {
  /** Of the channel. */
  readonly name: string
  /** Its address, asked at each use: secrets are renewed. */
  readonly url: () => string
  readonly clock: Clock
  /** Does a 2xx say that the notice was taken? Default: it does. */
  readonly took?: (reply: Reply) => boolean
}

/** The way to one channel. */
export interface Poster extends AsyncDisposable {
  /** Sends once: whoever keeps what is not delivered tries again. Throws `settings` for an address it would not use. */
  post(body: string, headers: Readonly<Record<string, string>>): Promise<Delivery>
}

export function openPoster({ name, url, clock, took = () => true }: PosterOptions): Poster {
  let way: { readonly origin: string; readonly exchange: Exchange } | undefined
  let closed = false

  async function wayTo(origin: URL): Promise<Exchange> {
    if (way?.origin === origin.href) return way.exchange
    await way?.exchange[Symbol.asyncDispose]()
    const exchange = openExchange({
      address: origin,
      clock,
      authorization: () => '',
      connections: 1,
      answerWithin: ANSWER_WITHIN,
      largest: LARGEST,
    })
    way = { origin: origin.href, exchange }
    return exchange
  }

  return {
    async post(body, headers) {
      const { origin, path } = readTarget(url(), name)
      if (closed) return { kind: 'later', why: 'simplane is ending' }
      const exchange = await wayTo(origin)
      const answer = await exchange.send({
        endpoint: name,
        method: 'POST',
        path,
        headers: { 'user-agent': 'simplane', ...headers },
        body,
        repeatable: false,
        open: true,
        isAnswer: () => true,
      })
      return judge(answer, clock.now(), took)
    },
    async [Symbol.asyncDispose]() {
      closed = true
      await way?.exchange[Symbol.asyncDispose]()
    },
  }
}
