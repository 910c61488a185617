import pLimit from 'p-limit'
import type { Observation, ObservationPage } from '../../domain/driver.ts'
import { SimplaneError } from '../../domain/error.ts'
import { carryOn, confirmed, noteSims, type Works } from './carry.ts'
import { MOST_ROWS, unreachable, valueOf } from './client.ts'
import { isDeviceId, type IvantiDevice } from './device.ts'
import { factsOf } from './facts.ts'

/** Questions about single devices under way at once while a page is made. */
const QUESTIONS = 4

/** Where a page begins: how many devices came before it, and the last of them. */
type Cursor = { readonly start: number; readonly last: string }

/** Runs the work with nobody else at work on that device. */
export type Alone = <T>(device: string, work: () => Promise<T>) => Promise<T>

/**
 * The next page of all devices, by id. Pages are cut from a list that others change: each begins with the last device of
 * the one before, and where that is another now, a device came or went and the inventory is given up, for one would be
 * missed. Throws `driver-unreachable`.
 */
export async function observe(
  works: Works,
  alone: Alone,
  cursor: string | undefined,
): Promise<ObservationPage> {
  const { driver, client, notebook } = works
  const from = cursor === undefined ? undefined : cursorOf(driver, cursor)
  const offset = from === undefined ? 0 : from.start - 1
  const { devices, total } = valueOf(driver, await client.devices(offset, MOST_ROWS))
  if (from !== undefined && devices[0]?.id !== from.last)
    throw unreachable(driver, 'its list of devices changed while it was read')
  const fresh = from === undefined ? devices : devices.slice(1)
  const end = offset + devices.length
  if (new Set(devices.map(({ id }) => id)).size < devices.length)
    throw unreachable(driver, 'it lists a device twice')
  if (fresh.length === 0 && end < total)
    throw unreachable(driver, `it lists ${end} of ${total} devices and no more`)
  const busy = notebook.busy()
  const limit = pLimit(QUESTIONS)
  const observations = await Promise.all(
    fresh.map((device) => limit(() => observation(works, alone, device, busy.has(device.id)))),
  )
  const last = fresh.at(-1)
  return { observations, total, ...(last === undefined || end >= total ? {} : { next: `${end}.${last.id}` }) }
}

/** One device as it is now. */
export async function look(works: Works, alone: Alone, id: string): Promise<Observation | undefined> {
  const { client, driver, notebook } = works
  if (!isDeviceId(id)) return undefined
  const device = valueOf(driver, await client.device(id))
  return device === undefined ? undefined : await observation(works, alone, device, notebook.busy().has(id))
}

async function observation(
  works: Works,
  alone: Alone,
  device: IvantiDevice,
  isBusy: boolean,
): Promise<Observation> {
  const { notebook, clock } = works
  noteSims(works, device)
  const shown = await whereReached(() => confirmed(works, device), withoutAttributes(device))
  if (isBusy) {
    const carry = (): Promise<void> => alone(device.id, () => carryAll(works, shown))
    await whereReached(carry, undefined)
  }
  return { facts: factsOf(works, shown, notebook.memory(device.id)), at: clock.now() }
}

/** What is under way goes on whenever the device is seen: nobody may ask about it any more. */
async function carryAll(works: Works, device: IvantiDevice): Promise<void> {
  for (const sent of works.notebook.memory(device.id).sent) {
    if (sent.state !== 'open' && sent.state !== 'withdrawing') continue
    if (sent.kind !== 'retire' && sent.kind !== 'delete-record') await carryOn(works, sent, device)
  }
}

/** What a device is pointed at is not known where it could not be asked for again. */
function withoutAttributes({ attributes: _attributes, ...rest }: IvantiDevice): IvantiDevice {
  return rest
}

async function whereReached<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SimplaneError && error.code === 'driver-unreachable') return otherwise
    throw error
  }
}

function cursorOf(driver: string, cursor: string): Cursor {
  const [, start = '', last = ''] = /^(\d{1,9})\.(\d{1,18})$/.exec(cursor) ?? []
  if (Number(start) > 0) return { start: Number(start), last }
  throw new SimplaneError('internal', `Driver ${driver} gave no cursor "${cursor}".`)
}
