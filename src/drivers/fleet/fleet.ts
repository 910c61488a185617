import { randomUUID } from 'node:crypto'
import pLimit from 'p-limit'
import { isApple } from '../../domain/device.ts'
import type { Command, Driver, Observation, ObservationPage, Outcome } from '../../domain/driver.ts'
import { SimplaneError } from '../../domain/error.ts'
import type { Clock, Duration } from '../../domain/time.ts'
import { readAddress } from '../../exchange/address.ts'
import { openExchange, type ExchangeOptions } from '../../exchange/exchange.ts'
import { capabilitiesOf } from './capabilities.ts'
import { openClient, PAGE_SIZE } from './client.ts'
import { factsOf } from './facts.ts'
import { hostId, type Host } from './host.ts'
import { lookInto } from './looking.ts'
import { openMemory } from './memory.ts'
import type { ApiNames } from './names.ts'
import { outcomeOf } from './outcome.ts'
import { submit } from './submit.ts'
import { REFRESH_EVERY } from './timing.ts'
import type { Work } from './work.ts'

/** How a Fleet is reached, and what it may be used for. */
export type FleetOptions = {
  readonly name: string
  /** SQLite file of its own: which command serves which step, and what devices held before an install. */
  readonly path: string
  readonly clock: Clock
  /** https, or http on the loopback. */
  readonly address: string
  /** Of an API-only user with the role Maintainer; asked at each request. */
  readonly token: () => string
  /** Fleet Premium: eSIM configurations of Windows go out as labelled profiles. Default false. */
  readonly premium?: boolean
  /** Ask Windows devices over live queries what their eUICC holds. Default false: unproven in the field. */
  readonly readsEuicc?: boolean
  /** What Fleet calls its teams in parameters. Default `teams`, which 4.93 still takes. */
  readonly apiNames?: ApiNames
  /** Default `/api/v1/fleet`. */
  readonly base?: string
  /** How old what is known of an eUICC may grow before the device is asked; default 12 hours. */
  readonly refreshEvery?: Duration
  /** Ids of commands; default random. */
  readonly newUuid?: () => string
} & Pick<ExchangeOptions, 'ca' | 'perSecond' | 'connections' | 'answerWithin' | 'random'>

/** Hosts looked at at once while a page is made. */
const LOOKS = 16

/**
 * Opens the driver for iPhones, iPads and Windows devices in a Fleet. Throws `settings` for an address it would not send
 * credentials to, `driver-unreachable` or `store-newer` for its file. Nothing is sent yet.
 */
export async function openFleet(options: FleetOptions): Promise<Driver> {
  const { name, clock, token, base = '/api/v1/fleet', apiNames = 'teams', premium = false } = options
  const address = readAddress(options.address, `driver ${name}`)
  const stack = new AsyncDisposableStack()
  const memory = stack.use(openMemory(options.path, name))
  const exchange = stack.use(openExchange({ ...options, address, authorization: () => `Bearer ${token()}` }))
  const client = openClient({ driver: name, base, names: apiNames, exchange })
  const { newUuid = randomUUID, refreshEvery = REFRESH_EVERY, readsEuicc = false } = options
  const work: Work = { driver: name, client, memory, clock, newUuid, premium, readsEuicc, refreshEvery }

  async function observation(host: Host): Promise<Observation> {
    await lookInto(work, host)
    return { facts: factsOf(name, premium, host, memory.known(host.id)), at: clock.now() }
  }

  return {
    name,
    capabilities: capabilitiesOf(premium),

    async observe(cursor?: string): Promise<ObservationPage> {
      const { page, total } = readCursor(name, cursor)
      // Counted before the first page: a host that goes while the pages are read makes the inventory incomplete.
      const count = total ?? (await client.count())
      const listed = await client.hosts(page)
      const limit = pLimit(LOOKS)
      const seen = await Promise.all(listed.map((host) => limit(async () => inFull(host))))
      return {
        observations: seen.filter((each) => each !== undefined),
        total: count,
        // Fleet does not say which page is the last: the one that is not full is.
        ...(listed.length < PAGE_SIZE ? {} : { next: `${page + 1}/${count}` }),
      }
    },

    async look(id: string): Promise<Observation | undefined> {
      const number = hostId(id)
      const host = number === undefined ? undefined : await client.host(number)
      if (host !== undefined) return await observation(host)
      await client.reach()
      return undefined
    },

    submit: (command: Command) => submit(work, command),

    async outcome({ id }: Command): Promise<Outcome> {
      const sent = memory.sent(id)
      if (sent !== undefined) return await outcomeOf(work, sent)
      await client.reach()
      return { kind: 'unknown' }
    },

    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }

  /** A list shows neither the profiles of a host nor whether it is wiped: those that have eSIMs are asked for one by one. */
  async function inFull(host: Host): Promise<Observation | undefined> {
    if (host.platform !== 'windows' && !isApple(host.platform)) return await observation(host)
    const full = await client.host(host.id)
    return full === undefined ? undefined : await observation(full)
  }
}

function readCursor(driver: string, cursor = '0'): { readonly page: number; readonly total?: number } {
  const [, page, total] = /^(\d{1,7})(?:\/(\d{1,9}))?$/.exec(cursor) ?? []
  if (page === undefined)
    throw new SimplaneError(
      'internal',
      `Driver ${driver} gave no cursor "${cursor}": its cursors are a page.`,
    )
  return { page: Number(page), ...(total === undefined ? {} : { total: Number(total) }) }
}
