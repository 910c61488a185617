import { randomUUID } from 'node:crypto'
import pLimit from 'p-limit'
import type {
  Command,
  Driver,
  Hearing,
  Observation,
  ObservationPage,
  Outcome,
  WebhookRequest,
} from '../../domain/driver.ts'
import { SimplaneError } from '../../domain/error.ts'
import type { Log } from '../../domain/log.ts'
import type { Clock, Duration } from '../../domain/time.ts'
import { readAddress } from '../../exchange/address.ts'
import { openExchange, type ExchangeOptions } from '../../exchange/exchange.ts'
import { CAPABILITIES } from './capabilities.ts'
import { openClient } from './client.ts'
import { readEvent } from './event.ts'
import { factsOf } from './facts.ts'
import { hear } from './hear.ts'
import { knownOf, knownOfAll, openMemory } from './memory.ts'
import { outcomeOf } from './outcome.ts'
import { askIfDue, type Asker } from './question.ts'
import type { Known } from './rows.ts'
import { submit } from './submit.ts'
import { REFRESH_EVERY } from './timing.ts'

/** How a NanoMDM, or a NanoHUB, is reached. */
export type NanoMdmOptions = {
  readonly name: string
  /** SQLite file of its own: what webhooks said, which NanoMDM cannot be asked for again. */
  readonly path: string
  readonly clock: Clock
  /** https, or http on the loopback. */
  readonly address: string
  /** Default `/v1`; NanoHUB: `/api/v1/nanomdm`. */
  readonly base?: string
  /** Default `nanomdm`; NanoHUB: `nanohub`. */
  readonly user?: string
  /** Asked at each request. */
  readonly apiKey: () => string
  /** Of `-webhook-hmac-key`, asked at each webhook. `unsigned`: NanoHUB signs nothing; keep strangers away otherwise. */
  readonly webhookKey: (() => string) | 'unsigned'
  /** How old what is known of a device may grow before it is asked; default 12 hours. */
  readonly refreshEvery?: Duration
  readonly log?: Log
  /** Ids of commands; default random. */
  readonly newUuid?: () => string
} & Pick<ExchangeOptions, 'ca' | 'perSecond' | 'connections' | 'answerWithin' | 'random'>

/** Devices on a page. */
const PAGE_SIZE = 500
/** Questions under way at once while a page is made. */
const QUESTIONS = 64
/** It is the operator's own server, and each request is small. */
const PER_SECOND = 2_000

/** A driver whose MDM pushes what it hears. */
export type PushedDriver = Driver & Required<Pick<Driver, 'webhook'>>

/**
 * Opens the driver for iPhones and iPads behind a NanoMDM. Throws `settings` for an address it would not send
 * credentials to, `driver-unreachable` or `store-newer` for its file. Nothing is sent yet.
 */
export async function openNanoMdm(options: NanoMdmOptions): Promise<PushedDriver> {
  const { name, path, clock, base = '/v1', user = 'nanomdm', apiKey, webhookKey, log } = options
  const address = readAddress(options.address, `driver ${name}`)
  const stack = new AsyncDisposableStack()
  const memory = stack.use(openMemory(path, name))
  const authorization = (): string => `Basic ${Buffer.from(`${user}:${apiKey()}`).toString('base64')}`
  const exchange = stack.use(openExchange({ perSecond: PER_SECOND, ...options, address, authorization }))
  const client = openClient({ driver: name, base, exchange, clock, ...(log === undefined ? {} : { log }) })
  const { newUuid = randomUUID, refreshEvery = REFRESH_EVERY } = options
  const asker: Asker = { memory, client, clock, newUuid, refreshEvery }

  function observationOf(known: Known): Observation {
    return { facts: factsOf(name, known), at: clock.now() }
  }

  return {
    name,
    capabilities: CAPABILITIES,

    async observe(cursor?: string): Promise<ObservationPage> {
      const after = cursor === undefined ? 0 : Number(cursor)
      if (!Number.isSafeInteger(after) || after < 0)
        throw new SimplaneError(
          'internal',
          `Driver ${name} gave no cursor "${cursor}": its cursors are whole numbers.`,
        )
      await client.reach()
      const rows = memory.read((tables) => tables.page(after, PAGE_SIZE + 1))
      const page = rows.slice(0, PAGE_SIZE)
      const limit = pLimit(QUESTIONS)
      const before = memory.read((tables) => knownOfAll(tables, page))
      // A question that does not get through is due again at the next pass.
      await Promise.all(before.map((known) => limit(() => askIfDue(asker, known))))
      const last = page.at(-1)
      return memory.read((tables) => ({
        observations: knownOfAll(tables, tables.page(after, page.length)).map(observationOf),
        total: tables.countDevices(),
        ...(rows.length > PAGE_SIZE && last !== undefined ? { next: String(last.seq) } : {}),
      }))
    },

    async look(id: string): Promise<Observation | undefined> {
      await client.reach()
      const find = (): Known | undefined =>
        memory.read((tables) => {
          const device = tables.device(id)
          return device === undefined ? undefined : knownOf(tables, device)
        })
      const before = find()
      if (before === undefined) return undefined
      await askIfDue(asker, before)
      return observationOf(find() ?? before)
    },

    submit: (command: Command) => submit(name, asker, command),

    async outcome({ id }: Command): Promise<Outcome> {
      await client.reach()
      return memory.read((tables) => {
        const sent = tables.byStep(id)
        const device = sent === undefined ? undefined : tables.deviceBySeq(sent.device)
        if (sent === undefined || device === undefined) return { kind: 'unknown' }
        return outcomeOf(sent, knownOf(tables, device), clock.now())
      })
    },

    async webhook(request: WebhookRequest): Promise<Hearing> {
      const read = readEvent(request, webhookKey === 'unsigned' ? undefined : webhookKey())
      if (read.kind === 'refused') return read
      if (read.kind === 'nothing') return { kind: 'heard', signals: [] }
      const signals = await memory.write((tables) => hear(tables, read.event, clock.now()))
      return { kind: 'heard', signals }
    },

    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
