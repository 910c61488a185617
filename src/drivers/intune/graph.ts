import type { Clock, Instant } from '../../domain/time.ts'
import type { Answer, Call } from '../../exchange/answer.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { quoted } from '../../exchange/words.ts'
import { BATCH_SIZE, batchBody, readBatch, type BatchAnswer } from './batch.ts'
import { objectOf, parsed, textOf } from './json.ts'
import type { Token } from './token.ts'
import { unreachable } from './trouble.ts'

/** What came of a write. */
export type Written =
  /** `at`: when, on the clock of Graph. */
  | { readonly kind: 'ok'; readonly body: unknown; readonly at: Instant }
  /** Graph says no, and did nothing. */
  | { readonly kind: 'refused'; readonly status: number; readonly code: string; readonly message: string }
  | { readonly kind: 'throttled'; readonly retryAt: Instant }
  /** Whether it was done is not known; `untold`: certainly not. */
  | { readonly kind: 'unheard'; readonly why: string; readonly untold: boolean }

/** Microsoft Graph, as much of it as is needed. What is no answer to a read throws `driver-unreachable`. */
export interface Graph {
  /** `undefined`: Graph says itself that there is no such thing. */
  get(what: string, path: string): Promise<unknown>
  /** Every page of a list, whole; a list that ends early or goes round throws. */
  list(what: string, path: string): AsyncGenerator<readonly unknown[]>
  /** Many reads of one version at once. What is not in the answer was not learned. */
  batch(version: 'v1.0' | 'beta', paths: readonly string[]): Promise<ReadonlyMap<string, BatchAnswer>>
  write(
    call: Pick<Call, 'endpoint' | 'method' | 'path' | 'repeatable'> & { readonly body?: unknown },
  ): Promise<Written>
}

type GraphOptions = {
  readonly driver: string
  readonly clock: Clock
  readonly address: URL
  readonly token: Token
  /** Reads, writes and batches each have their own pace. */
  readonly exchanges: { readonly read: Exchange; readonly write: Exchange; readonly batch: Exchange }
}

/** More pages than a million devices have. */
const MOST_PAGES = 20_000

export function openGraph({ driver, clock, address, token, exchanges }: GraphOptions): Graph {
  async function send(exchange: Exchange, call: Call): Promise<Answer> {
    for (let tried = 1; ; tried += 1) {
      await token.ready()
      const answer = await exchange.send(call)
      if (answer.kind !== 'answered' || answer.status !== 401) return answer
      // Nothing was done. The token may have been taken back before its end: once, another is asked for.
      token.drop()
      if (tried > 1)
        throw unreachable(driver, 'it does not accept the token', 'Check the application in Entra.')
    }
  }

  async function read(what: string, path: string): Promise<unknown> {
    const answer = await send(exchanges.read, { endpoint: what, method: 'GET', path, repeatable: true })
    if (answer.kind === 'throttled') throw unreachable(driver, 'it wants to be left alone')
    if (answer.kind === 'unreachable') throw unreachable(driver, answer.why)
    const body = objectOf(parsed(answer.body))
    if (body === undefined) throw unreachable(driver, `what it says of ${what} is no JSON`)
    if (answer.status === 200) return body
    const { code, message } = errorOf(body, answer.status)
    if (answer.status === 404 && objectOf(body['error']) !== undefined) return undefined
    throw (
      forbidden(driver, what, answer.status) ??
      unreachable(driver, `it refuses ${what} (${code}: ${message})`)
    )
  }

  /** A next link is followed only where the credentials may go. */
  function pathOf(link: string, what: string): string {
    const base = address.pathname.replace(/\/$/, '')
    const url = URL.canParse(link) ? new URL(link) : undefined
    if (url === undefined || url.origin !== address.origin || !url.pathname.startsWith(`${base}/`))
      throw unreachable(driver, `the next page of ${what} is elsewhere, which is not followed`)
    return `${url.pathname.slice(base.length)}${url.search}`
  }

  return {
    get: read,
    async *list(what, first) {
      let path: string | undefined = first
      const seen = new Set<string>()
      while (path !== undefined) {
        if (seen.has(path) || seen.size > MOST_PAGES)
          throw unreachable(driver, `the pages of ${what} go round in a circle`)
        seen.add(path)
        const page = objectOf(await read(what, path))
        const value = page?.['value']
        if (!Array.isArray(value)) throw unreachable(driver, `a page of ${what} holds no list`)
        yield value
        const next = page?.['@odata.nextLink']
        path = next === undefined || next === null ? undefined : pathOf(textOf(next) ?? '', what)
      }
    },
    async batch(version, paths) {
      const known = new Map<string, BatchAnswer>()
      for (let at = 0; at < paths.length; at += BATCH_SIZE) {
        const some = paths.slice(at, at + BATCH_SIZE)
        const answer = await send(exchanges.batch, {
          endpoint: 'batch',
          method: 'POST',
          path: `/${version}/$batch`,
          headers: { 'content-type': 'application/json' },
          body: batchBody(some),
          repeatable: true,
        })
        if (answer.kind === 'throttled') throw unreachable(driver, 'it wants to be left alone')
        if (answer.kind === 'unreachable') throw unreachable(driver, answer.why)
        const answers = answer.status === 200 ? readBatch(some, parsed(answer.body)) : undefined
        if (answers === undefined) throw unreachable(driver, 'its answer to a batch cannot be read')
        for (const [path, each] of answers) known.set(path, each)
        // It wants to be left alone: what was not read is read at the next visit.
        if ([...answers.values()].some(({ kind }) => kind === 'throttled')) return known
      }
      return known
    },
    async write({ body, ...call }) {
      const content = body === undefined ? {} : { body: JSON.stringify(body) }
      const headers = body === undefined ? {} : { headers: { 'content-type': 'application/json' } }
      const answer = await send(exchanges.write, { ...call, ...content, ...headers })
      if (answer.kind === 'throttled') return answer
      if (answer.kind === 'unreachable') return { kind: 'unheard', why: answer.why, untold: answer.untold }
      const { status } = answer
      const reply = answer.body.trim() === '' ? {} : objectOf(parsed(answer.body))
      if (status < 300 && reply !== undefined)
        return { kind: 'ok', body: reply, at: dateOf(answer.headers['date']) ?? clock.now() }
      if (reply === undefined) return { kind: 'unheard', why: 'its answer is no JSON', untold: false }
      const trouble = forbidden(driver, call.endpoint, status)
      if (trouble !== undefined) throw trouble
      if (status === 409 || status === 423)
        return { kind: 'unheard', why: `something else is under way there (HTTP ${status})`, untold: true }
      return { kind: 'refused', status, ...errorOf(reply, status) }
    },
  }
}

function errorOf(body: unknown, status: number): { readonly code: string; readonly message: string } {
  const error = objectOf(objectOf(body)?.['error'])
  return {
    code: quoted(textOf(error?.['code']) ?? `http-${status}`),
    message: quoted(textOf(error?.['message']) ?? 'Graph did not say why.'),
  }
}

function forbidden(driver: string, what: string, status: number): Error | undefined {
  if (status !== 403) return undefined
  return unreachable(
    driver,
    `the application may not do this: ${what}`,
    'See the permissions in docs/drivers/intune.md, and whether an administrator consented to them.',
  )
}

function dateOf(header: string | undefined): Instant | undefined {
  const at = Date.parse(header ?? '')
  return Number.isNaN(at) ? undefined : at
}
