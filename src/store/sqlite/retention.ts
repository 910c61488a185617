import type { RetentionStore } from '../../domain/retention-store.ts'
import type { Connection } from './connection.ts'

/** As the partial index `step_past` says it: settled, and nothing rests on it any more. */
const PAST = `settled_at is not null and rests = 0 and (forgotten = 1 or state in ('proven', 'lost', 'superseded'))`

/** An approval that lets nothing go any more: it has expired, or all its steps were proven. */
const OVER = `(p.expires_at < (select @before) or not exists (
  select 1 from approval_step a where a.approval = p.id and (a.used_at is null or a.used_at >= (select @before))))`

type Bounds = { readonly before: number; readonly limit: number }

/**
 * Forgets what is over. What a plan depends on of a settled step is kept beside the record, so that nothing here
 * changes a plan. An approval goes after its steps, which may be many.
 */
export function openRetention({ db, write }: Connection): RetentionStore {
  const forget = [
    `delete from run where id in (select id from run where started_at < @before
       and coalesce(ended_at, started_at) < @before order by started_at limit @limit)`,
    'delete from event where id in (select id from event where at < @before order by at limit @limit)',
    `delete from revision where seq in (select r.seq from revision r indexed by revision_at
       where r.at < @before and r.state <> 'in-force'
       and r.seq < (select max(seq) from revision where state <> 'in-force')
       and (r.state = 'refused' or exists (
         select 1 from revision n where n.seq > r.seq and n.state <> 'refused' and n.at < @before))
       order by r.at limit @limit)`,
    `delete from approval_step where (dev, step, approval) in (
       select s.dev, s.step, s.approval from approval p cross join approval_step s on s.approval = p.id
       where ${OVER} limit @limit)`,
    `delete from approval where id in (select p.id from approval p
       where not exists (select 1 from approval_step a where a.approval = p.id) and p.at < @before limit @limit)`,
    `delete from step where (dev, n) in (select dev, n from step indexed by step_past
       where ${PAST} and settled_at < @before order by settled_at limit @limit)`,
    // Whatever still waits after so long waits for a channel that is gone.
    `delete from notice_waiting where (channel, seq) in (select w.channel, w.seq
       from notice n cross join notice_waiting w on w.seq = n.seq where n.since < @before limit @limit)`,
    `delete from notice where seq in (select n.seq from notice n where n.since < @before
       and not exists (select 1 from notice_waiting w where w.seq = n.seq) limit @limit)`,
  ].map((sql) => db.prepare<[Bounds]>(sql))

  return {
    prune: (before, limit) =>
      write(() => forget.reduce((rows, statement) => rows + statement.run({ before, limit }).changes, 0)),
  }
}
