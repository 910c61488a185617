import type { RecordKey } from '../../domain/device.ts'
import type { Candidate, WorkStore } from '../../domain/work-store.ts'
import type { Instant } from '../../domain/time.ts'
import type { BudgetedKind } from '../../domain/desired.ts'
import type { Connection } from './connection.ts'
import { openStanding } from './standing.ts'
import { type StepRow, UNISSUED } from './step-rows.ts'

export type Budgets = Pick<WorkStore, 'used' | 'allot'> & {
  /** As the port says; approvals that have expired at `now` (absent: at the newest moment the store knows) do not count. */
  readonly candidates: (kind: BudgetedKind, now?: Instant) => Promise<readonly Candidate[]>
}

type CandidateRow = {
  readonly dev: number
  readonly n: number
  readonly device: RecordKey
  readonly over: number
  readonly approved: number
}

/** What counts against a budget, and which steps wait because one is used up (planning.md section 3). */
export function openBudgets(connection: Connection): Budgets {
  const { db, read, write } = connection
  const stand = openStanding(connection)
  const candidates = db.prepare<[number, string], CandidateRow>(
    `select s.dev, s.n, r.key as device, s.over, exists (
         select 1 from approval_step a join approval p on p.id = a.approval
         where a.step = s.id and a.used = 0 and p.expires_at > (select ?)) as approved
       from step s indexed by step_unissued cross join record r on r.dev = s.dev
       where s.kind = (select ?) and s.${UNISSUED} and s.held_by is null
         and not exists (select 1 from step e where e.dev = s.dev and e.ord < s.ord and e.state = 'held')
       order by r.key, s.n`,
  )
  const newest = db.prepare<[], { at: number | null }>(
    `select max(at) as at from (select max(at) as at from approval union all select max(started_at) from run
       union all select max(started_at) from listing)`,
  )
  const used = db.prepare<[string, number], { count: number }>(
    'select count(*) as count from step where kind = (select ?) and issued_at >= (select ?)',
  )
  const mark = db.prepare<[number, number, number]>(
    `update step set over = ? where dev = ? and n = ? and ${UNISSUED}`,
  )
  const chain = db.prepare<[number], Pick<StepRow, 'n' | 'over' | 'waits' | 'held_by'>>(
    `select n, over, waits, held_by from step where dev = ? and ${UNISSUED} order by ord`,
  )
  const hold = db.prepare<[number, string, number, number]>(
    'update step set waits = ?, state = ? where dev = ? and n = ?',
  )

  return {
    candidates: (kind, now) =>
      read(() =>
        candidates
          .all(now ?? newest.get()?.at ?? 0, kind)
          .map((row) => ({ ...row, over: row.over === 1, approved: row.approved === 1 })),
      ),
    used: (kind, since) => read(() => used.get(kind, since)?.count ?? 0),
    allot: (changes) =>
      write(() => {
        for (const { dev, n, over } of changes) mark.run(Number(over), dev, n)
        for (const dev of new Set(changes.map((change) => change.dev))) {
          let waits = 0
          for (const row of chain.all(dev)) {
            waits = Math.max(waits, row.over)
            const state = waits === 1 || row.held_by !== null ? 'held' : 'ready'
            if (row.waits !== waits) hold.run(waits, state, dev, row.n)
          }
          stand(dev)
        }
      }),
  }
}
