import type { RetentionStore } from '../../domain/retention-store.ts'
import type { Connection } from './connection.ts'

/** As the partial index `step_past` says it: settled, and nothing rests on it any more. */
const PAST = `settled_at is not null and rests = 0 and (forgotten = 1 or state in ('proven', 'lost', 'superseded'))`

/** An approval that lets nothing go any more: it has expired, or all its steps were proven. */
const OVER = `(p.expires_at < $1 or not exists (
  select 1 from approval_step a where a.approval = p.id and (a.used_at is null or a.used_at >= $1)))`

const FORGET = [
  `delete from run where id in (select id from run where started_at < $1
     and coalesce(ended_at, started_at) < $1 order by started_at limit $2)`,
  'delete from event where id in (select id from event where at < $1 order by at limit $2)',
  `delete from revision where seq in (select r.seq from revision r
     where r.at < $1 and r.state <> 'in-force'
     and r.seq < (select max(seq) from revision where state <> 'in-force')
     and (r.state = 'refused' or exists (
       select 1 from revision n where n.seq > r.seq and n.state <> 'refused' and n.at < $1))
     order by r.at limit $2)`,
  `delete from approval_step where (dev, step, approval) in (
     select s.dev, s.step, s.approval from approval p join approval_step s on s.approval = p.id
     where ${OVER} limit $2)`,
  `delete from approval where id in (select p.id from approval p
     where not exists (select 1 from approval_step a where a.approval = p.id) and p.at < $1 limit $2)`,
  `delete from step where (dev, n) in (select dev, n from step
     where ${PAST} and settled_at < $1 order by settled_at limit $2)`,
  // Whatever still waits after so long waits for a channel that is gone.
  `delete from notice_waiting where (channel, seq) in (select w.channel, w.seq
     from notice n join notice_waiting w on w.seq = n.seq where n.since < $1 limit $2)`,
  `delete from notice where seq in (select n.seq from notice n where n.since < $1
     and not exists (select 1 from notice_waiting w where w.seq = n.seq) limit $2)`,
] as const

/** Many changes of how many are active, added up. */
const ADD_UP = `with gone as (delete from total returning active)
  insert into total(active) select coalesce(sum(active), 0) from gone`

/**
 * Forgets what is over. What a plan depends on of a settled step is kept beside the record, so that nothing here
 * changes a plan. An approval goes after its steps, which may be many.
 */
export function openRetention({ lead }: Connection): RetentionStore {
  return {
    prune: (before, limit) =>
      lead(async (session) => {
        let gone = 0
        for (const sql of FORGET) gone += await session.run(sql, before, limit)
        await session.run(ADD_UP)
        return gone
      }),
  }
}
