import { SECOND, type Clock, type Duration, type Instant } from '../../domain/time.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { quoted } from '../../exchange/words.ts'
import { unreachable } from './judged.ts'
import { object, parsed, text } from './json.ts'

/** An access token of the API client, renewed before it ends. */
export type Token = {
  /** Sees to a token that is good for a while. Throws `driver-unreachable`. */
  ready(): Promise<void>
  /** The token; empty before the first `ready`. */
  current(): string
  /** It is not accepted any more: the next `ready` asks for another. */
  drop(): void
}

export type TokenOptions = {
  readonly driver: string
  readonly exchange: Exchange
  readonly clock: Clock
  readonly clientId: string
  /** Asked each time a token is. */
  readonly clientSecret: () => string
}

/** So long before its end a token is renewed; Jamf Pro's last for a minute unless the API client says otherwise. */
const EARLY: Duration = 30 * SECOND

/** OAuth 2.0 client credentials, as `POST /api/v1/oauth/token` of Jamf Pro wants them. */
export function openToken({ driver, exchange, clock, clientId, clientSecret }: TokenOptions): Token {
  let token = ''
  let renewAt: Instant = -Infinity
  let asking: Promise<void> | undefined

  async function ask(): Promise<void> {
    const now = clock.now()
    const answer = await exchange.send({
      endpoint: 'token',
      method: 'POST',
      path: '/api/v1/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret(),
      }).toString(),
      repeatable: true,
      open: true,
    })
    if (answer.kind === 'throttled') throw unreachable(driver, 'its sign-in wants to be left alone')
    if (answer.kind === 'unreachable') throw unreachable(driver, `at its sign-in, ${answer.why}`)
    const json = object(parsed(answer.body))
    if (answer.status !== 200)
      // The code alone is told: a description may name the client.
      throw unreachable(
        driver,
        `its sign-in refuses the API client (${quoted(text(json?.['error']) ?? `HTTP ${answer.status}`)})`,
        'Check the client id and the client secret, and that the API client is enabled.',
      )
    const given = longText(json?.['access_token'])
    const lasts = Number(json?.['expires_in']) * SECOND
    if (given === undefined || !(lasts > 0)) throw unreachable(driver, 'its sign-in gave no token')
    token = given
    renewAt = now + lasts - Math.min(EARLY, lasts / 2)
  }

  return {
    async ready() {
      if (token !== '' && clock.now() < renewAt) return
      // Everybody who asks at once is told by one request.
      asking ??= ask().finally(() => {
        asking = undefined
      })
      await asking
    },
    current: () => token,
    drop() {
      token = ''
    },
  }
}

/** Tokens are JWTs of a thousand characters and more. */
function longText(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.~+/=-]{1,20000}$/.test(value) ? value : undefined
}
