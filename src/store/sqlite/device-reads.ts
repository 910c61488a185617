import type { Assignment } from '../../domain/assignment.ts'
import type { RecordKey } from '../../domain/device.ts'
import type { Finding } from '../../domain/finding.ts'
import type { DriftCause, Verdict } from '../../domain/journal.ts'
import type { Action } from '../../domain/plan.ts'
import type { DeviceStatus, StoredDevice } from '../../domain/stored-device.ts'
import type { Connection } from './connection.ts'
import { recordFrom } from './record-text.ts'

/** Everything of a device in one row. `r` is the record, `d` the device, so that a caller can add where and order. */
export const SELECT_DEVICE = `
select r.dev, r.key, r.id, v.name as driver, d.version, d.gone_since, d.assignment, d.verdict, d.action, d.drift_cause,
  d.drift_since, d.without_since, d.converged_to, d.wanted_since, d.wanted_digest, f.record, m.findings,
  s.at as seen_at, s.installed_at, s.esims_at
from record r
cross join device d on d.dev = r.dev
cross join driver v on v.driver = r.driver
cross join facts f on f.dev = r.dev
cross join seen s on s.dev = r.dev
left join remark m on m.dev = r.dev
`

export type DeviceRow = {
  readonly dev: number
  readonly key: RecordKey
  readonly id: string
  readonly driver: string
  readonly version: number
  readonly gone_since: number | null
  readonly assignment: number | null
  readonly verdict: Verdict | null
  readonly action: Action | null
  readonly drift_cause: DriftCause | null
  readonly drift_since: number | null
  readonly without_since: number | null
  readonly converged_to: number | null
  readonly wanted_since: number | null
  readonly wanted_digest: number | null
  readonly record: string
  readonly findings: string | null
  readonly seen_at: number | null
  readonly installed_at: number | null
  readonly esims_at: number | null
}

/** How devices are read inside a transaction. */
export type DeviceReads = {
  readonly byDev: (dev: number) => StoredDevice | undefined
  readonly byKey: (key: RecordKey) => StoredDevice | undefined
  /** Those that exist, in the order given. */
  readonly byDevs: (devs: Iterable<number>) => StoredDevice[]
  readonly fromRow: (row: DeviceRow) => StoredDevice
}

export function openDeviceReads({ db, texts }: Connection): DeviceReads {
  const selectDev = db.prepare<[number], DeviceRow>(`${SELECT_DEVICE} where r.dev = (select ?)`)
  const selectKey = db.prepare<[string], DeviceRow>(`${SELECT_DEVICE} where r.key = (select ?)`)

  function fromRow(row: DeviceRow): StoredDevice {
    return {
      dev: row.dev,
      version: row.version,
      record: recordFrom(row.record, {
        key: row.key,
        driver: row.driver,
        id: row.id,
        ...given('lastSeenAt', row.seen_at),
        ...given('installedObservedAt', row.installed_at),
        ...given('esimsObservedAt', row.esims_at),
      }),
      ...given('goneSince', row.gone_since),
      ...(row.assignment === null ? {} : { assignment: texts.json(row.assignment) as Assignment }),
      status: statusOf(row),
    }
  }

  function statusOf(row: DeviceRow): DeviceStatus {
    const { drift_cause: cause, drift_since: since } = row
    return {
      ...given('verdict', row.verdict),
      ...given('action', row.action),
      findings: row.findings === null ? [] : (JSON.parse(row.findings) as Finding[]),
      ...(cause === null || since === null ? {} : { drift: { cause, since } }),
      ...given('withoutEsimSince', row.without_since),
      ...(row.converged_to === null ? {} : { convergedTo: texts.text(row.converged_to) }),
      ...given('wantedSince', row.wanted_since),
      ...(row.wanted_digest === null ? {} : { wantedDigest: texts.text(row.wanted_digest) }),
    }
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
    byDevs: (devs) => [...devs].flatMap((dev) => byDev(dev) ?? []),
    fromRow,
  }
}

/** SQL's null as an absent key. */
export function given<K extends string, V>(key: K, value: V | null): { readonly [P in K]?: V } {
  return value === null ? {} : ({ [key]: value } as { readonly [P in K]?: V })
}
