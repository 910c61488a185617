import type { DeviceRecord, RecordKey } from '../../domain/device.ts'
import type { Shape, StoredDevice } from '../../domain/stored-device.ts'
import type { Connection } from './connection.ts'
import type { Groups } from './groups.ts'
import type { Labels } from './labels.ts'
import { partsAlike, recordsAlike, recordTexts } from '../record-text.ts'
import { shapeOf } from '../../plan/shape.ts'
import { openInsert, type Value } from './many-rows.ts'
import { agesOf } from './sightings.ts'
import { foldedCode, foldedName } from '../lookup-text.ts'
import { type Touched, touchRecord } from '../touched.ts'
import type { Worklist } from './worklist.ts'

/**
 * What saw a device: the inventory under way (0: none is), and what exactly was seen, where the same once more would
 * make the record only younger.
 */
export type Sight = { readonly listing: number; readonly digest?: string }

const UNSEEN: Sight = { listing: 0 }

/** What of a device tells what has to be written. */
type Before = Pick<StoredDevice, 'dev' | 'record' | 'shape'>

/** A record that was not there, and what saw it. */
type Fresh = { readonly record: DeviceRecord; readonly sight: Sight }

type NumberRow = readonly [key: RecordKey, dev: number, nextN: number, ...settled: (number | null)[]]

const SEEN = ['at', 'installed_age', 'esims_age', 'listing', 'digest'] as const
const SETTLED = ['proven_at', 'unanswered_at', 'erased_at'] as const
const IDENTITY = ['id', 'serial', 'eid', 'imei', 'name', 'owner', 'enrolled_at'] as const

/** How records are written inside a transaction. What has to be planned again is added to `touched`. */
export type RecordWrites = {
  /** Writes records that are not there, in this order. */
  readonly add: (fresh: readonly Fresh[], touched: Touched) => void
  /** true: something that counts changed, or the record is new. `sight`: who saw it, when somebody did. */
  readonly put: (before: Before | undefined, record: DeviceRecord, touched: Touched, sight?: Sight) => boolean
  /** The inventory of the driver that is under way; 0: none is. */
  readonly listingOf: (driver: string) => number
  /** Forgets a record that the MDM no longer has; its number and the journal of what was done to it stay. */
  readonly remove: (stored: StoredDevice, touched: Touched) => void
}

