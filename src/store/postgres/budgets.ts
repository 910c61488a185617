import type { BudgetedKind } from '../../domain/desired.ts'
import type { WorkStore } from '../../domain/work-store.ts'
import { UNISSUED } from '../step-rows.ts'
import { batchOf } from './batch.ts'
import type { Connection } from './connection.ts'
import { lockDevices } from './device-reads.ts'

export type Budgets = Pick<WorkStore, 'used' | 'allot'>

/** As the partial indexes of budgeted steps say it. */
const BUDGETED = "kind in ('delete-record', 'uninstall', 'reset', 'retire')"

/** More than there are devices, and still an integer. */
const UNLIMITED = Number.MAX_SAFE_INTEGER

const USED = `select count(*) as count from step
  where kind = $1 and issued_at >= $2 and issued_at is not null and ${BUDGETED}`
const ANY = `select 1 from step where kind = $1 and ${UNISSUED} and ${BUDGETED} limit 1`
// Places are given out in order of the device keys, which are compared by code points. Whoever stands behind a step of
// the same kind that is over has a later place than that one, so it is over as well.
const DECIDE = `select dev, n from (
  select c.dev, c.n, c.over, c.approved or row_number() over (order by c.key, c.ord, c.n) <= $2::bigint as goes from (
    select s.dev, s.n, s.ord, s.over, r.key, exists (
        select 1 from approval_step a join approval p on p.id = a.approval
        where a.dev = s.dev and a.step = s.id and a.used_at is null and p.expires_at > $3) as approved
      from step s join record r on r.dev = s.dev
      where s.kind = $1 and s.${UNISSUED} and s.${BUDGETED} and s.held_by is null and not exists (
        select 1 from step e where e.dev = s.dev and e.${UNISSUED} and e.ord < s.ord
          and (e.held_by is not null or (e.over <> 0 and e.kind <> s.kind)))) c) p
  where goes <> (over = 0) order by dev, n`
const TURNED = batchOf({ dev: 'int', n: 'int' })
// What was issued while this waited for its turn is none of the budget's any more.
const TURN = `update step s set over = (s.over = 0)::int from ${TURNED.rows}
  where s.dev = u.dev and s.n = u.n and s.${UNISSUED}`
const FOLLOW = `update step s set
    over = case when s.over = 0 then 0 when c.behind then 2 else 1 end,
    waits = (s.over <> 0 or c.behind)::int,
    state = case when s.over <> 0 or c.behind or s.held_by is not null then 'held' else 'ready' end,
    held_at = case when s.over <> 0 or c.behind or s.held_by is not null then coalesce(s.held_at, $2) end
  from (select dev, n, coalesce(bool_or(over <> 0) over (
      partition by dev order by ord rows between unbounded preceding and 1 preceding), false) as behind
    from step where dev = any($1::int[]) and ${UNISSUED}) c
  where s.dev = c.dev and s.n = c.n`
const STAND = `update device d set verdict = case f.state when 'held' then 'held' else 'working' end
  from (select distinct on (dev) dev, state from step where dev = any($1::int[]) and ${UNISSUED} order by dev, ord) f
  where d.dev = f.dev and d.verdict in ('working', 'held')`

/** What counts against a budget, and which steps wait because one is used up (planning.md section 3). */
export function openBudgets({ read, lead }: Connection): Budgets {
  return {
    used: (kind, since) =>
      read(async (session) => (await session.rows<{ count: number }>(USED, kind, since))[0]?.count ?? 0),
    allot: (kind: BudgetedKind, left, now) =>
      lead(async (session) => {
        if ((await session.rows(ANY, kind)).length === 0) return
        const places = Number.isFinite(left) ? Math.floor(left) : UNLIMITED
        const turned = await session.rows<{ dev: number; n: number }>(DECIDE, kind, places, now)
        if (turned.length === 0) return
        const devs = [...new Set(turned.map(({ dev }) => dev))]
        await lockDevices(session, devs)
        await session.run(TURN, ...TURNED.values(turned))
        await session.run(FOLLOW, devs, now)
        await session.run(STAND, devs)
      }),
  }
}
