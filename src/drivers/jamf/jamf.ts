import pLimit from 'p-limit'
import type { Command, Driver, Observation, ObservationPage, Outcome } from '../../domain/driver.ts'
import { SimplaneError } from '../../domain/error.ts'
import { CAPABILITIES } from './capabilities.ts'
import { PAGE_SIZE } from './client.ts'
import { connect } from './connect.ts'
import { deviceId, type Device } from './device.ts'
import { factsOf } from './facts.ts'
import { unreachable } from './judged.ts'
import { lookInto } from './looking.ts'
import { openMemory } from './memory.ts'
import type { JamfOptions } from './options.ts'
import { outcomeOf } from './outcome.ts'
import { submit } from './submit.ts'
import type { Work } from './work.ts'

/** Devices looked into at once while a page is made: Jamf asks for no more than five connections. */
const LOOKS = 4

/**
 * Opens the driver for iPhones and iPads in a Jamf Pro. Throws `settings` for an address it would not send credentials
 * to, `driver-unreachable` or `store-newer` for its file. Nothing is sent yet.
 */
export async function openJamf(options: JamfOptions): Promise<Driver> {
  const { name, clock, asksInventory = true } = options
  const stack = new AsyncDisposableStack()
  const memory = stack.use(openMemory(options.path, name))
  const { client, exchange } = connect(options)
  stack.use(exchange)
  const work: Work = { driver: name, client, memory, clock, asksInventory }

  async function observation(device: Device): Promise<Observation> {
    await lookInto(work, device)
    const at = clock.now()
    return { facts: factsOf(name, device, memory.known(device.id).origins, at), at }
  }

  return {
    name,
    capabilities: CAPABILITIES,

    async observe(cursor?: string): Promise<ObservationPage> {
      const { page, total } = readCursor(name, cursor)
      const listed = await client.page(page)
      const { devices } = listed
      const left = Math.max(0, listed.total - page * PAGE_SIZE)
      if (devices.length !== Math.min(PAGE_SIZE, left)) throw unreachable(name, 'half a page arrived')
      // As it was on the first page: a device that goes while the pages are read makes the inventory incomplete.
      const count = total ?? listed.total
      const limit = pLimit(LOOKS)
      return {
        observations: await Promise.all(
          devices.map((device) => limit(async () => await observation(device))),
        ),
        total: count,
        ...(left > PAGE_SIZE ? { next: `${page + 1}/${count}` } : {}),
      }
    },

    async look(id: string): Promise<Observation | undefined> {
      const number = deviceId(id)
      const device = number === undefined ? undefined : await client.device(number)
      if (device !== undefined) return await observation(device)
      if (number === undefined) await client.version()
      return undefined
    },

    submit: (command: Command) => submit(work, command),

    async outcome({ id }: Command): Promise<Outcome> {
      const sent = memory.sent(id)
      if (sent !== undefined) return await outcomeOf(work, sent)
      await client.version()
      return { kind: 'unknown' }
    },

    [Symbol.asyncDispose]: () => stack.disposeAsync(),
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
