import { statSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { SimplaneError } from '../../domain/error.ts'
import type { Revision } from '../../domain/source.ts'
import type { Instant } from '../../domain/time.ts'
import type { DatabaseContents } from '../put-back.ts'
import { formatOf } from './migrations.ts'

/** How much a database recorded after a moment. */
export type RecordedSince = {
  readonly runs: number
  readonly events: number
  readonly approvals: number
  readonly issued: number
}

const NEWEST = `select max(at) as at from (
  select max(started_at) as at from run union all select max(ended_at) from run
  union all select max(at) from event union all select max(at) from approval
  union all select max(started_at) from listing union all select max(issued_at) from step)`

const LAST_RUN = 'select id, trigger, started_at as at from run order by id desc limit 1'
const LAST_EVENT = 'select kind, message, at from event order by at desc, id desc limit 1'

const SINCE = `select (select count(*) from run where started_at > @at) as runs,
  (select count(*) from event where at > @at) as events,
  (select count(*) from approval where at > @at) as approvals,
  (select count(*) from step where issued_at > @at) as issued`

/** Reads what a database of ours, at `path`, holds. */
export function contentsOf(db: Database.Database, path: string): DatabaseContents {
  const revision = db
    .prepare<[], { revision: string }>("select revision from revision where state = 'in-force'")
    .get()
  const taken = db.prepare<[], { value: string }>("select value from meta where key = 'taken_at'").get()
  const newest = db.prepare<[], { at: number | null }>(NEWEST).get()?.at ?? undefined
  const lastRun = db.prepare<[], NonNullable<DatabaseContents['lastRun']>>(LAST_RUN).get()
  const lastEvent = db.prepare<[], NonNullable<DatabaseContents['lastEvent']>>(LAST_EVENT).get()
  const size = db.prepare<[], { devices: number }>('select count(*) as devices from device').get()
  return {
    bytes: statSync(path).size,
    format: formatOf(db),
    devices: size?.devices ?? 0,
    ...(revision === undefined ? {} : { revision: JSON.parse(revision.revision) as Revision }),
    ...(taken === undefined ? {} : { takenAt: Number(taken.value) }),
    ...(newest === undefined ? {} : { newest }),
    ...(lastRun === undefined ? {} : { lastRun }),
    ...(lastEvent === undefined ? {} : { lastEvent }),
  }
}

/** What would be gone if a database were as it was at `at`. */
export function recordedSince(db: Database.Database, at: Instant): RecordedSince {
  const row = db.prepare<[{ at: Instant }], RecordedSince>(SINCE).get({ at })
  return row ?? { runs: 0, events: 0, approvals: 0, issued: 0 }
}

/** Reads every page and index. Throws `store-unwritable` with the first thing that is not sound. */
export function expectSound(db: Database.Database, path: string): void {
  const trouble = db.pragma('integrity_check(1)', { simple: true })
  if (trouble === 'ok') return
  throw new SimplaneError('store-unwritable', `The database ${path} is damaged (${String(trouble)}).`, {
    hint: 'Use another backup.',
  })
}
