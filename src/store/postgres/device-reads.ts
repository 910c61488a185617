import type { RecordKey } from '../../domain/device.ts'
import type { StoredDevice } from '../../domain/stored-device.ts'
import { type DeviceRow, storedDevice } from '../device-rows.ts'
import type { Connection } from './connection.ts'
import type { Session } from './session.ts'
import { storableText } from './storable-text.ts'

/** What of the tables beside makes a device. */
export const DEVICE_COLUMNS = `r.dev, r.key, r.id, r.proven_at, r.unanswered_at, r.erased_at, v.name as driver,
  i.serial, i.eid, i.enrolled_at, i.shape,
  d.version, d.gone_since, d.assignment, d.verdict, d.action, d.drift_cause, d.drift_since, d.without_since,
  d.converged_to, d.wanted_since, d.wanted_digest, d.awaits_sight, d.findings, i.record,
  s.at as seen_at, s.installed_at, s.esims_at`

/** The tables beside the record `r`. */
export const DEVICE_TABLES = `join device d on d.dev = r.dev join driver v on v.driver = r.driver
  join identity i on i.dev = r.dev join seen s on s.dev = r.dev`

/** Everything of a device in one row. `r` is the record, so that a caller can add where and order. */
export const SELECT_DEVICE = `select ${DEVICE_COLUMNS} from record r ${DEVICE_TABLES}`

/** The devices after $1 by dev, at most $2: their numbers first, or the tables beside would be walked from the beginning. */
export const WALK_DEVICES = `${SELECT_DEVICE.replace(
  'from record r',
  'from (select dev from device where dev > $1 order by dev limit $2) b join record r on r.dev = b.dev',
)} order by r.dev`

/** A device whose plan may wait for it to be seen again. */
export type Known = { readonly stored: StoredDevice; readonly awaitsSight: boolean }

/** How devices are read inside a transaction. */
export type DeviceReads = {
  readonly fromRows: (session: Session, rows: readonly DeviceRow[]) => Promise<readonly StoredDevice[]>
  /** Those that exist, by dev. */
  readonly byDevs: (session: Session, devs: readonly number[]) => Promise<readonly StoredDevice[]>
  /** Those that exist. */
  readonly byKeys: (session: Session, keys: readonly RecordKey[]) => Promise<ReadonlyMap<RecordKey, Known>>
  /** As `byKeys`, and nobody else changes them until the transaction ends. */
  readonly lockedByKeys: DeviceReads['byKeys']
}

const BY_DEVS = `${SELECT_DEVICE.replace('from record r', 'from unnest($1::int[]) b(dev) join record r on r.dev = b.dev')}
  order by r.dev`
const BY_KEYS = SELECT_DEVICE.replace(
  'from record r',
  'from unnest($1::text[]) b(key) join record r on r.key = b.key',
)
const LOCK_KEYS = `select d.dev from device d where d.dev in (select r.dev from record r where r.key = any($1::text[]))
  order by d.dev for update`

export function openDeviceReads({ texts }: Connection): DeviceReads {
  async function fromRows(session: Session, rows: readonly DeviceRow[]): Promise<readonly StoredDevice[]> {
    const names = await texts.named(
      session,
      rows.flatMap((row) => [row.assignment, row.converged_to, row.wanted_digest]),
    )
    return rows.map((row) => storedDevice(row, names))
  }

  async function byKeys(
    session: Session,
    keys: readonly RecordKey[],
  ): Promise<ReadonlyMap<RecordKey, Known>> {
    const rows = await session.rows<DeviceRow>(BY_KEYS, keys)
    const devices = await fromRows(session, rows)
    const found = new Map<string, Known>(
      devices.map((stored, at) => [stored.face.key, { stored, awaitsSight: rows[at]?.awaits_sight === 1 }]),
    )
    return new Map(
      keys.flatMap((key) => {
        const known = found.get(storableText(key))
        return known === undefined ? [] : [[key, known] as const]
      }),
    )
  }

  return {
    fromRows,
    byDevs: async (session, devs) =>
      devs.length === 0 ? [] : fromRows(session, await session.rows<DeviceRow>(BY_DEVS, devs)),
    byKeys,
    lockedByKeys: async (session, keys) => {
      await session.rows(LOCK_KEYS, keys)
      return byKeys(session, keys)
    },
  }
}

const LOCK = 'select dev from device where dev = any($1::int[]) order by dev for update'

/** Nobody else changes these devices, their plans or their steps until the transaction ends. Always in order of dev. */
export async function lockDevices(session: Session, devs: readonly number[]): Promise<void> {
  if (devs.length > 0) await session.rows(LOCK, devs)
}
