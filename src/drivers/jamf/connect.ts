import { readAddress } from '../../exchange/address.ts'
import { openExchange, type Exchange } from '../../exchange/exchange.ts'
import { openClient, type Client } from './client.ts'
import type { JamfOptions } from './options.ts'
import { openToken } from './token.ts'

/** Jamf asks for no more than five connections at once, from everybody together. */
const CONNECTIONS = 4

/** The way to a Jamf Pro, with its sign-in. Nothing is sent yet. Throws `settings` for an address it would not use. */
export function connect(options: JamfOptions): { readonly client: Client; readonly exchange: Exchange } {
  const { name, clock, clientId, clientSecret } = options
  const address = readAddress(options.address, `driver ${name}`)
  const exchange: Exchange = openExchange({
    perSecond: 10,
    ...options,
    address,
    connections: CONNECTIONS,
    authorization: () => `Bearer ${token.current()}`,
  })
  const token = openToken({ driver: name, exchange, clock, clientId, clientSecret })
  return { client: openClient({ driver: name, exchange, token }), exchange }
}
