import type { Observation } from '../../domain/driver.ts'
import type { RecordKey } from '../../domain/device.ts'
import type { FleetStore } from '../../domain/fleet-store.ts'
import type { StoredDevice } from '../../domain/stored-device.ts'
import type { Connection } from './connection.ts'
import { type DeviceReads, type DeviceRow, SELECT_DEVICE } from './device-reads.ts'
import type { RecordWrites } from './record-writes.ts'
import { openInventories } from './inventories.ts'
import { openLookups } from './lookups.ts'
import { nothingTouched, type Worklist } from './worklist.ts'

/** Records: what drivers reported of devices, and who is who. */
export function openFleet(
  connection: Connection,
  reads: DeviceReads,
  writes: RecordWrites,
  worklist: Worklist,
): FleetStore {
  const { db, read, write } = connection
  const notGone = db.prepare<[number]>('update device set gone_since = null where dev = ?')
  const walk = db.prepare<[number, number], DeviceRow>(
    `${SELECT_DEVICE} where r.dev > ? order by r.dev limit ?`,
  )
  const lookups = openLookups(connection, reads)
  const inventories = openInventories(connection, worklist)

  return {
    observe: (driver, observations, merge, listing) =>
      write(() => {
        const touched = nothingTouched()
        // A look at one device during an inventory proves its presence as well as the inventory's own page.
        const during = listing ?? writes.listingOf(driver)
        let changed = 0
        // In order of dev, so that what is only seen again is written page by page of the database.
        const known = [...latest(observations).values()].map((each) => ({
          each,
          before: reads.byKey(each.facts.key),
        }))
        for (const { each, before } of known.sort(byDev)) {
          if (writes.put(before, merge(before, each), touched, during)) changed += 1
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
        else if (before !== undefined) writes.remove(before.dev, touched)
        worklist.enlist(touched)
      }),
    scan: (after, limit) => read(() => walk.all(after, limit).map(reads.fromRow)),
    get: (keys) => read(() => keys.flatMap((key) => reads.byKey(key) ?? [])),
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

/** A device that a page lists twice counts as it was listed last. */
function latest(observations: readonly Observation[]): ReadonlyMap<RecordKey, Observation> {
  return new Map(observations.map((observation) => [observation.facts.key, observation]))
}

function byDev(a: { before: StoredDevice | undefined }, b: { before: StoredDevice | undefined }): number {
  return (a.before?.dev ?? Number.MAX_SAFE_INTEGER) - (b.before?.dev ?? Number.MAX_SAFE_INTEGER)
}
