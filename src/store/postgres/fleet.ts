import type { Observation } from '../../domain/driver.ts'
import type { DeviceRecord, RecordKey } from '../../domain/device.ts'
import type { FleetStore } from '../../domain/fleet-store.ts'
import type { DeviceRow } from '../device-rows.ts'
import { nothingTouched } from '../touched.ts'
import type { Connection } from './connection.ts'
import { type DeviceReads, type Known, WALK_DEVICES } from './device-reads.ts'
import { openInventories } from './inventories.ts'
import type { Lookups } from './lookups.ts'
import type { RecordWrites } from './record-writes.ts'
import { enlist, reached, touch } from './worklist.ts'

const OPEN_LISTING = `select max(listing) as listing from listing where ended_at is null
  and driver = (select driver from driver where name = $1)`
const NOT_GONE = 'update device set gone_since = null where dev = any($1::int[])'

/** Records: what drivers reported of devices, and who is who. */
export function openFleet(
  connection: Connection,
  reads: DeviceReads,
  writes: RecordWrites,
  lookups: Lookups,
): FleetStore {
  const { read, write } = connection
  const inventories = openInventories(connection)

  return {
    observe: (driver, observations, merge, listing) =>
      write(async (session) => {
        const touched = nothingTouched()
        // A look at one device during an inventory proves its presence as well as the inventory's own page.
        const [open] = await session.rows<{ listing: number | null }>(OPEN_LISTING, driver)
        const during = listing ?? open?.listing ?? 0
        const latest = latestOf(observations)
        const known = await reads.lockedByKeys(session, [...latest.keys()])
        const seen = [...latest]
          .map(([key, observation]) => sighting(known.get(key), observation))
          .sort(byDev)
          .map(({ before, observation }) => ({ before, after: merge(before?.stored, observation) }))
        const changes = await writes.put(
          session,
          seen.map(({ before, after }) => ({
            ...(before === undefined ? {} : { before: before.stored }),
            record: after,
          })),
          touched,
          during,
        )
        const stirred = seen.filter(
          ({ before, after }, at) => changes[at] !== true && isStirred(before, after),
        )
        const back = seen.flatMap(({ before }) =>
          before?.stored.goneSince === undefined ? [] : [before.stored.dev],
        )
        if (back.length > 0) await session.run(NOT_GONE, back)
        await touch(session, touched, [...stirred.flatMap(({ before }) => before?.stored.dev ?? []), ...back])
        await enlist(session, touched)
        return { changed: changes.filter(Boolean).length }
      }),
    beginListing: inventories.begin,
    endListing: inventories.end,
    inventories: inventories.last,
    putRecord: (key, record) =>
      write(async (session) => {
        const touched = nothingTouched()
        const before = (await reads.lockedByKeys(session, [key])).get(key)?.stored
        if (record !== undefined)
          await writes.put(session, [before === undefined ? { record } : { before, record }], touched)
        else if (before !== undefined) await writes.remove(session, [before], touched)
        await enlist(session, touched)
      }),
    scan: (after, limit) =>
      read(async (session) =>
        reads.fromRows(session, await session.rows<DeviceRow>(WALK_DEVICES, after, limit)),
      ),
    get: (keys) =>
      read(async (session) => {
        const known = await reads.byKeys(session, keys)
        return keys.flatMap((key) => known.get(key)?.stored ?? [])
      }),
    find: lookups.find,
    referenced: lookups.referenced,
    siblings: (devs) =>
      read(async (session) => {
        const touched = nothingTouched()
        await touch(session, touched, devs)
        return reads.byDevs(session, await reached(session, touched))
      }),
  }
}

type Sighting = { readonly before?: Known; readonly observation: Observation }

function sighting(before: Known | undefined, observation: Observation): Sighting {
  return before === undefined ? { observation } : { before, observation }
}

/** Did its plan wait for it to be seen, and was it? */
function isStirred(before: Known | undefined, after: DeviceRecord): boolean {
  return before !== undefined && before.awaitsSight && isSeenLater(before.stored.record, after)
}

/** Is anything newer known of it than before, be it only that it is there? */
function isSeenLater(before: DeviceRecord, after: DeviceRecord): boolean {
  const times = ['lastSeenAt', 'esimsObservedAt', 'installedObservedAt'] as const
  return times.some((time) => (after[time] ?? -Infinity) > (before[time] ?? -Infinity))
}

/** A device that a page lists twice counts as it was listed last. */
function latestOf(observations: readonly Observation[]): ReadonlyMap<RecordKey, Observation> {
  return new Map(observations.map((observation) => [observation.facts.key, observation]))
}

/** In order of dev, so that what is only seen again is written page by page; new ones as they are listed. */
function byDev(a: Sighting, b: Sighting): number {
  return (a.before?.stored.dev ?? Number.MAX_SAFE_INTEGER) - (b.before?.stored.dev ?? Number.MAX_SAFE_INTEGER)
}
