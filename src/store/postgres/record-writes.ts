import type { DeviceRecord } from '../../domain/device.ts'
import type { Shape, StoredDevice } from '../../domain/stored-device.ts'
import { shapeOf } from '../../plan/shape.ts'
import { foldedCode, foldedName } from '../lookup-text.ts'
import { recordsAlike, recordText } from '../record-text.ts'
import { type Touched, touchRecord } from '../touched.ts'
import { batchOf } from './batch.ts'
import type { Connection } from './connection.ts'
import { moveLabels } from './labels.ts'
import type { Session } from './session.ts'
import { storableText } from './storable-text.ts'
import { changeKin } from './worklist.ts'

/** A record in place of what is stored of its device, which is locked or not there. */
export type Put = { readonly before?: StoredDevice; readonly record: DeviceRecord }

/** How records are written inside a transaction, each device at most once. What is to be planned again is added to `touched`. */
export type RecordWrites = {
  /** true for each: something that counts changed, or the record is new. `listing`: the inventory that saw it, if one did. */
  readonly put: (
    session: Session,
    puts: readonly Put[],
    touched: Touched,
    listing?: number,
  ) => Promise<readonly boolean[]>
  /** Forgets records that the MDM no longer has; their numbers and the journal of what was done to them stay. */
  readonly remove: (session: Session, devices: readonly StoredDevice[], touched: Touched) => Promise<void>
}

/** A put with its number, and whether it changes anything. */
type Written = {
  readonly dev: number
  readonly put: Put
  readonly changed: boolean
}

const KNOW_DRIVERS = `insert into driver(name) select name from unnest($1::text[]) as u(name)
  where not exists (select 1 from driver d where d.name = u.name) order by name on conflict do nothing`
const DRIVERS = 'select driver, name from driver where name = any($1::text[])'
const NEW = batchOf({ driver: 'int', id: 'text', key: 'text' })
const NUMBER = `insert into record(driver, id, key) select driver, id, key from ${NEW.rows}
  on conflict(key) do update set id = excluded.id returning dev, key`
const DEVICE = batchOf({ dev: 'int', driver: 'int', platform: 'text', registration: 'text', released: 'int' })
const INSERT = `insert into device(dev, driver, version, platform, registration, released, next_n)
  select u.dev, u.driver, 1, u.platform, u.registration, u.released, r.next_n
  from ${DEVICE.rows} join record r on r.dev = u.dev`
const CHANGE = batchOf({ dev: 'int', platform: 'text', registration: 'text', released: 'int' })
const UPDATE = `update device d set version = d.version + 1, platform = u.platform, registration = u.registration,
  released = u.released from ${CHANGE.rows} where d.dev = u.dev`
const TOTAL = 'insert into total(active) values($1)'
const IDENTITY = batchOf({
  dev: 'int',
  record: 'text',
  id: 'text',
  serial: 'text',
  eid: 'text',
  imei: 'text',
  name: 'text',
  owner: 'text',
  enrolled_at: 'bigint',
  shape: 'text',
})
const IDENTIFY = `insert into identity(${IDENTITY.columns}) select ${IDENTITY.columns} from ${IDENTITY.rows}
  on conflict(dev) do update set record = excluded.record, id = excluded.id, serial = excluded.serial,
    eid = excluded.eid, imei = excluded.imei, name = excluded.name, owner = excluded.owner, enrolled_at = excluded.enrolled_at, shape = excluded.shape`
const SIGHT = batchOf({
  dev: 'int',
  at: 'bigint',
  installed_at: 'bigint',
  esims_at: 'bigint',
  listing: 'int',
})
const SEE = `insert into seen(${SIGHT.columns}) select ${SIGHT.columns} from ${SIGHT.rows}
  on conflict(dev) do update set at = excluded.at, installed_at = excluded.installed_at, esims_at = excluded.esims_at,
    listing = greatest(seen.listing, excluded.listing)`
const FORGET = [
  'delete from work where dev = any($1::int[])',
  'delete from due where dev = any($1::int[])',
  'delete from finding where dev = any($1::int[])',
  "delete from step where dev = any($1::int[]) and state in ('ready', 'held')",
  `update step set state = 'lost', settled_at = coalesce(issued_at, planned_at), poll_at = 0, lease = null, leased_until = 0
     where dev = any($1::int[]) and state in ('issued', 'accepted')`,
  'delete from identity where dev = any($1::int[])',
  'delete from seen where dev = any($1::int[])',
  'delete from leaver where dev = any($1::int[])',
  'update record r set next_n = d.next_n from device d where d.dev = r.dev and d.dev = any($1::int[])',
  'delete from device where dev = any($1::int[])',
] as const

