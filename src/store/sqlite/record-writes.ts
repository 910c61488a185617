import type { DeviceRecord } from '../../domain/device.ts'
import type { Shape, StoredDevice } from '../../domain/stored-device.ts'
import type { Connection } from './connection.ts'
import type { Groups } from './groups.ts'
import type { Labels } from './labels.ts'
import { partsAlike, recordsAlike, recordText } from '../record-text.ts'
import { shapeOf } from '../../plan/shape.ts'
import { foldedCode, foldedName } from '../lookup-text.ts'
import { type Touched, touchRecord } from '../touched.ts'
import type { Worklist } from './worklist.ts'

/**
 * What saw a device: the inventory under way (0: none is), and what exactly was seen, where the same once more would
 * make the record only younger.
 */
export type Sight = { readonly listing: number; readonly digest?: string }

const UNSEEN: Sight = { listing: 0 }

/** How records are written inside a transaction. What has to be planned again is added to `touched`. */
export type RecordWrites = {
  /** true: something that counts changed, or the record is new. `sight`: who saw it, when somebody did. */
  readonly put: (
    before: StoredDevice | undefined,
    record: DeviceRecord,
    touched: Touched,
    sight?: Sight,
  ) => boolean
  /** The inventory of the driver that is under way; 0: none is. */
  readonly listingOf: (driver: string) => number
  /** Forgets a record that the MDM no longer has; its number and the journal of what was done to it stay. */
  readonly remove: (stored: StoredDevice, touched: Touched) => void
}

export function openRecordWrites(
  { db, texts }: Connection,
  worklist: Worklist,
  groups: Pick<Groups, 'forget'>,
  labels: Labels,
): RecordWrites {
  const insertDriver = db.prepare<[string]>('insert into driver(name) values(?) on conflict do nothing')
  const driverOf = db.prepare<[string], { driver: number }>('select driver from driver where name = ?')
  const number = db.prepare<[number, string, string], { dev: number }>(
    `insert into record(driver, id, key) values(?, ?, ?)
     on conflict(key) do update set id = excluded.id returning dev`,
  )
  const insert = db.prepare<[number, string, string, number | null, number]>(
    `insert into device(dev, driver, version, next_n, platform, registration, released)
       select dev, ?, 1, next_n, ?, ?, ? from record where dev = ?`,
  )
  const update = db.prepare<[string, string, number | null, number]>(
    'update device set version = version + 1, platform = ?, registration = ?, released = ? where dev = ?',
  )
  const facts = db.prepare<[number, string]>(
    'insert into facts(dev, record) values(?, ?) on conflict(dev) do update set record = excluded.record',
  )
  const identity = db.prepare<(string | number | null)[]>(
    `insert or replace into identity(dev, id, serial, eid, imei, name, owner, enrolled_at, shape)
       values(?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  // Six indexes know who is who, and hardly ever is anybody called otherwise.
  const likeness = db.prepare<[number | null, string, number]>(
    'update identity set enrolled_at = ?, shape = ? where dev = ?',
  )
  const seen = db.prepare<[number, number | null, number | null, number | null, number, string | null]>(
    `insert into seen(dev, at, installed_at, esims_at, listing, digest) values(?, ?, ?, ?, ?, ?)
       on conflict(dev) do update set at = excluded.at, installed_at = excluded.installed_at,
         esims_at = excluded.esims_at, listing = max(listing, excluded.listing), digest = excluded.digest`,
  )
  const openListing = db.prepare<[string], { listing: number }>(
    `select listing from listing where ended_at is null and driver = (select driver from driver where name = ?)
       order by listing desc limit 1`,
  )
  const forgotten = [
    'update record set next_n = (select d.next_n from device d where d.dev = record.dev) where dev = ?',
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

  function driverNumber(name: string): number {
    const known = driverOf.get(name)?.driver
    if (known !== undefined) return known
    insertDriver.run(name)
    return driverOf.get(name)?.driver ?? 0
  }

  function put(
    before: StoredDevice | undefined,
    record: DeviceRecord,
    touched: Touched,
    { listing, digest }: Sight = UNSEEN,
  ): boolean {
    const changed = before === undefined || !recordsAlike(before.record, record)
    const released = texts.idOf(record.released?.retirement)
    let dev = before?.dev
    if (dev === undefined) {
      const driver = driverNumber(record.driver)
      dev = number.get(driver, record.id, record.key)?.dev ?? 0
      insert.run(driver, record.platform, record.registration, released, dev)
    } else if (changed) {
      update.run(record.platform, record.registration, released, dev)
    }
    const { lastSeenAt, installedObservedAt, esimsObservedAt } = record
    const ages = [lastSeenAt ?? null, installedObservedAt ?? null, esimsObservedAt ?? null] as const
    seen.run(dev, ...ages, listing, digest ?? null)
    if (!changed) return false
    facts.run(dev, recordText(record))
    const shape = shapeOf(record)
    const enrolledAt = record.enrolledAt ?? null
    if (before === undefined || !isCalledAlike(before.record, record)) {
      identity.run(
        dev,
        foldedCode(record.id),
        foldedCode(record.serialNumber),
        foldedCode(record.eid),
        foldedCode(record.imei),
        foldedName(record.name),
        foldedName(record.user),
        enrolledAt,
        shape,
      )
    } else if (shape !== before.shape || enrolledAt !== (before.record.enrolledAt ?? null))
      likeness.run(enrolledAt, shape, dev)
    if (before === undefined || !isFoundAlike(before, record, shape)) labels.move(dev, before?.record, record)
    touched.devs.add(dev)
    if (before !== undefined) touchRecord(touched, before.record)
    touchRecord(touched, record)
    return true
  }

  function remove({ dev, record }: StoredDevice, touched: Touched): void {
    worklist.touch(touched, dev)
    labels.move(dev, record, undefined)
    groups.forget(dev)
    for (const statement of forgotten) statement.run(dev)
  }

  return { put, remove, listingOf: (driver) => openListing.get(driver)?.listing ?? 0 }
}

/** Would a person or a reference find both by the same names and numbers? */
function isCalledAlike(a: DeviceRecord, b: DeviceRecord): boolean {
  return (
    a.serialNumber === b.serialNumber &&
    a.eid === b.eid &&
    a.imei === b.imei &&
    a.name === b.name &&
    a.user === b.user
  )
}

/** Would a selector or a change of a configuration find both? The names of configurations are part of a shape. */
function isFoundAlike({ record: before, shape }: StoredDevice, record: DeviceRecord, is: Shape): boolean {
  return (
    shape === is &&
    before.model === record.model &&
    partsAlike(before.labels, record.labels) &&
    partsAlike(before.groups, record.groups)
  )
}
