import type { BudgetedKind } from '../../domain/desired.ts'
import type { WorkStore } from '../../domain/work-store.ts'
import type { Connection } from './connection.ts'
import { UNISSUED } from '../step-rows.ts'

export type Budgets = Pick<WorkStore, 'used' | 'allot'>

/** As the partial indexes of budgeted steps say it. */
const BUDGETED = "kind in ('delete-record', 'uninstall', 'reset', 'retire')"

/** More than there are devices, and still an integer. */
const UNLIMITED = Number.MAX_SAFE_INTEGER

/** What counts against a budget, and which steps wait because one is used up (planning.md section 3). */
export function openBudgets({ db, read, write }: Connection): Budgets {
  db.exec('create temp table if not exists allotted(dev integer, n integer, primary key(dev, n))')
  const used = db.prepare<[string, number], { count: number }>(
    `select count(*) as count from step
       where kind = (select ?) and issued_at >= (select ?) and issued_at is not null and ${BUDGETED}`,
  )
  const any = db.prepare<[string]>(
    `select 1 from step indexed by step_budget where kind = (select ?) and ${UNISSUED} and ${BUDGETED} limit 1`,
  )
  const none = db.prepare<[]>('delete from allotted')
  // Places are given out in order of the device keys; in BINARY order UTF-8 is in order of code points. Whoever stands
  // behind a step of the same kind that is over has a later place than that one, so it is over as well.
  const decide = db.prepare<[Record<'kind' | 'left' | 'now', string | number>]>(
    `insert into allotted(dev, n) select dev, n from (
       select c.dev, c.n, c.over, c.approved or row_number() over (order by c.key, c.ord, c.n) <= (select @left) as goes from (
         select s.dev, s.n, s.ord, s.over, r.key, exists (
             select 1 from approval_step a cross join approval p on p.id = a.approval
             where a.dev = s.dev and a.step = s.id and a.used_at is null and p.expires_at > (select @now)) as approved
           from step s indexed by step_budget cross join record r on r.dev = s.dev
           where s.kind = (select @kind) and s.${UNISSUED} and s.${BUDGETED} and s.held_by is null and not exists (
             select 1 from step e not indexed where e.dev = s.dev and e.${UNISSUED} and e.ord < s.ord
               and (e.held_by is not null or (e.over <> 0 and e.kind <> s.kind)))) c)
       where goes <> (over = 0)`,
  )
  const turn = db.prepare<[]>(
    'update step set over = (over = 0) where (dev, n) in (select dev, n from allotted)',
  )
  const behind = `exists (select 1 from step e not indexed
    where e.dev = step.dev and e.${UNISSUED} and e.ord < step.ord and e.over <> 0)`
  const follow = db.prepare<[]>(
    `update step set over = case when over = 0 then 0 when ${behind} then 2 else 1 end, waits = over <> 0 or ${behind}
       where dev in (select dev from allotted) and ${UNISSUED}`,
  )
  const hold = db.prepare<[number]>(
    `update step set state = case when waits = 1 or held_by is not null then 'held' else 'ready' end,
         held_at = case when waits = 1 or held_by is not null then coalesce(held_at, ?) end
       where dev in (select dev from allotted) and ${UNISSUED}`,
  )
  // As `verdictBy` has it.
  const stand = db.prepare<[]>(
    `update device set verdict = coalesce((select case s.state when 'held' then 'held' else 'working' end
         from step s not indexed where s.dev = device.dev and s.${UNISSUED} order by s.ord limit 1), verdict)
       where verdict in ('working', 'held') and dev in (select dev from allotted)`,
  )

  return {
    used: (kind, since) => read(() => used.get(kind, since)?.count ?? 0),
    allot: (kind: BudgetedKind, left, now) =>
      write(() => {
        if (any.get(kind) === undefined) return
        none.run()
        decide.run({ kind, now, left: Number.isFinite(left) ? Math.floor(left) : UNLIMITED })
        turn.run()
        follow.run()
        hold.run(now)
        stand.run()
        none.run()
      }),
  }
}
