import type { StoredDevice } from '../../domain/stored-device.ts'
import type { Instant } from '../../domain/time.ts'
import type { WorkBatch, WorkItem, WorkStore } from '../../domain/work-store.ts'
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

/** A batch that is read before somebody asks for it; `undefined`: it could not be. */
type Ahead = { readonly limit: number; readonly batch: Promise<WorkBatch | undefined> }

export type Work = Pick<WorkStore, 'work' | 'workSize' | 'enlist' | 'planUnder' | 'shrunk'>

const WAITING = `select w.seq, ${DEVICE_COLUMNS} from (
    select w.seq, w.dev from work w
      where w.seq >= $2 and (select true from step b where b.dev = w.dev and b.${UNDER_WAY} limit 1) is null
      order by w.seq limit $1) w
  join record r on r.dev = w.dev ${DEVICE_TABLES} order by w.seq`
/** Where the list begins. */
const FRONT = 0
/** A batch of so many is worth reading ahead. */
const LARGE = 1_000
const SIZE = 'select count(*) as size from work'
const COME = 'delete from due where at <= $1 returning dev'
const PLANNED_UNDER = "select value from meta where key = 'circumstances' for update"
const PLAN_UNDER = `insert into meta(key, value) values('circumstances', $1)
  on conflict(key) do update set value = excluded.value`

/** Who is to be planned, now and later. */
export function openWork(connection: Connection, batches: BatchReads): Work {
  const { read, write, lead } = connection
  // Those that are not planned, or in vain, are given again.
  const waiting = openQueue(FRONT, (items: readonly WorkItem[]) => items[0]?.seq ?? FRONT)
  let ahead: Ahead | undefined

  function batchFrom(from: number, limit: number, now: Instant): Promise<WorkBatch> {
    return read(async (session) => {
      const rows = await session.rows<Waiting>(WAITING, limit, from)
      const planables = await batches.planables(session, rows, now)
      const items = planables.map((each, at) => ({ seq: rows[at]?.seq ?? 0, ...each }))
      return { items, siblings: await batches.siblings(session, devicesOf(items)) }
    })
  }

  /** The batch that was read ahead, once and if it is what is asked for. */
  function readAhead(from: number, limit: number): Promise<WorkBatch | undefined> | undefined {
    const known = ahead
    ahead = undefined
    return from === FRONT || known?.limit !== limit ? undefined : known.batch
  }

  /**
   * Has the server read the next batch while this one is planned. Whatever changes of a device before its plan is written
   * gives it another version or seq, so that a plan from what was read too early is not written; as long as nobody else
   * leads meanwhile, so it is not kept from one pass to the next.
   */
  function goAhead({ items }: WorkBatch, limit: number, now: Instant): void {
    const last = items.at(-1)
    if (limit < LARGE || items.length < limit || last === undefined) return
    ahead = { limit, batch: batchFrom(last.seq + 1, limit, now).catch(() => undefined) }
  }

  return {
    work: async (limit, now) => {
      let siblings: readonly StoredDevice[] = []
      const items = await waiting(limit, async (from) => {
        const batch = (await readAhead(from, limit)) ?? (await batchFrom(from, limit, now))
        siblings = batch.siblings
        return batch.items
      })
      const batch = { items, siblings }
      goAhead(batch, limit, now)
      return batch
    },
    workSize: () => {
      ahead = undefined
      return read(async (session) => (await session.rows<{ size: number }>(SIZE))[0]?.size ?? 0)
    },
    enlist: (which, now) => {
      ahead = undefined
      return write(async (session) => {
        if (which === 'all') return enlistAll(session)
        const devs =
          which === 'due' ? (await session.rows<{ dev: number }>(COME, now)).map(({ dev }) => dev) : which
        return enlist(session, { ...nothingTouched(), devs: new Set(devs) })
      })
    },
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
