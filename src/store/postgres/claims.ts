import type { RecordKey } from '../../domain/device.ts'
import type { CommandId } from '../../domain/driver.ts'
import type { ClaimedStep, JournalStore, Lease } from '../../domain/journal-store.ts'
import type { StoredDevice } from '../../domain/stored-device.ts'
import type { Duration } from '../../domain/time.ts'
import { journalStep, type StepRow, UNDER_WAY } from '../step-rows.ts'
import { batchOf } from './batch.ts'
import type { Connection } from './connection.ts'
import type { DeviceReads } from './device-reads.ts'
import type { Session } from './session.ts'
import { openQueue } from './queue.ts'
import { namedBy, STEP_COLUMNS } from './step-reads.ts'

export type Claims = Pick<JournalStore, 'claim' | 'underWay' | 'nextDue' | 'steps'>

type Taken = { readonly dev: number; readonly not_before: number }

type LeasedRow = StepRow & { readonly lease: Lease; readonly leased_until: number }

/**
 * A step may be issued when it is the first unsettled one of its device (the first of its plan: whoever settles one is
 * planned again), nothing of its device is under way, the device does not wait to be planned (what is on the worklist
 * may be superseded by a newer revision or observation), and it left no group that is not judged yet.
 */
const ISSUABLE = `s.state = 'ready' and s.ord = 0
  and (select true from work w where w.dev = s.dev limit 1) is null
  and (select true from leaver l where l.dev = s.dev and l.shrunk = 0 limit 1) is null
  and (select true from step e where e.dev = s.dev and e.${UNDER_WAY} limit 1) is null`

// Steps that another process is just claiming, and devices that it is planning, are left to it.
const TAKE = `select s.dev, s.not_before from step s
  where ${ISSUABLE} and s.not_before <= $1 and (s.not_before, s.dev) > ($4::bigint, $5::int)
    and (select d.driver from device d where d.dev = s.dev) = any($2::int[])
  order by s.not_before, s.dev limit $3 for update of s skip locked`
// A database may be put back while a process is between two statements: what it remembers of this would be the past.
const EPOCH = "select value from meta where key = 'epoch'"
const DRIVERS = 'select driver from driver where name = any($1::text[])'
const LOCK_FREE = 'select dev from device where dev = any($1::int[]) order by dev for update skip locked'
// Asked again now that the devices are ours: others may have been faster.
const ISSUABLE_OF = `select s.dev, s.n, s.attempt from step s
  where s.dev = any($1::int[]) and ${ISSUABLE} and s.not_before <= $2 order by s.not_before, s.dev`
const ISSUED = batchOf({ dev: 'int', n: 'int', command: 'text', baseline: 'text' }, 5)
const ISSUE = `update step s set state = 'issued', command = u.command, run = $1, issued_at = $2, deadline = $3,
    baseline = u.baseline, poll_at = 0, held_at = null, lease = gen_random_uuid(), leased_until = $4
  from ${ISSUED.rows} where s.dev = u.dev and s.n = u.n returning ${STEP_COLUMNS}, s.lease, s.leased_until`
const LEASE = `with taken as (
    select dev, n from step where ${UNDER_WAY} and greatest(poll_at, leased_until) <= $1
    order by greatest(poll_at, leased_until), dev limit $2 for update skip locked)
  update step s set lease = gen_random_uuid(), leased_until = $3 from taken t where s.dev = t.dev and s.n = t.n
  returning ${STEP_COLUMNS}, s.lease, s.leased_until`
const DUE = `select min(at) as at from (
  (select greatest(poll_at, leased_until) as at from step where ${UNDER_WAY}
    order by greatest(poll_at, leased_until) limit 1)
  union all (select s.not_before from step s where ${ISSUABLE} order by s.not_before limit 1)
  union all (select at from due order by at limit 1)) x`
const KEY = 'select key from record where dev = $1'
const OF_DEVICE = `select ${STEP_COLUMNS} from step s where s.dev = $1 order by s.n desc limit $2`

/**
 * The journal as the executor uses it: what to send, what to ask about, and when. `lease`: how long nobody else is given
 * a step that one process was given.
 */
