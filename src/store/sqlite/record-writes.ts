import type { DeviceRecord } from '../../domain/device.ts'
import type { StoredDevice } from '../../domain/stored-device.ts'
import type { Connection } from './connection.ts'
import type { Groups } from './groups.ts'
import { recordText, sameRecord } from './record-text.ts'
import { type Touched, touchRecord, type Worklist } from './worklist.ts'

/** How records are written inside a transaction. What has to be planned again is added to `touched`. */
export type RecordWrites = {
  /** true: something that counts changed, or the record is new. `listing`: the inventory that saw it, if one did. */
  readonly put: (
    before: StoredDevice | undefined,
    record: DeviceRecord,
    touched: Touched,
    listing?: number,
  ) => boolean
  /** The inventory of the driver that is under way; 0: none is. */
  readonly listingOf: (driver: string) => number
  /** Forgets a record that the MDM no longer has; its number and the journal of what was done to it stay. */
  readonly remove: (dev: number, touched: Touched) => void
}

export function openRecordWrites(
  { db, texts }: Connection,
  worklist: Worklist,
  groups: Pick<Groups, 'forget'>,
): RecordWrites {
  const insertDriver = db.prepare<[string]>('insert into driver(name) values(?) on conflict do nothing')
  const driverOf = db.prepare<[string], { driver: number }>('select driver from driver where name = ?')
  const number = db.prepare<[number, string, string], { dev: number }>(
    `insert into record(driver, id, key) values(?, ?, ?)
     on conflict(key) do update set id = excluded.id returning dev`,
  )
  const insert = db.prepare<[number, number, string, string, number | null]>(
    'insert into device(dev, driver, version, platform, registration, released) values(?, ?, 1, ?, ?, ?)',
  )
  const update = db.prepare<[string, string, number | null, number]>(
    'update device set version = version + 1, platform = ?, registration = ?, released = ? where dev = ?',
  )
  const facts = db.prepare<[number, string]>('insert or replace into facts(dev, record) values(?, ?)')
  const identity = db.prepare<[number, ...(string | null)[]]>(
    'insert or replace into identity(dev, id, serial, eid, imei, name, owner) values(?, ?, ?, ?, ?, ?, ?)',
  )
  const seen = db.prepare<[number, number | null, number | null, number | null, number]>(
    `insert into seen(dev, at, installed_at, esims_at, listing) values(?, ?, ?, ?, ?) on conflict(dev) do update set
       at = excluded.at, installed_at = excluded.installed_at, esims_at = excluded.esims_at,
       listing = max(listing, excluded.listing)`,
  )
  const openListing = db.prepare<[string], { listing: number }>(
    `select listing from listing where ended_at is null and driver = (select driver from driver where name = ?)
       order by listing desc limit 1`,
  )
  const forgotten = [
    'delete from work where dev = ?',
    'delete from due where dev = ?',
    'delete from finding where dev = ?',
    'delete from remark where dev = ?',
    "delete from step where dev = ? and state in ('ready', 'held')",
    `update step set state = 'lost', settled_at = coalesce(issued_at, planned_at)
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
    listing = 0,
  ): boolean {
    const text = recordText(record)
    const changed = before === undefined || !sameRecord(before.record, text)
    const released = texts.idOf(record.released?.retirement)
    let dev = before?.dev
    if (dev === undefined) {
      const driver = driverNumber(record.driver)
      dev = number.get(driver, record.id, record.key)?.dev ?? 0
      insert.run(dev, driver, record.platform, record.registration, released)
    } else if (changed) {
      update.run(record.platform, record.registration, released, dev)
    }
    const { lastSeenAt, installedObservedAt, esimsObservedAt } = record
    seen.run(dev, lastSeenAt ?? null, installedObservedAt ?? null, esimsObservedAt ?? null, listing)
    if (!changed) return false
    facts.run(dev, text)
    identity.run(
      dev,
      foldedCode(record.id),
      foldedCode(record.serialNumber),
      foldedCode(record.eid),
      foldedCode(record.imei),
      foldedName(record.name),
      foldedName(record.user),
    )
    touched.devs.add(dev)
    if (before !== undefined) touchRecord(touched, before.record)
    touchRecord(touched, record)
    return true
  }

  function remove(dev: number, touched: Touched): void {
    worklist.touch(touched, dev)
    groups.forget(dev)
    for (const statement of forgotten) statement.run(dev)
  }

  return { put, remove, listingOf: (driver) => openListing.get(driver)?.listing ?? 0 }
}

/** An id, serial number, EID or IMEI as it is looked up; the same as in a reference of the desired state. */
export function foldedCode(text: string | undefined): string | null {
  const folded = text?.trim().toUpperCase() ?? ''
  return folded === '' ? null : folded
}

/** A name as it is looked up. */
export function foldedName(text: string | undefined): string | null {
  const folded = text?.trim().toLowerCase() ?? ''
  return folded === '' ? null : folded
}
