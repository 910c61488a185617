import type { RecordKey } from '../../domain/device.ts'
import type { StoredDevice } from '../../domain/stored-device.ts'
import { type DeviceRow, storedDevice } from '../device-rows.ts'
import type { Connection } from './connection.ts'

/** What of the tables beside makes a device. */
export const DEVICE_COLUMNS = `r.dev, r.key, r.id, s.proven_at, s.unanswered_at, s.erased_at, v.name as driver, i.serial, i.eid, i.enrolled_at, f.shape, s.version, d.gone_since, d.assignment, d.verdict, d.action, d.drift_cause,
  d.drift_since, d.without_since, d.converged_to, d.wanted_since, d.wanted_digest, d.awaits_sight, d.twin, f.traits, f.record, m.findings,
  s.at as seen_at,
  coalesce(s.at, 0) - s.installed_age as installed_at, coalesce(s.at, 0) - s.esims_age as esims_at`

/** The tables beside the record `r`. */
export const DEVICE_TABLES = `
cross join device d on d.dev = r.dev
cross join driver v on v.driver = r.driver
cross join identity i on i.dev = r.dev
cross join facts f on f.dev = r.dev
cross join seen s on s.dev = r.dev
left join remark m on m.dev = r.dev
`

/** Everything of a device in one row. `r` is the record, `d` the device, so that a caller can add where and order. */
export const SELECT_DEVICE = `select ${DEVICE_COLUMNS} from record r ${DEVICE_TABLES}`

/** The same for the devices whose `column` of the record is in a JSON array. */
function selectThose(column: 'dev' | 'key'): string {
  return `select ${DEVICE_COLUMNS} from json_each(?) b cross join record r on r.${column} = b.value ${DEVICE_TABLES}`
}

/** How devices are read inside a transaction. */
export type DeviceReads = {
  readonly byDev: (dev: number) => StoredDevice | undefined
  readonly byKey: (key: RecordKey) => StoredDevice | undefined
  /** Those that exist, by dev; one statement for all of them. */
  readonly byDevs: (devs: Iterable<number>) => StoredDevice[]
  /** Those that exist; one statement for all of them. */
  readonly byKeys: (keys: Iterable<RecordKey>) => ReadonlyMap<RecordKey, StoredDevice>
  readonly fromRow: (row: DeviceRow) => StoredDevice
  /** Does the plan of this device, read here, wait for it to be seen again? */
  readonly awaitsSight: (stored: StoredDevice) => boolean
}

export function openDeviceReads({ db, texts }: Connection): DeviceReads {
  const selectDev = db.prepare<[number], DeviceRow>(`${SELECT_DEVICE} where r.dev = (select ?)`)
  const selectKey = db.prepare<[string], DeviceRow>(`${SELECT_DEVICE} where r.key = (select ?)`)

  const selectDevs = db.prepare<[string], DeviceRow>(`${selectThose('dev')} order by r.dev`)
  const selectKeys = db.prepare<[string], DeviceRow>(selectThose('key'))

  const awaiting = new WeakSet<StoredDevice>()

  function fromRow(row: DeviceRow): StoredDevice {
    const stored = storedDevice(row, texts)
    if (row.awaits_sight === 1) awaiting.add(stored)
    return stored
  }

  function byDev(dev: number): StoredDevice | undefined {
    const row = selectDev.get(dev)
    return row === undefined ? undefined : fromRow(row)
  }

  return {
    byDev,
    byKey: (key) => {
      const row = selectKey.get(key)
      return row === undefined ? undefined : fromRow(row)
    },
    byDevs: (devs) => selectDevs.all(JSON.stringify([...new Set(devs)])).map(fromRow),
    byKeys: (keys) =>
      new Map(selectKeys.all(JSON.stringify([...new Set(keys)])).map((row) => [row.key, fromRow(row)])),
    fromRow,
    awaitsSight: (stored) => awaiting.has(stored),
  }
}
