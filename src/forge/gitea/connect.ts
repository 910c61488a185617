import { readAddress } from '../../exchange/address.ts'
import { openExchange } from '../../exchange/exchange.ts'
import { fetchOver } from '../bounded-fetch.ts'
import { memoized } from '../memoized.ts'
import { ordinal, text } from '../json.ts'
import { unreachable } from '../trouble.ts'
import { openTurns, type Turns } from '../turns.ts'
import { openClient, type Client } from './client.ts'
import { readRepository, type GiteaOptions } from './options.ts'

/** Who we are there. */
export type Identity = { readonly id: number; readonly login: string }

/** One repository on a Gitea or a Forgejo. */
export type Reach = AsyncDisposable & {
  /** For people: `gitea acme/esim`. */
  readonly forge: string
  readonly client: Client
  /** What every path of the repository begins with. */
  readonly at: string
  readonly identity: () => Promise<Identity>
  readonly turns: Turns
}

/** The way to the repository. Nothing is sent yet. Throws `settings` for what it would not use. */
export function connect(options: GiteaOptions): Reach {
  const { name, repository, clock, token } = options
  const address = readAddress(options.api, `forge ${name}`)
  const at = readRepository(name, repository)
  const forge = `${name} ${repository}`
  const exchange = openExchange({
    perSecond: 20,
    connections: 4,
    ...options,
    address,
    authorization: () => '',
  })
  const client = openClient(forge, address, fetchOver(exchange, { forge, base: address, clock }), token)
  return {
    forge,
    client,
    at,
    identity: memoized(() => whoWeAre(forge, client)),
    turns: openTurns(),
    [Symbol.asyncDispose]: () => exchange[Symbol.asyncDispose](),
  }
}

async function whoWeAre(forge: string, client: Client): Promise<Identity> {
  const user = await client.one('GET', '/user')
  const [id, login] = [ordinal(user['id']), text(user['login'])]
  if (id === undefined || login === undefined) throw unreachable(forge, 'it does not say whose token this is')
  return { id, login }
}
