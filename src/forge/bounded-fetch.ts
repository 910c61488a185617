import { toRfc3339, HOUR, type Clock, type Instant } from '../domain/time.ts'
import type { Answer, Call, Reply } from '../exchange/answer.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { withoutCredentials } from '../exchange/words.ts'
import { Refused, unreachable } from './trouble.ts'

export type FetchOptions = {
  /** The forge's name, for messages. */
  readonly forge: string
  /** The base of the forge's API, as `readAddress` gives it: that of the exchange. Nothing is asked elsewhere. */
  readonly base: URL
  readonly clock: Clock
  /** Until when the forge wants to be left alone, where it says so in its own way. 429 is known already. */
  readonly turnedAway?: (reply: Reply, now: Instant) => Instant | undefined
}

const METHODS: readonly Call['method'][] = ['GET', 'PUT', 'POST', 'PATCH', 'DELETE']

/** Those that may be sent again (RFC 9110, 9.2.2). A PATCH may append. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'PUT', 'DELETE'])

/** Headers that hold a secret, besides `authorization`. */
const TOKEN_HEADERS = ['private-token', 'job-token']

const MOVED =
  'The repository was renamed, or the forge moved: write its present name and address into the settings.'
const ELSEWHERE = 'Check the address of the API in the settings: the forge speaks of another one.'

/**
 * The `fetch` that a forge's library is given: everything goes over the exchange, which bounds it. What the forge says is
 * a Response, and is JSON or empty. Everything else throws `forge-unreachable`. A signal is not heeded: the exchange has
 * its own limit of time.
 */
export function fetchOver(exchange: Exchange, options: FetchOptions): typeof fetch {
  const { forge, base, clock, turnedAway } = options
  let leftAlone: Instant | undefined

  function pathOf(url: string): string {
    const asked = new URL(url)
    const below = `${base.pathname.replace(/\/$/, '')}/`
    if (asked.origin !== base.origin || !asked.pathname.startsWith(below))
      throw unreachable(forge, `it points to ${asked.origin}, and credentials are not sent there`, ELSEWHERE)
    return `/${asked.pathname.slice(below.length)}${asked.search}`
  }

  function replyOf(answer: Answer): Reply {
    if (answer.kind === 'throttled') throw throttled(forge, answer.retryAt)
    if (answer.kind === 'answered') return answer
    if (/\(HTTP 30[12378]\)/.test(answer.why)) throw new Refused(forge, answer.why, MOVED)
    throw unreachable(forge, answer.why)
  }

  return async (input, init) => {
    const request = new Request(input, init)
    const method = METHODS.find((each) => each === request.method)
    if (method === undefined) throw new TypeError(`${request.method} is never sent to a forge`)
    const path = pathOf(request.url)
    const now = clock.now()
    if (leftAlone !== undefined && now < leftAlone && leftAlone - now <= HOUR)
      throw throttled(forge, leftAlone)
    const body = await request.text()
    const headers = Object.fromEntries(request.headers)
    const reply = replyOf(
      await exchange.send({
        endpoint: forge,
        method,
        path,
        headers,
        ...(body === '' ? {} : { body }),
        repeatable: IDEMPOTENT.has(method),
        // The library says who asks: the exchange adds nothing.
        open: true,
      }),
    )
    const until = turnedAway?.(reply, clock.now())
    if (until !== undefined) {
      leftAlone = until
      throw throttled(forge, until)
    }
    // The library for pages looks at where an answer came from.
    return Object.defineProperty(responseOf(forge, method, reply, headers), 'url', { value: request.url })
  }
}

function responseOf(
  forge: string,
  method: string,
  reply: Reply,
  asked: Readonly<Record<string, string>>,
): Response {
  const { status, headers } = reply
  const text = [asked['authorization'], ...TOKEN_HEADERS.map((name) => asked[name] && `token ${asked[name]}`)]
    .filter((secret) => secret !== undefined)
    .reduce(withoutCredentials, reply.body)
  // A library would make an empty list of nothing.
  if (text === '' && method === 'GET' && status < 300)
    throw unreachable(forge, `it answered HTTP ${status} with nothing: a proxy may stand between`)
  if (text !== '' && !isJson(text))
    throw unreachable(forge, `it answered HTTP ${status}, and not in JSON: a proxy may stand between`)
  return new Response(text === '' ? null : text, { status, headers })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function throttled(forge: string, until: Instant): Error {
  const when = toRfc3339(until)
  return unreachable(forge, `it wants to be left alone until ${when}`, `It is asked again after ${when}.`)
}