export function openClaims(
  { texts, read, write, writeUnheard }: Connection,
  reads: DeviceReads,
  lease: Duration,
): Claims {
  const ready = openQueue({ at: -1, dev: 0 }, placeAfter)

  async function given(session: Session, rows: readonly LeasedRow[]): Promise<readonly ClaimedStep[]> {
    const devices = await devicesOf(session, rows)
    const names = await texts.named(session, namedBy(rows))
    return rows.flatMap((row) => {
      const stored = devices.get(row.dev)
      if (stored === undefined || row.command === null) return []
      const step = journalStep(row, stored.face.key, names)
      const sendBefore = row.leased_until - lease / 2
      return [{ ...step, command: row.command, stored, lease: row.lease, sendBefore }]
    })
  }

  async function devicesOf(
    session: Session,
    rows: readonly { readonly dev: number }[],
  ): Promise<ReadonlyMap<number, StoredDevice>> {
    const devices = await reads.byDevs(
      session,
      rows.map(({ dev }) => dev),
    )
    return new Map(devices.map((device) => [device.dev, device]))
  }

  return {
    claim: (limit, drivers, run, now, deadline) =>
      write(async (session) => {
        const of = (await session.rows<{ driver: number }>(DRIVERS, drivers)).map(({ driver }) => driver)
        const taken = await ready(limit, ({ at, dev }) => session.rows<Taken>(TAKE, now, of, limit, at, dev))
        if (taken.length === 0) return []
        const free = await session.rows<{ dev: number }>(
          LOCK_FREE,
          taken.map(({ dev }) => dev),
        )
        const issuable = await session.rows<Pick<StepRow, 'dev' | 'n' | 'attempt'>>(
          ISSUABLE_OF,
          free.map(({ dev }) => dev),
          now,
        )
        const devices = await devicesOf(session, issuable)
        const epoch = (await session.rows<{ value: string }>(EPOCH))[0]?.value ?? ''
        const issued = issuable.flatMap(({ dev, n, attempt }) => {
          const stored = devices.get(dev)
          const command = `${epoch}.${dev}.${n}.${attempt}` as CommandId
          return stored === undefined ? [] : [{ dev, n, command, baseline: baselineOf(stored) }]
        })
        if (issued.length === 0) return []
        const values = ISSUED.values(issued)
        const rows = await session.rows<LeasedRow>(ISSUE, run, now, deadline, now + lease, ...values)
        const byDev = new Map(rows.map((row) => [row.dev, row]))
        return given(
          session,
          issued.flatMap(({ dev }) => byDev.get(dev) ?? []),
        )
      }),
    underWay: (now, limit) =>
      writeUnheard(async (session) => {
        const rows = await session.rows<LeasedRow>(LEASE, now, limit, now + lease)
        return given(
          session,
          rows.toSorted((a, b) => a.poll_at - b.poll_at || a.dev - b.dev),
        )
      }),
    nextDue: (now) =>
      read(async (session) => {
        const at = (await session.rows<{ at: number | null }>(DUE))[0]?.at ?? undefined
        // Zero stands for "at once".
        return at === 0 ? now : at
      }),
    steps: (dev, limit) =>
      read(async (session) => {
        const key = (await session.rows<{ key: RecordKey }>(KEY, dev))[0]?.key
        if (key === undefined) return []
        const rows = await session.rows<StepRow>(OF_DEVICE, dev, limit)
        const names = await texts.named(session, namedBy(rows))
        return rows.map((row) => journalStep(row, key, names))
      }),
  }
}

function placeAfter(taken: readonly Taken[]): { readonly at: number; readonly dev: number } {
  const last = taken.at(-1)
  return { at: last?.not_before ?? -1, dev: last?.dev ?? 0 }
}

/** The ICCIDs listed now; nothing when nobody knows them, for an empty baseline would prove any reset. */
function baselineOf({ record }: StoredDevice): string | null {
  return record.esims === 'unknown' ? null : JSON.stringify(record.esims.map(({ iccid }) => iccid))
}
