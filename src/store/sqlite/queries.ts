import type { DeviceFilter, ReadStore } from '../../domain/read-store.ts'
import type { DeviceRow } from '../device-rows.ts'
import type { Connection } from './connection.ts'
import { type DeviceReads, SELECT_DEVICE } from './device-reads.ts'

type Condition = { readonly sql: string; readonly value?: string | number }

/** Up to so many devices with a finding, they are looked at instead of every key. */
const FEW = 1_000

/** Devices by what is true of them, page by page. */
export function openQueries({ db, texts, read }: Connection, reads: DeviceReads): ReadStore['devices'] {
  const withFinding = db.prepare<[number], { devices: number }>(
    `select count(*) as devices from (select 1 from finding where code = (select ?) limit ${FEW + 1})`,
  )

  /** A text that the database has never seen has no number, and -1 matches nothing. */
  function number(text: string): number {
    return texts.find(text) ?? -1
  }

  function conditions(filter: DeviceFilter): Condition[] {
    const { verdict, finding, configuration, group, retirement, platform, drift, withoutEsim } = filter
    const all: Condition[] = []
    if (verdict !== undefined) all.push({ sql: 'd.verdict = ?', value: verdict })
    if (platform !== undefined) all.push({ sql: 'd.platform = ?', value: platform })
    if (configuration !== undefined)
      all.push({ sql: assigned('assigned', 'configuration'), value: number(configuration) })
    if (retirement !== undefined)
      all.push({ sql: assigned('assigned', 'retirement'), value: number(retirement) })
    if (group !== undefined) all.push({ sql: assigned('assigned_group', 'grp'), value: number(group) })
    if (drift !== undefined) all.push({ sql: drift ? 'd.drift_cause is not null' : 'd.drift_cause is null' })
    if (withoutEsim !== undefined)
      all.push({ sql: `d.without_since is ${withoutEsim ? 'not null' : 'null'}` })
    if (finding !== undefined) all.push(found(number(finding)))
    return all
  }

  /** Planning asks for findings that next to nobody has: that must not walk the fleet. */
  function found(code: number): Condition {
    const few = (withFinding.get(code)?.devices ?? 0) <= FEW
    if (few) return { sql: 'r.dev in (select x.dev from finding x where x.code = ?)', value: code }
    return { sql: 'exists (select 1 from finding x where x.code = ? and x.dev = +r.dev)', value: code }
  }

  return (filter, limit, after) =>
    read(() => {
      const all = conditions(filter)
      if (after !== undefined) all.push({ sql: 'r.key > ?', value: after })
      const where = all.length === 0 ? '' : `where ${all.map(({ sql }) => sql).join(' and ')}`
      const values = all.flatMap(({ value }) => value ?? [])
      const select = db.prepare<(string | number)[], DeviceRow>(
        `${SELECT_DEVICE} ${where} order by r.key limit ?`,
      )
      return select.all(...values, limit).map(reads.fromRow)
    })
}

function assigned(table: 'assigned' | 'assigned_group', column: string): string {
  return `d.assignment in (select assignment from ${table} where ${column} = ?)`
}
