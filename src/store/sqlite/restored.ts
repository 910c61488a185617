import type Database from 'better-sqlite3'
import type { Instant } from '../../domain/time.ts'
import { INTERRUPTED, type PutBack } from '../put-back.ts'
import { newEpoch } from './migrations.ts'

const SETTLE = `update step set state = iif(kind in ('reset', 'retire'), 'unproven', 'expired'), settled_at = @now,
  poll_at = 0, error = @error where state in ('issued', 'accepted') returning state`

/*
 * The database remembers less than was done: between the backup and now anything may have been sent, done, or be on its
 * way. What it takes for granted and an observation cannot contradict has to go (planning.md section 5: state is read
 * first; S36).
 */
const FORGET = [
  // Planned on old knowledge; everybody is planned again.
  "delete from step where state in ('ready', 'held')",
  'insert or replace into work(dev) select dev from device order by dev',
  // Until the inventory of its driver has been read whole nothing destructive is planned for a device.
  'update listing set complete = 0, ended_at = coalesce(ended_at, @now)',
  // A command nobody remembers may wait in the MDM's queue: until a device is seen nothing further is sent to it.
  'update record set unanswered_at = max(coalesce(unanswered_at, 0), @now)',
  'update seen set unanswered_at = max(coalesce(unanswered_at, 0), @now)',
  // An eSIM may have come that only a list read now can show: what was absent then is not known to be absent.
  `update facts set record = json_set(record, '$.esimsComplete', json('false'), '$.provisionedBefore', json('true'))`,
  // A redownload may have been served since: one asked for before this moment must not erase a fleet a second time.
  `update facts set record = json_set(record, '$.installed', json((
       select json_group_array(iif(json_type(value, '$.installedAt') is null, json(value),
         json_set(value, '$.installedAt', max(json_extract(value, '$.installedAt'), @now))))
       from json_each(facts.record, '$.installed'))))
     where json_type(record, '$.installed') = 'array' and json_array_length(record, '$.installed') > 0`,
  // Records have changed in place: what they are like is to be told anew.
  'update facts set shape = null',
  'update seen set version = version + 1, digest = null',
  "delete from meta where key = 'taken_at'",
]

/**
 * Makes a database of the newest format, put back at `now`, safe to go on from; one transaction. From here on its
 * command ids are others, so that none that was given after the backup is given again; an approval lets steps go once,
 * and nobody knows whether it did.
 */
export function markPutBack(
  db: Database.Database,
  now: Instant,
  event: { actor: string; message: string },
): PutBack {
  return db
    .transaction(() => {
      const settled = db
        .prepare<[object], { state: 'unproven' | 'expired' }>(SETTLE)
        .all({ now, error: JSON.stringify(INTERRUPTED) })
      const approvals = db
        .prepare<[number, number]>('update approval set expires_at = ? where expires_at > ?')
        .run(now, now).changes
      for (const sql of FORGET) {
        const statement = db.prepare<object[]>(sql)
        if (sql.includes('@now')) statement.run({ now })
        else statement.run()
      }
      renewEpoch(db)
      db.prepare('insert into event(at, kind, message, actor) values(?, ?, ?, ?)').run(
        now,
        'restore',
        event.message,
        event.actor,
      )
      const unproven = settled.filter(({ state }) => state === 'unproven').length
      return { unproven, expired: settled.length - unproven, approvals }
    })
    .immediate()
}

function renewEpoch(db: Database.Database): void {
  const before = db.prepare<[], { value: string }>("select value from meta where key = 'epoch'").get()?.value
  let epoch = newEpoch()
  while (epoch === before) epoch = newEpoch()
  db.prepare("insert or replace into meta(key, value) values('epoch', ?)").run(epoch)
}
