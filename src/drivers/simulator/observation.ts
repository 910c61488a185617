import { recordKey } from '../../domain/device.ts'
import type { DeviceFacts } from '../../domain/device.ts'
import type { Observation, ObservationPage } from '../../domain/driver.ts'
import { SimplaneError } from '../../domain/error.ts'
import type { Instant } from '../../domain/time.ts'
import { catchUp } from './delivery.ts'
import { parseRecordId, recordId } from './device.ts'
import type { SimulatedDevice } from './device.ts'
import { hostileText } from './hostile.ts'
import { roll } from './random.ts'
import type { DeviceRow } from './tables.ts'
import { guard, isOnline, lastSeen, unreachable } from './world.ts'
import type { World } from './world.ts'

/** Devices on a page. */
const PAGE_SIZE = 500

/** One page of the inventory, in order of enrolment. The cursor is the number of the last enrolment seen. */
export function observe(world: World, cursor?: string): ObservationPage {
  const now = reach(world)
  const after = cursor === undefined ? 0 : Number(cursor)
  if (!Number.isSafeInteger(after) || after < 0) {
    throw new SimplaneError(
      'internal',
      `Driver ${world.name} gave no cursor "${cursor}": its cursors are whole numbers.`,
    )
  }
  return guard(world, () => {
    const rows = world.tables.page(after, PAGE_SIZE + 1)
    const page = rows.slice(0, PAGE_SIZE)
    const last = page.at(-1)
    // A hostile MDM loses the end of each page and still counts it.
    const told = world.dials.hostile ? page.slice(0, -1) : page
    return {
      observations: told.map((row) => observation(world, row, now)),
      total: Number(world.tables.meta('records')),
      ...(rows.length > PAGE_SIZE && last !== undefined ? { next: String(last.id) } : {}),
    }
  })
}

/** One device as the MDM knows it now. */
export function look(world: World, id: string): Observation | undefined {
  const now = reach(world)
  const number = parseRecordId(id)
  if (number === undefined) return undefined
  const row = guard(world, () => world.tables.device(number))
  return row === undefined ? undefined : observation(world, row, now)
}

function reach(world: World): Instant {
  if (world.dials.unreachable) throw unreachable(world.name, 'it cannot be reached')
  const now = world.clock.now()
  guard(world, () => catchUp(world, now))
  return now
}

function observation(world: World, row: DeviceRow, now: Instant): Observation {
  const known = isOnline(world, row)
    ? row.device
    : { ...(row.reported ?? row.device), registration: row.device.registration }
  const { id: _id, downloads: _downloads, ...facts } = world.dials.hostile ? distorted(known) : known
  return {
    at: now,
    facts: {
      ...facts,
      key: recordKey(world.name, recordId(row.id)),
      driver: world.name,
      id: recordId(row.id),
      lastSeenAt: lastSeen(world, row, now),
      ...esimList(world, known),
    },
  }
}

function esimList(world: World, device: SimulatedDevice): Pick<DeviceFacts, 'esims' | 'esimsComplete'> {
  const { seed, dials } = world
  if (roll(seed, 'unknown-list', device.id) < dials.unknownLists)
    return { esims: 'unknown', esimsComplete: false }
  if (roll(seed, 'incomplete-list', device.id) < dials.incompleteLists) {
    return { esims: device.esims.filter(({ source }) => source !== undefined), esimsComplete: false }
  }
  return { esims: device.esims, esimsComplete: true }
}

function distorted(device: SimulatedDevice): SimulatedDevice {
  return {
    ...device,
    name: hostileText(device.id, device.name ?? ''),
    user: hostileText(device.id + 1, device.user ?? ''),
    model: hostileText(device.id + 2, device.model ?? ''),
  }
}
