import type { StoredDevice } from '../../domain/stored-device.ts'
import type { WorkStore } from '../../domain/work-store.ts'
import type { DeviceRow } from '../device-rows.ts'
import { UNDER_WAY } from '../step-rows.ts'
import { nothingTouched } from '../touched.ts'
import type { BatchReads } from './batch-reads.ts'
import type { Connection } from './connection.ts'
import { DEVICE_COLUMNS, DEVICE_TABLES } from './device-reads.ts'
import { shrunkGroups } from './groups.ts'
import { openQueue } from './queue.ts'
import { enlist, enlistAll } from './worklist.ts'

type Waiting = DeviceRow & { readonly seq: number }

export type Work = Pick<WorkStore, 'work' | 'workSize' | 'enlist' | 'planUnder' | 'shrunk'>

const WAITING = `select w.seq, ${DEVICE_COLUMNS} from (
    select w.seq, w.dev from work w
      where w.seq >= $2 and (select true from step b where b.dev = w.dev and b.${UNDER_WAY} limit 1) is null
      order by w.seq limit $1) w
  join record r on r.dev = w.dev ${DEVICE_TABLES} order by w.seq`
const SIZE = 'select count(*) as size from work'
const COME = 'delete from due where at <= $1 returning dev'
const PLANNED_UNDER = "select value from meta where key = 'circumstances' for update"
const PLAN_UNDER = `insert into meta(key, value) values('circumstances', $1)
  on conflict(key) do update set value = excluded.value`

/** Who is to be planned, now and later. */
export function openWork(connection: Connection, batches: BatchReads): Work {
  const { read, write, lead } = connection
  // Those that are not planned, or in vain, are given again.
  const waiting = openQueue(0, (rows: readonly Waiting[]) => rows[0]?.seq ?? 0)
  return {
    work: (limit, now) =>
      read(async (session) => {
        const rows = await waiting(limit, (from) => session.rows<Waiting>(WAITING, limit, from))
        const planables = await batches.planables(session, rows, now)
        const items = planables.map((each, at) => ({ seq: rows[at]?.seq ?? 0, ...each }))
        return { items, siblings: await batches.siblings(session, devicesOf(items)) }
      }),
    workSize: () => read(async (session) => (await session.rows<{ size: number }>(SIZE))[0]?.size ?? 0),
    enlist: (which, now) =>
      write(async (session) => {
        if (which === 'all') return enlistAll(session)
        const devs =
          which === 'due' ? (await session.rows<{ dev: number }>(COME, now)).map(({ dev }) => dev) : which
        return enlist(session, { ...nothingTouched(), devs: new Set(devs) })
      }),
    planUnder: (circumstances) =>
      lead(async (session) => {
        const [before] = await session.rows<{ value: string }>(PLANNED_UNDER)
        if (before?.value === circumstances) return false
        await session.run(PLAN_UNDER, circumstances)
        await enlistAll(session)
        return true
      }),
    shrunk: (devs) => read((session) => shrunkGroups(session, connection, devs)),
  }
}

function devicesOf(items: readonly { readonly device: StoredDevice }[]): readonly StoredDevice[] {
  return items.map(({ device }) => device)
}
