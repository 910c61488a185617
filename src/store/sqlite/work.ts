import type { StoredDevice } from '../../domain/stored-device.ts'
import type { WorkStore } from '../../domain/work-store.ts'
import type { Connection } from './connection.ts'
import type { DeviceReads } from './device-reads.ts'
import { UNDER_WAY, UNISSUED } from './step-rows.ts'
import { nothingTouched, type Worklist } from './worklist.ts'

export type Work = Pick<WorkStore, 'work' | 'workSize' | 'enlist' | 'visitAt'>

/** Who is to be planned, now and later. */
export function openWork({ db, read, write }: Connection, reads: DeviceReads, worklist: Worklist): Work {
  const waiting = db.prepare<[number, number], { seq: number; dev: number }>(
    `select seq, dev from work w where seq > ?
       and not exists (select 1 from step s where s.dev = w.dev and ${UNDER_WAY}) order by seq limit ?`,
  )
  const size = db.prepare<[], { size: number }>('select count(*) as size from work')
  const all = db.prepare<[]>('insert or replace into work(dev) select dev from device order by dev')
  const open = db.prepare<[]>(
    `insert or replace into work(dev) select distinct dev from step indexed by step_unissued where ${UNISSUED} order by dev`,
  )
  const come = db.prepare<[number], { dev: number }>('delete from due where at <= ? returning dev')
  // Every plan names its next visit anew, so the earliest is enough.
  const visit = db.prepare<[number, number]>(
    `insert into due(dev, at) select dev, ? from device where dev = (select ?)
       on conflict(dev) do update set at = min(at, excluded.at)`,
  )

  return {
    work: (limit, after = 0) =>
      read(() =>
        waiting.all(after, limit).flatMap(({ seq, dev }) => {
          const device: StoredDevice | undefined = reads.byDev(dev)
          return device === undefined ? [] : [{ seq, device }]
        }),
      ),
    workSize: () => read(() => size.get()?.size ?? 0),
    enlist: (which, now) =>
      write(() => {
        if (which === 'all') return all.run().changes
        if (which === 'open') return open.run().changes
        const touched = nothingTouched()
        const devs = which === 'due' ? come.all(now).map(({ dev }) => dev) : which
        for (const dev of devs) touched.devs.add(dev)
        return worklist.enlist(touched)
      }),
    visitAt: (visits) =>
      write(() => {
        for (const { dev, at } of visits) visit.run(at, dev)
      }),
  }
}