export function openRecordWrites(
  { db, texts, onRollback }: Connection,
  worklist: Worklist,
  groups: Pick<Groups, 'forget'>,
  labels: Labels,
): RecordWrites {
  const insertDriver = db.prepare<[string]>('insert into driver(name) values(?) on conflict do nothing')
  const driverOf = db.prepare<[string], { driver: number }>('select driver from driver where name = ?')
  const number = openInsert(
    db,
    'record',
    ['driver', 'id', 'key'],
    `on conflict(key) do update set id = excluded.id returning key, dev, next_n, ${SETTLED.join(', ')}`,
  )
  const insert = {
    device: openInsert(db, 'device', ['dev', 'driver', 'next_n', 'platform', 'registration', 'released']),
    seen: openInsert(db, 'seen', ['dev', 'version', ...SEEN, ...SETTLED]),
    facts: openInsert(db, 'facts', ['dev', 'shape', 'traits', 'record']),
    identity: openInsert(db, 'identity', ['dev', ...IDENTITY]),
  }
  const update = {
    device: db.prepare<[string, string, number | null, number]>(
      'update device set platform = ?, registration = ?, released = ? where dev = ?',
    ),
    seen: db.prepare<Value[]>(
      `update seen set ${SEEN.map((column) => (column === 'listing' ? 'listing = max(listing, ?)' : `${column} = ?`)).join(', ')},
         version = version + ? where dev = ?`,
    ),
    facts: db.prepare<[string, string, string, number]>(
      'update facts set shape = ?, traits = ?, record = ? where dev = ?',
    ),
    // Six indexes know who is who, and hardly ever is anybody called otherwise.
    identity: db.prepare<Value[]>(
      `update identity set ${IDENTITY.map((column) => `${column} = ?`).join(', ')} where dev = ?`,
    ),
  }
  const openListing = db.prepare<[string], { listing: number }>(
    `select listing from listing where ended_at is null and driver = (select driver from driver where name = ?)
       order by listing desc limit 1`,
  )
  const forgotten = [
    `update record set (next_n, ${SETTLED.join(', ')}) = (select d.next_n, ${SETTLED.map((column) => `s.${column}`).join(', ')}
       from device d cross join seen s on s.dev = d.dev where d.dev = record.dev) where dev = ?`,
    'delete from work where dev = ?',
    'delete from due where dev = ?',
    'delete from finding where dev = ?',
    'delete from remark where dev = ?',
    "delete from step where dev = ? and state in ('ready', 'held')",
    `update step set state = 'lost', settled_at = coalesce(issued_at, planned_at), poll_at = 0
       where dev = ? and state in ('issued', 'accepted')`,
    'delete from identity where dev = ?',
    'delete from facts where dev = ?',
    'delete from seen where dev = ?',
    'delete from device where dev = ?',
  ].map((sql) => db.prepare<[number]>(sql))

  const driverNumbers = new Map<string, number>()
  onRollback(() => driverNumbers.clear())

  function driverNumber(name: string): number {
    const known = driverNumbers.get(name) ?? driverOf.get(name)?.driver
    if (known === undefined) {
      insertDriver.run(name)
      return driverNumber(name)
    }
    driverNumbers.set(name, known)
    return known
  }

  function add(fresh: readonly Fresh[], touched: Touched): void {
    const drivers = fresh.map(({ record }) => driverNumber(record.driver))
    const given = number(
      fresh.map(({ record }, at) => [drivers[at] ?? 0, record.id, record.key]),
    ) as NumberRow[]
    const numbered = new Map(given.map(([key, ...numbers]) => [key, numbers]))
    const rows = fresh.map(({ record, sight }, at) => {
      const [dev, nextN, ...settled] = numbered.get(record.key) ?? [0, 1]
      return { dev, driver: drivers[at] ?? 0, nextN, settled, record, sight }
    })
    for (const { dev, record } of rows) {
      labels.move(dev, undefined, record)
      touched.devs.add(dev)
      touchRecord(touched, record)
    }
    insert.device(
      rows.map(({ dev, driver, nextN, record }) => [
        dev,
        driver,
        nextN,
        record.platform,
        record.registration,
        releaseOf(record),
      ]),
    )
    insert.seen(rows.map(({ dev, settled, record, sight }) => [dev, 1, ...seenOf(record, sight), ...settled]))
    insert.facts(rows.map(({ dev, record }) => [dev, shapeOf(record), ...recordTexts(record)]))
    insert.identity(rows.map(({ dev, record }) => [dev, ...identityOf(record)]))
  }

  function put(
    before: Before | undefined,
    record: DeviceRecord,
    touched: Touched,
    sight: Sight = UNSEEN,
  ): boolean {
    if (before === undefined) {
      add([{ record, sight }], touched)
      return true
    }
    const { dev, record: was } = before
    const changed = !recordsAlike(was, record)
    update.seen.run(...seenOf(record, sight), Number(changed), dev)
    if (!changed) return false
    const shape = shapeOf(record)
    update.facts.run(shape, ...recordTexts(record), dev)
    if (!isCountedAlike(was, record))
      update.device.run(record.platform, record.registration, releaseOf(record), dev)
    if (!isCalledAlike(was, record)) update.identity.run(...identityOf(record), dev)
    if (!isFoundAlike(before, record, shape)) labels.move(dev, was, record)
    touched.devs.add(dev)
    touchRecord(touched, was)
    touchRecord(touched, record)
    return true
  }

  function releaseOf(record: DeviceRecord): number | null {
    return texts.idOf(record.released?.retirement)
  }

  function remove({ dev, record }: StoredDevice, touched: Touched): void {
    worklist.touch(touched, dev)
    labels.move(dev, record, undefined)
    groups.forget(dev)
    for (const statement of forgotten) statement.run(dev)
  }

  return { add, put, remove, listingOf: (driver) => openListing.get(driver)?.listing ?? 0 }
}

function seenOf(record: DeviceRecord, { listing, digest }: Sight): Value[] {
  const { lastSeenAt, installedObservedAt, esimsObservedAt } = record
  const ages = agesOf(lastSeenAt ?? null, installedObservedAt ?? null, esimsObservedAt ?? null)
  return [...ages, listing, digest ?? null]
}

function identityOf(record: DeviceRecord): Value[] {
  return [
    foldedCode(record.id),
    foldedCode(record.serialNumber),
    foldedCode(record.eid),
    foldedCode(record.imei),
    foldedName(record.name),
    foldedName(record.user),
    record.enrolledAt ?? null,
  ]
}

/** Is of both the same counted? */
function isCountedAlike(a: DeviceRecord, b: DeviceRecord): boolean {
  return (
    a.platform === b.platform &&
    a.registration === b.registration &&
    a.released?.retirement === b.released?.retirement
  )
}

/** Would a person or a reference find both by the same names and numbers, and of the same enrolment? */
function isCalledAlike(a: DeviceRecord, b: DeviceRecord): boolean {
  return (
    a.serialNumber === b.serialNumber &&
    a.eid === b.eid &&
    a.imei === b.imei &&
    a.name === b.name &&
    a.user === b.user &&
    a.enrolledAt === b.enrolledAt
  )
}

/** Would a selector or a change of a configuration find both? The names of configurations are part of a shape. */
function isFoundAlike({ record: before, shape }: Before, record: DeviceRecord, is: Shape): boolean {
  return (
    shape === is &&
    before.model === record.model &&
    partsAlike(before.labels, record.labels) &&
    partsAlike(before.groups, record.groups)
  )
}
