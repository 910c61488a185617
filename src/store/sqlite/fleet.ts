import type { Observation } from '../../domain/driver.ts'
import type { DeviceRecord } from '../../domain/device.ts'
import type { FleetStore, Merge } from '../../domain/fleet-store.ts'
import type { DeviceRow } from '../device-rows.ts'
import { observationDigest } from '../observed.ts'
import { nothingTouched } from '../touched.ts'
import type { Connection } from './connection.ts'
import { type DeviceReads, SELECT_DEVICE } from './device-reads.ts'
import type { RecordWrites, Sight } from './record-writes.ts'
import { openRecorded } from './recorded.ts'
import { openInventories } from './inventories.ts'
import type { Lookups } from './lookups.ts'
import { openSightings, type Sighting } from './sightings.ts'
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
  const recorded = openRecorded(connection)

  return {
    observe: (driver, observations, merge, listing) =>
      write(() => {
        const touched = nothingTouched()
        // A look at one device during an inventory proves its presence as well as the inventory's own page.
        const during = listing ?? writes.listingOf(driver)
        const sightOf = (after: DeviceRecord, { observation, digest }: Sighting): Sight =>
          merge.repeats?.(after, observation) === true ? { listing: during, digest } : { listing: during }
        const { different, unsure, unknown } = seenAgain(latest(observations, merge), during)
        const added = unknown.map((each) => {
          const record = merge(undefined, each.observation)
          return { record, sight: sightOf(record, each) }
        })
        writes.add(added, touched)
        let changed = added.length
        for (const some of parts(different)) {
          for (const { dev, sighting, before } of recorded(some)) {
            const after = merge(before, sighting.observation)
            if (writes.put({ dev, ...before }, after, touched, sightOf(after, sighting))) changed += 1
          }
        }
        for (const some of parts(unsure)) {
          const sightings = new Map(some.map(({ dev, sighting }) => [dev, sighting]))
          for (const before of reads.byDevs(sightings.keys())) {
            const sighting = sightings.get(before.dev)
            if (sighting === undefined) continue
            const after = merge(before, sighting.observation)
            const awaited = reads.awaitsSight(before)
            const sight = awaited ? { listing: during } : sightOf(after, sighting)
            if (writes.put(before, after, touched, sight)) changed += 1
            else if (awaited && isSeenLater(before.record, after)) worklist.touch(touched, before.dev)
            if (before.goneSince === undefined) continue
            notGone.run(before.dev)
            worklist.touch(touched, before.dev)
          }
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

/** Devices read at once: what of them is parsed is gone again before the garbage collector has to move it. */
const TOGETHER = 50

function* parts<T>(all: readonly T[]): Iterable<readonly T[]> {
  for (let at = 0; at < all.length; at += TOGETHER) yield all.slice(at, at + TOGETHER)
}

/** A device that a page lists twice counts as it was listed last. */
function latest(observations: readonly Observation[], { repeats }: Merge): readonly Sighting[] {
  const last = new Map(observations.map((observation) => [observation.facts.key, observation]))
  return [...last.values()].map((observation) => ({
    observation,
    // Where nobody can tell what repeats what, nothing does.
    digest: repeats === undefined ? '' : observationDigest(observation.facts),
  }))
}
