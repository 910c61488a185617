import type { Observation } from '../../domain/driver.ts'
import type { DeviceRecord, RecordKey } from '../../domain/device.ts'
import type { FleetStore } from '../../domain/fleet-store.ts'
import type { StoredDevice } from '../../domain/stored-device.ts'
import type { DeviceRow } from '../device-rows.ts'
import { observationDigest } from '../observed.ts'
import { nothingTouched } from '../touched.ts'
import type { Connection } from './connection.ts'
import { type DeviceReads, SELECT_DEVICE } from './device-reads.ts'
import type { RecordWrites } from './record-writes.ts'
import { openInventories } from './inventories.ts'
import type { Lookups } from './lookups.ts'
import { openSightings } from './sightings.ts'
import type { Worklist } from './worklist.ts'

/** Records: what drivers reported of devices, and who is who. */
export function openFleet(
  connection: Connection,
  reads: DeviceReads,
  writes: RecordWrites,
  worklist: Worklist,
  lookups: Lookups,
): FleetStore {
  const { db, read, write } = connection
  const notGone = db.prepare<[number]>('update device set gone_since = null where dev = ?')
  const walk = db.prepare<[number, number], DeviceRow>(
    `${SELECT_DEVICE} where r.dev > ? order by r.dev limit ?`,
  )
  const inventories = openInventories(connection, worklist)
  const seenAgain = openSightings(connection)

  return {
    observe: (driver, observations, merge, listing) =>
      write(() => {
        const touched = nothingTouched()
        // A look at one device during an inventory proves its presence as well as the inventory's own page.
        const during = listing ?? writes.listingOf(driver)
        let changed = 0
        const seen = latest(observations)
        const again = merge.repeats === undefined ? NOBODY : seenAgain(seen, during)
        const fresh = again.size === 0 ? seen : new Map([...seen].filter(([key]) => !again.has(key)))
        const stored = reads.byKeys(fresh.keys())
        // In order of dev, so that what is only seen again is written page by page of the database.
        const known = [...fresh].map(([key, each]) => ({ ...each, before: stored.get(key) }))
        for (const { observation, digest, before } of known.sort(byDev)) {
          const after = merge(before, observation)
          const repeats = merge.repeats?.(after, observation) === true
          const sight = { listing: during, ...(repeats ? { digest } : {}) }
          if (writes.put(before, after, touched, sight)) changed += 1
          else if (before !== undefined && reads.awaitsSight(before) && isSeenLater(before.record, after))
            worklist.touch(touched, before.dev)
          if (before?.goneSince === undefined) continue
          notGone.run(before.dev)
          worklist.touch(touched, before.dev)
        }
        worklist.enlist(touched)
        return { changed }
      }),
    beginListing: inventories.begin,
    endListing: inventories.end,
    inventories: inventories.last,
    putRecord: (key, record) =>
      write(() => {
        const touched = nothingTouched()
        const before = reads.byKey(key)
        if (record !== undefined) writes.put(before, record, touched)
        else if (before !== undefined) writes.remove(before, touched)
        worklist.enlist(touched)
      }),
    scan: (after, limit) => read(() => walk.all(after, limit).map(reads.fromRow)),
    get: (keys) =>
      read(() => {
        const stored = reads.byKeys(keys)
        return keys.flatMap((key) => stored.get(key) ?? [])
      }),
    find: lookups.find,
    referenced: lookups.referenced,
    siblings: (devs) =>
      read(() => {
        const touched = nothingTouched()
        for (const dev of devs) worklist.touch(touched, dev)
        return reads.byDevs(worklist.reach(touched))
      }),
  }
}

/** Is anything newer known of it than before, be it only that it is there? */
function isSeenLater(before: DeviceRecord, after: DeviceRecord): boolean {
  const times = ['lastSeenAt', 'esimsObservedAt', 'installedObservedAt'] as const
  return times.some((time) => (after[time] ?? -Infinity) > (before[time] ?? -Infinity))
}

const NOBODY: ReadonlySet<RecordKey> = new Set()

type Sighted = { readonly observation: Observation; readonly digest: string }

/** A device that a page lists twice counts as it was listed last. */
function latest(observations: readonly Observation[]): ReadonlyMap<RecordKey, Sighted> {
  return new Map(
    observations.map((observation) => [
      observation.facts.key,
      { observation, digest: observationDigest(observation.facts) },
    ]),
  )
}

function byDev(a: { before: StoredDevice | undefined }, b: { before: StoredDevice | undefined }): number {
  return (a.before?.dev ?? Number.MAX_SAFE_INTEGER) - (b.before?.dev ?? Number.MAX_SAFE_INTEGER)
}
