import type { SimplaneError } from '../../domain/error.ts'
import { MINUTE, SECOND, type Clock, type Instant } from '../../domain/time.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { quoted } from '../../exchange/words.ts'
import { credentialForm, type Credential } from './credential.ts'
import { objectOf, parsed, textOf } from './json.ts'
import { unreachable } from './trouble.ts'

/** An access token of the application itself, renewed before it ends. */
export type Token = {
  /** Sees to a token that is good for a while. Throws `driver-unreachable`. */
  ready(): Promise<void>
  /** The token; empty before the first `ready`. */
  current(): string
  /** It is not accepted any more: the next `ready` asks for another. */
  drop(): void
}

type TokenOptions = {
  readonly driver: string
  readonly exchange: Exchange
  readonly clock: Clock
  readonly tenant: string
  readonly clientId: string
  readonly credential: () => Credential
  /** Of the sign-in, as an assertion names it. */
  readonly audience: string
  readonly scope: string
}

/** So long before its end a token is renewed. */
const EARLY = 5 * MINUTE

/**
 * OAuth 2.0 client credentials. By hand and not through MSAL, which keeps its own time, makes its own connections and
 * takes no authority but a public one: none of it bounded or tested the way everything else is.
 */
export function openToken(options: TokenOptions): Token {
  const { driver, exchange, clock } = options
  let token = ''
  let renewAt: Instant = -Infinity
  let asking: Promise<void> | undefined

  function form(now: Instant): Readonly<Record<string, string>> {
    try {
      return credentialForm(options.credential(), options.clientId, options.audience, now)
    } catch {
      // Node's words may quote what it could not read.
      throw unreachable(
        driver,
        'its credential is no RSA key with its certificate',
        'Give both, as PEM, in one file.',
      )
    }
  }

  async function ask(): Promise<void> {
    const now = clock.now()
    const answer = await exchange.send({
      endpoint: 'token',
      method: 'POST',
      path: `/${encodeURIComponent(options.tenant)}/oauth2/v2.0/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        client_id: options.clientId,
        ...form(now),
        scope: options.scope,
        grant_type: 'client_credentials',
      }).toString(),
      repeatable: true,
      open: true,
    })
    if (answer.kind === 'throttled') throw unreachable(driver, 'its sign-in wants to be left alone')
    if (answer.kind === 'unreachable') throw unreachable(driver, `at its sign-in, ${answer.why}`)
    const json = objectOf(parsed(answer.body))
    const given = textOf(json?.['access_token'])
    const lasts = Number(json?.['expires_in'])
    if (answer.status !== 200) throw refused(driver, json, answer.status)
    if (given === undefined || !(lasts > 0)) throw unreachable(driver, 'its sign-in gave no token')
    token = given
    // One that lasts for less than the margin is used for half its life.
    renewAt = now + lasts * SECOND - Math.min(EARLY, (lasts * SECOND) / 2)
  }

  return {
    async ready() {
      if (token !== '' && clock.now() < renewAt) return
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

/** The code alone is told: descriptions name tenants and ids. */
function refused(driver: string, json: ReturnType<typeof objectOf>, status: number): SimplaneError {
  const code = textOf(json?.['error']) ?? `HTTP ${status}`
  const number = /AADSTS\d+/.exec(textOf(json?.['error_description']) ?? '')?.[0]
  return unreachable(
    driver,
    `its sign-in refuses the application (${quoted([code, number].filter(Boolean).join(', '))})`,
    'Check the tenant, the client id and the credential: secrets and certificates end.',
  )
}
