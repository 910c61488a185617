import type { Clock } from '../../domain/time.ts'
import { readAddress } from '../../exchange/address.ts'
import { openExchange, type ExchangeOptions } from '../../exchange/exchange.ts'
import type { Credential } from './credential.ts'
import { openGraph, type Graph } from './graph.ts'
import { openToken, type Token } from './token.ts'

/** How a tenant is reached. */
export type ConnectOptions = {
  readonly name: string
  readonly clock: Clock
  /** Its GUID or one of its domains. */
  readonly tenant: string
  readonly clientId: string
  /** A client secret or a certificate; asked at each sign-in. */
  readonly credential: () => Credential
  /** Default `https://graph.microsoft.com`; national clouds have their own. */
  readonly address?: string
  /** Where the application signs in; default `https://login.microsoftonline.com`. */
  readonly authority?: string
  /** Most requests a second; defaults well below what Graph allows an application. */
  readonly pace?: { readonly read: number; readonly write: number; readonly batch: number }
} & Pick<ExchangeOptions, 'ca' | 'answerWithin' | 'random'>

/** The way to a tenant, signed in when it is first used. */
export type Connection = AsyncDisposable & {
  readonly graph: Graph
  readonly token: Token
  readonly address: URL
}

/**
 * Graph allows an application, in each tenant and 20 seconds, 1,000 reads and 100 writes of configurations, 2,000 and
 * 200 of devices (throttling limits of Intune). Others use the same application's share: this takes about half.
 */
const PACE = { read: 25, write: 3, batch: 2 }

/** Opens the way; nothing is sent. Throws `settings` for an address that credentials would not be sent to. */
export function connect(options: ConnectOptions): Connection {
  const { name, clock, tenant, clientId, credential, pace = PACE } = options
  const address = readAddress(options.address ?? 'https://graph.microsoft.com', `driver ${name}`)
  const authority = readAddress(options.authority ?? 'https://login.microsoftonline.com', `driver ${name}`)
  const stack = new AsyncDisposableStack()
  const signIn = stack.use(openExchange({ ...options, address: authority, authorization: () => '' }))
  const token = openToken({
    driver: name,
    exchange: signIn,
    clock,
    tenant,
    clientId,
    credential,
    audience: `${authority.href.replace(/\/$/, '')}/${tenant}/oauth2/v2.0/token`,
    scope: `${address.origin}/.default`,
  })
  const open = (perSecond: number) =>
    stack.use(
      openExchange({ ...options, address, perSecond, authorization: () => `Bearer ${token.current()}` }),
    )
  const exchanges = { read: open(pace.read), write: open(pace.write), batch: open(pace.batch) }
  return {
    graph: openGraph({ driver: name, clock, address, token, exchanges }),
    token,
    address,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
