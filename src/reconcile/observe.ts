import type { DeviceFacts, DeviceRecord } from '../domain/device.ts'
import type { Driver, Observation, ObservationPage } from '../domain/driver.ts'
import { SimplaneError } from '../domain/error.ts'
import type { Merge } from '../domain/fleet-store.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import { remember, repeats } from '../plan/remember.ts'
import type { Parts } from './parts.ts'
import { SeenIds } from './seen-ids.ts'

/** How an observation becomes what is recorded. */
export const MERGE: Merge = Object.assign(
  (before: Pick<StoredDevice, 'record'> | undefined, { facts }: Observation) =>
    remember(before?.record, facts),
  { repeats: (record: DeviceRecord, { facts }: Observation) => repeats(record, facts) },
)

export type Observed = {
  readonly devices: number
  readonly changed: number
  readonly complete: boolean
  readonly byPlatform: Readonly<Record<string, number>>
}

/**
 * Reads the inventory of every driver. One that fails, stops half-way or gives another count than it announced is
 * incomplete: nobody becomes gone for it, and nothing destructive is planned from it.
 */
export async function observeAll(parts: Parts, signal: AbortSignal): Promise<Observed> {
  let devices = 0
  let changed = 0
  let complete = true
  const byPlatform: Record<string, number> = {}
  for (const driver of parts.drivers) {
    const one = await observeDriver(parts, driver, byPlatform, signal)
    devices += one.devices
    changed += one.changed
    complete &&= one.complete
  }
  return { devices, changed, complete, byPlatform }
}

async function observeDriver(
  { store, clock, log }: Parts,
  driver: Driver,
  byPlatform: Record<string, number>,
  signal: AbortSignal,
): Promise<{ devices: number; changed: number; complete: boolean }> {
  const listing = await store.beginListing(driver.name, clock.now())
  let devices = 0
  let changed = 0
  let failure: string | undefined
  let cursor: string | undefined
  let total: number | undefined
  const seen = new SeenIds(listing)
  do {
    if (signal.aborted) failure = 'the service is stopping'
    const page: ObservationPage | string = failure ?? (await pageOf(driver, cursor))
    if (typeof page === 'string') {
      failure = page
      break
    }
    changed += (await store.observe(driver.name, page.observations, MERGE, listing)).changed
    for (const { facts } of page.observations) if (seen.add(facts.id)) count(byPlatform, facts)
    devices = seen.size
    total = page.total ?? total
    failure = page.next !== undefined && page.next === cursor ? 'the MDM gave the same page twice' : undefined
    cursor = page.next
  } while (cursor !== undefined)
  if (failure === undefined && total !== undefined && total !== devices)
    failure = `the MDM announced ${total} devices and gave ${devices}`
  const { gone } = await store.endListing(driver.name, listing, failure === undefined, clock.now())
  if (failure !== undefined)
    log.warn('incomplete', `inventory of ${driver.name} is incomplete: ${failure}`, { driver: driver.name })
  else
    log.debug('observed', `${devices} devices, ${changed} changed, ${gone} gone`, {
      driver: driver.name,
      devices,
      changed,
      gone,
    })
  return { devices, changed, complete: failure === undefined }
}

/** One page, or why there is none: trouble with the MDM is expected. */
async function pageOf(driver: Driver, cursor: string | undefined): Promise<ObservationPage | string> {
  try {
    return await driver.observe(cursor)
  } catch (error) {
    if (error instanceof SimplaneError && error.code === 'driver-unreachable') return error.message
    throw error
  }
}

function count(byPlatform: Record<string, number>, { platform, registration }: DeviceFacts): void {
  if (registration !== 'active') return
  byPlatform[platform] = (byPlatform[platform] ?? 0) + 1
}
