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
import type { Session } from './session.ts'
import { enlist, enlistAll, SEQ } from './worklist.ts'

/** `listed`: its seq on the list; `seq`: what stands for it. */
type Waiting = DeviceRow & { readonly listed: number; readonly seq: number }

type Placed = { readonly item: WorkItem; readonly place: number }

type Page = { readonly placed: readonly Placed[]; readonly siblings: readonly StoredDevice[] }

/** A page that is read before somebody asks for it; `undefined`: it could not be. */
type Ahead = { readonly limit: number; readonly page: Promise<Page | undefined> }

export type Work = Pick<WorkStore, 'work' | 'workSize' | 'enlist' | 'planUnder' | 'shrunk'>

// Those who entered with everybody come first, by dev (never by the index of seq, which would sort them all for each page);
// then the others by seq.
const WAITING = (
  where: string,
  order: string,
): string => `select w.seq as listed, ${SEQ} as seq, ${DEVICE_COLUMNS} from (
    select w.seq, w.dev from work w
      where ${where} and (select true from step b where b.dev = w.dev and b.${UNDER_WAY} limit 1) is null
      order by ${order} limit $1) w
  join record r on r.dev = w.dev ${DEVICE_TABLES} order by ${order}`
const BELOW = WAITING('w.dev >= $2 and w.seq + 0 < (select floor from entered)', 'w.dev')
const ABOVE = WAITING('w.seq >= greatest($2, (select floor from entered))', 'w.seq')
/** Places on the list below zero are `FRONT + dev`, of those who entered with everybody; the others are their seq. */
const FRONT = -(2 ** 32)
/** A page of so many is worth reading ahead. */
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
  const waiting = openQueue(FRONT, (placed: readonly Placed[]) => placed[0]?.place ?? FRONT)
  let ahead: Ahead | undefined

  function pageFrom(from: number, limit: number, now: Instant): Promise<Page> {
    return read(async (session) => {
      const below = from < 0 ? await session.rows<Waiting>(BELOW, limit, from - FRONT) : []
      const more = limit - below.length
      const above = more === 0 ? [] : await session.rows<Waiting>(ABOVE, more, Math.max(from, 0))
      const rows = [...below, ...above]
      const planables = await batches.planables(session, rows, now)
      const placed = rows.flatMap(({ seq, listed, dev }, at): Placed[] => {
        const planable = planables[at]
        const place = at < below.length ? FRONT + dev : listed
        return planable === undefined ? [] : [{ place, item: { seq, ...planable } }]
      })
      return { placed, siblings: await batches.siblings(session, devicesOf(planables)) }
    })
  }

  /** The page that was read ahead, once and if it is what is asked for. */
  function readAhead(from: number, limit: number): Promise<Page | undefined> | undefined {
    const known = ahead
    ahead = undefined
    return from === FRONT || known?.limit !== limit ? undefined : known.page
  }

  /**
   * Has the server read the next page while this one is planned. Whatever changes of a device before its plan is written
   * gives it another version or seq, so that a plan from what was read too early is not written; as long as nobody else
   * leads meanwhile, so it is not kept from one pass to the next.
   */
  function goAhead(placed: readonly Placed[], limit: number, now: Instant): void {
    const last = placed.at(-1)
    if (limit < LARGE || placed.length < limit || last === undefined) return
    ahead = { limit, page: pageFrom(last.place + 1, limit, now).catch(() => undefined) }
  }

  return {
    work: async (limit, now, after) => {
      if (after !== undefined) return batchOf(await pageFrom(after + 1, limit, now), after)
      let siblings: readonly StoredDevice[] = []
      const placed = await waiting(limit, async (from) => {
        const page = (await readAhead(from, limit)) ?? (await pageFrom(from, limit, now))
        siblings = page.siblings
        return page.placed
      })
      goAhead(placed, limit, now)
      return batchOf({ placed, siblings }, FRONT)
    },
    workSize: () => {
      ahead = undefined
      return read(size)
    },
    enlist: (which, now) => {
      ahead = undefined
      return write(async (session) => {
        if (which === 'all') {
          await enlistAll(session)
          return size(session)
        }
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

/** `from`: where it ends when nothing is in it. */
function batchOf({ placed, siblings }: Page, from: number): WorkBatch {
  return { items: placed.map(({ item }) => item), siblings, end: placed.at(-1)?.place ?? from }
}

async function size(session: Session): Promise<number> {
  return (await session.rows<{ size: number }>(SIZE))[0]?.size ?? 0
}

function devicesOf(items: readonly { readonly device: StoredDevice }[]): readonly StoredDevice[] {
  return items.map(({ device }) => device)
}