export function openRecordWrites(connection: Connection): RecordWrites {
  const { texts } = connection

  /** Gives numbers to what has none, in the order given, and makes their devices. */
  async function numbered(session: Session, puts: readonly Put[]): Promise<ReadonlyMap<string, number>> {
    const fresh = puts.filter(({ before }) => before === undefined).map(({ record }) => record)
    if (fresh.length === 0) return new Map()
    const drivers = await driversOf(session, puts)
    const rows = fresh.map((record) => ({ ...record, driver: drivers.get(record.driver) ?? 0 }))
    const given = await session.rows<{ dev: number; key: string }>(NUMBER, ...NEW.values(rows))
    const devs = new Map(given.map(({ dev, key }) => [key, dev]))
    const { idOf } = await texts.numbered(fresh.map(({ released }) => released?.retirement))
    await session.run(
      INSERT,
      ...DEVICE.values(
        rows.map((row) => ({
          ...row,
          dev: devs.get(storableText(row.key)),
          released: idOf(row.released?.retirement),
        })),
      ),
    )
    return devs
  }

  async function update(session: Session, changed: readonly Written[]): Promise<void> {
    const known = changed.filter(({ put }) => put.before !== undefined)
    if (known.length === 0) return
    const { idOf } = await texts.numbered(known.map(({ put }) => put.record.released?.retirement))
    const rows = known.map(({ dev, put: { record } }) => ({
      dev,
      platform: record.platform,
      registration: record.registration,
      released: idOf(record.released?.retirement),
    }))
    await session.run(UPDATE, ...CHANGE.values(rows))
  }

  async function writeChanged(
    session: Session,
    changed: readonly Written[],
    touched: Touched,
  ): Promise<void> {
    await update(session, changed)
    await session.run(
      IDENTIFY,
      ...IDENTITY.values(changed.map(({ dev, put }) => identityOf(dev, put.record))),
    )
    await moveLabels(
      session,
      connection,
      changed.map(({ dev, put: { before, record } }) => ({
        dev,
        ...(before === undefined ? {} : { before: before.record }),
        after: record,
      })),
    )
    await countActive(
      session,
      changed.map(({ put }) => put),
    )
    if (changed.some(({ put }) => isAnother(put))) await changeKin(session)
    for (const { dev, put } of changed) {
      touched.devs.add(dev)
      if (put.before !== undefined) touchRecord(touched, put.before.record)
      touchRecord(touched, put.record)
    }
  }

  return {
    put: async (session, puts, touched, listing = 0) => {
      if (puts.length === 0) return []
      const devs = await numbered(session, puts)
      const written = puts.map((put): Written => {
        const { before, record } = put
        const changed = before === undefined || !recordsAlike(before.record, record)
        return { dev: before?.dev ?? devs.get(storableText(record.key)) ?? 0, put, changed }
      })
      await session.run(
        SEE,
        ...SIGHT.values(written.map(({ dev, put }) => sightOf(dev, put.record, listing))),
      )
      const changed = written.filter((each) => each.changed)
      if (changed.length > 0) await writeChanged(session, changed, touched)
      return written.map((each) => each.changed)
    },
    remove: async (session, devices, touched) => {
      if (devices.length === 0) return
      const devs = devices.map(({ dev }) => dev)
      for (const { dev, record } of devices) {
        touched.devs.add(dev)
        touchRecord(touched, record)
      }
      await moveLabels(
        session,
        connection,
        devices.map(({ dev, record }) => ({ dev, before: record })),
      )
      for (const statement of FORGET) await session.run(statement, devs)
      const active = devices.filter(({ record }) => record.registration === 'active').length
      if (active > 0) await session.run(TOTAL, -active)
    },
  }
}

/** The numbers of the drivers that records come from, given now where they have none. */
async function driversOf(session: Session, puts: readonly Put[]): Promise<ReadonlyMap<string, number>> {
  const names = [...new Set(puts.map(({ record }) => record.driver))]
  await session.run(KNOW_DRIVERS, names)
  const rows = await session.rows<{ driver: number; name: string }>(DRIVERS, names)
  return new Map(rows.map(({ driver, name }) => [name, driver]))
}

/** Is it new, or known by another serial number or EID than before? */
function isAnother({ before, record }: Put): boolean {
  return (
    before === undefined ||
    foldedCode(before.record.serialNumber) !== foldedCode(record.serialNumber) ||
    foldedCode(before.record.eid) !== foldedCode(record.eid)
  )
}

/** How many became active, less those that are no more. */
async function countActive(session: Session, puts: readonly Put[]): Promise<void> {
  const more = puts.reduce(
    (sum, { before, record }) =>
      sum + Number(record.registration === 'active') - Number(before?.record.registration === 'active'),
    0,
  )
  if (more !== 0) await session.run(TOTAL, more)
}

function sightOf(
  dev: number,
  { lastSeenAt, installedObservedAt, esimsObservedAt }: DeviceRecord,
  listing: number,
): Record<'dev' | 'at' | 'installed_at' | 'esims_at' | 'listing', number | undefined> {
  return { dev, at: lastSeenAt, installed_at: installedObservedAt, esims_at: esimsObservedAt, listing }
}

function identityOf(
  dev: number,
  record: DeviceRecord,
): Readonly<Record<'record' | 'id' | 'serial' | 'eid' | 'imei' | 'name' | 'owner', string | null>> & {
  readonly dev: number
  readonly enrolled_at: number | undefined
  readonly shape: Shape
} {
  return {
    dev,
    record: recordText(record),
    id: foldedCode(record.id),
    serial: foldedCode(record.serialNumber),
    eid: foldedCode(record.eid),
    imei: foldedCode(record.imei),
    name: foldedName(record.name),
    owner: foldedName(record.user),
    enrolled_at: record.enrolledAt,
    shape: shapeOf(record),
  }
}
