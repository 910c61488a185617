import type { DeviceFilter, ReadStore } from '../../domain/read-store.ts'
import type { Connection } from './connection.ts'
import { type DeviceReads, type DeviceRow, SELECT_DEVICE } from './device-reads.ts'

type Condition = { readonly sql: string; readonly value?: string | number }

/** Devices by what is true of them, page by page. */
export function openQueries({ db, texts, read }: Connection, reads: DeviceReads): ReadStore['devices'] {
  /** A text that the database has never seen has no number, and -1 matches nothing. */
  function number(text: string): number {
    return texts.find(text) ?? -1
  }

  function conditions(filter: DeviceFilter): Condition[] {
    const { verdict, finding, configuration, group, retirement, platform, drift, withoutEsim } = filter
    const all: Condition[] = []
    if (verdict !== undefined) all.push({ sql: 'd.verdict = ?', value: verdict })
    if (platform !== undefined) all.push({ sql: 'd.platform = ?', value: platform })
    if (configuration !== undefined) all.push({ sql: 'd.configuration = ?', value: number(configuration) })
    if (retirement !== undefined) all.push({ sql: 'd.retirement = ?', value: number(retirement) })
    if (drift !== undefined) all.push({ sql: drift ? 'd.drift_cause is not null' : 'd.drift_cause is null' })
    if (withoutEsim !== undefined)
      all.push({ sql: `d.without_since is ${withoutEsim ? 'not null' : 'null'}` })
    if (finding !== undefined) {
      all.push({
        sql: 'exists (select 1 from finding x where x.code = ? and x.dev = r.dev)',
        value: number(finding),
      })
    }
    if (group !== undefined) {
      all.push({
        sql: 'exists (select 1 from membership g where g.grp = ? and g.dev = r.dev)',
        value: number(group),
      })
    }
    return all
  }

  return (filter, limit, after) =>
    read(() => {
      const found = conditions(filter)
      if (after !== undefined) found.push({ sql: 'r.key > ?', value: after })
      const where = found.length === 0 ? '' : `where ${found.map(({ sql }) => sql).join(' and ')}`
      const values = found.flatMap(({ value }) => value ?? [])
      const select = db.prepare<(string | number)[], DeviceRow>(
        `${SELECT_DEVICE} ${where} order by r.key limit ?`,
      )
      return select.all(...values, limit).map(reads.fromRow)
    })
}
