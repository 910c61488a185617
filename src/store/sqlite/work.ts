import type { WorkStore } from '../../domain/work-store.ts'
import type { BatchReads } from './batch-reads.ts'
import type { Connection } from './connection.ts'
import { DEVICE_COLUMNS, DEVICE_TABLES } from './device-reads.ts'
import type { DeviceRow } from '../device-rows.ts'
import { UNDER_WAY } from '../step-rows.ts'
import { nothingTouched } from '../touched.ts'
import type { Worklist } from './worklist.ts'

export type Work = Pick<WorkStore, 'work' | 'workSize' | 'enlist' | 'planUnder'>

/** Who is to be planned, now and later. */
export function openWork({ db, read, write }: Connection, batches: BatchReads, worklist: Worklist): Work {
  const waiting = db.prepare<[number, number], DeviceRow & { readonly seq: number }>(
    `select w.seq, ${DEVICE_COLUMNS} from work w cross join record r on r.dev = w.dev ${DEVICE_TABLES}
       where w.seq > (select ?) and not exists (select 1 from step b not indexed where b.dev = w.dev and b.${UNDER_WAY})
       order by w.seq limit ?`,
  )
  const size = db.prepare<[], { size: number }>('select count(*) as size from work')
  const all = db.prepare<[]>('insert or replace into work(dev) select dev from device order by dev')
  // Whoever waits is planned under the new ones anyhow: they are known before planning begins.
  const others = db.prepare<[]>(
    `insert into work(dev) select dev from device d
       where not exists (select 1 from work w where w.dev = d.dev) order by dev`,
  )
  const come = [
    'delete from due where at <= (select ?) returning dev',
    'update device set visit_at = null where visit_at <= (select ?) returning dev',
  ].map((sql) => db.prepare<[number], { dev: number }>(sql))
  const circumstances = db.prepare<[], { value: string }>(
    "select value from meta where key = 'circumstances'",
  )
  const setCircumstances = db.prepare<[string]>(
    `insert into meta(key, value) values('circumstances', ?) on conflict(key) do update set value = excluded.value`,
  )

  return {
    work: (limit, now, after = 0) =>
      read(() => {
        const rows = waiting.all(after, limit)
        const items = batches.planables(rows, now).map((each, at) => ({ seq: rows[at]?.seq ?? 0, ...each }))
        const siblings = batches.siblings(items.map(({ device }) => device))
        return { items, siblings, end: items.at(-1)?.seq ?? after }
      }),
    workSize: () => read(() => size.get()?.size ?? 0),
    enlist: (which, now) =>
      write(() => {
        if (which === 'all') return all.run().changes
        const touched = nothingTouched()
        const devs = which === 'due' ? come.flatMap((those) => those.all(now).map(({ dev }) => dev)) : which
        for (const dev of devs) touched.devs.add(dev)
        return worklist.enlist(touched)
      }),
    planUnder: (text) =>
      write(() => {
        if (circumstances.get()?.value === text) return false
        setCircumstances.run(text)
        others.run()
        return true
      }),
  }
}
