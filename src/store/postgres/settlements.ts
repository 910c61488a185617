import type { RecordKey } from '../../domain/device.ts'
import type { JournalStore, Settlement } from '../../domain/journal-store.ts'
import type { StepState } from '../../domain/journal.ts'
import type { StepId, StepKind } from '../../domain/plan.ts'
import { nothingTouched, type Touched } from '../touched.ts'
import { batchOf } from './batch.ts'
import type { Connection } from './connection.ts'
import { type DeviceReads, lockDevices } from './device-reads.ts'
import type { RecordWrites } from './record-writes.ts'
import type { Session } from './session.ts'
import { rememberEnds } from './step-ends.ts'
import { enlist, touch } from './worklist.ts'

const TERMINAL: ReadonlySet<StepState> = new Set([
  'proven',
  'failed',
  'expired',
  'lost',
  'unproven',
  'superseded',
])

/** A settlement that was written, with the step it is of. */
export type Settled = Settlement & { readonly id: StepId; readonly kind: StepKind }

const ROW = batchOf({
  dev: 'int',
  n: 'int',
  lease: 'uuid',
  state: 'text',
  at: 'bigint',
  poll_at: 'bigint',
  deadline: 'bigint',
  proof: 'text',
  error: 'text',
})
/**
 * The step is still on its way, and still in the hands of whoever settles it. The state is asked for so that no index
 * answers: the planner, believing that next to none are under way, would look at all of them for each row.
 */
const MATCH = `s.dev = u.dev and s.n = u.n and (s.state || '') in ('issued', 'accepted')
  and s.lease is not distinct from u.lease`
const RETURNING = 'returning s.dev, s.n, s.id, s.kind'
const END = `update step s set state = u.state, settled_at = u.at, proof = coalesce(u.proof, s.proof),
    error = coalesce(u.error, s.error), poll_at = 0, lease = null, leased_until = 0
  from ${ROW.rows} where ${MATCH} ${RETURNING}`
const GO_ON = `update step s set state = u.state, poll_at = coalesce(u.poll_at, 0),
    deadline = coalesce(u.deadline, s.deadline), proof = coalesce(u.proof, s.proof),
    error = coalesce(u.error, s.error), leased_until = 0
  from ${ROW.rows} where ${MATCH} ${RETURNING}`
// As if never issued: it counts against no budget.
const PUT_BACK = `update step s set state = u.state, not_before = coalesce(u.poll_at, u.at), error = u.error, poll_at = 0,
    command = null, issued_at = null, deadline = null, baseline = null, proof = null, lease = null, leased_until = 0
  from ${ROW.rows} where ${MATCH} ${RETURNING}`
const NUMBERS = 'select dev from record where key = any($1::text[])'

/**
 * Writes what became of steps. One that has already come to its end, was never sent, or was given to another process
 * meanwhile stays as it is, so that a late or repeated answer changes nothing.
 */
export function openSettlements(
  { write }: Connection,
  reads: DeviceReads,
  records: RecordWrites,
): JournalStore['settle'] {
  async function settle(
    session: Session,
    settlements: readonly Settlement[],
    touched: Touched,
  ): Promise<void> {
    const settled: Settled[] = []
    for (const [sql, mine] of [
      [END, settlements.filter(({ state }) => TERMINAL.has(state))],
      [PUT_BACK, settlements.filter(({ state }) => isPutBack(state))],
      [GO_ON, settlements.filter(({ state }) => !TERMINAL.has(state) && !isPutBack(state))],
    ] as const) {
      settled.push(...(await written(session, sql, mine)))
    }
    const ended = settled.filter(({ state }) => TERMINAL.has(state))
    await rememberEnds(session, ended)
    await touch(
      session,
      touched,
      ended.map(({ dev }) => dev),
    )
    await saveRecords(session, settled, touched)
  }

  async function saveRecords(session: Session, settled: readonly Settled[], touched: Touched): Promise<void> {
    const byKey = new Map(
      settled.flatMap(({ record }) => (record === undefined ? [] : [[record.key, record] as const])),
    )
    const gone = settled.flatMap(({ deleted }) => deleted ?? [])
    const known = await reads.byKeys(session, [...byKey.keys(), ...gone])
    const puts = [...byKey].map(([key, record]) => {
      const before = known.get(key)?.stored
      return before === undefined ? { record } : { before, record }
    })
    await records.put(session, puts, touched)
    await records.remove(
      session,
      [...new Set(gone)].flatMap((key) => known.get(key)?.stored ?? []),
      touched,
    )
  }

  return (settlements) =>
    write(async (session) => {
      const touched = nothingTouched()
      await lockDevices(session, await devsOf(session, settlements))
      for (const round of rounds(settlements)) await settle(session, round, touched)
      await enlist(session, touched)
    })
}

async function written(
  session: Session,
  sql: string,
  settlements: readonly Settlement[],
): Promise<readonly Settled[]> {
  if (settlements.length === 0) return []
  const rows = await session.rows<Pick<Settled, 'dev' | 'n' | 'id' | 'kind'>>(
    sql,
    ...ROW.values(
      settlements.map((each) => ({
        dev: each.dev,
        n: each.n,
        lease: each.lease,
        state: each.state,
        at: each.at,
        poll_at: each.pollAt,
        deadline: each.deadline,
        proof: each.proof,
        error: each.error === undefined ? null : JSON.stringify(each.error),
      })),
    ),
  )
  const steps = new Map(rows.map((row) => [`${row.dev}.${row.n}`, row]))
  return settlements.flatMap((each) => {
    const row = steps.get(`${each.dev}.${each.n}`)
    return row === undefined ? [] : { ...each, id: row.id, kind: row.kind }
  })
}

/** Every device that is written, its own and the ones whose records go. */
async function devsOf(session: Session, settlements: readonly Settlement[]): Promise<readonly number[]> {
  const keys = new Set<RecordKey>()
  for (const { record, deleted } of settlements) {
    if (record !== undefined) keys.add(record.key)
    if (deleted !== undefined) keys.add(deleted)
  }
  const rows = keys.size === 0 ? [] : await session.rows<{ dev: number }>(NUMBERS, [...keys])
  return [...settlements, ...rows].map(({ dev }) => dev)
}

/** One statement writes a device once: what settles it again comes in a later round. */
function rounds(settlements: readonly Settlement[]): readonly (readonly Settlement[])[] {
  const given: Settlement[][] = []
  const next = new Map<number, number>()
  for (const settlement of settlements) {
    const round = next.get(settlement.dev) ?? 0
    next.set(settlement.dev, round + 1)
    const mates = given[round] ?? []
    mates.push(settlement)
    given[round] = mates
  }
  return given
}

/** Not taken: to be sent again, or to wait. */
function isPutBack(state: StepState): boolean {
  return state === 'ready' || state === 'held'
}
