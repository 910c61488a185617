import type { Revision } from '../../domain/source.ts'
import { given } from '../given.ts'
import type { DatabaseContents } from '../put-back.ts'
import type { Session } from './session.ts'

type Row = {
  readonly bytes: number
  readonly format: number
  readonly devices: number
  readonly revision: string | null
  readonly newest: number | null
}

const CONTENTS = `select pg_database_size(current_database()) as bytes,
  (select value::int from meta where key = 'format') as format,
  (select count(*) from device) as devices,
  (select revision from revision where state = 'in-force') as revision,
  (select max(at) from (
    select max(started_at) as at from run union all select max(ended_at) from run
    union all select max(at) from event union all select max(at) from approval
    union all select max(started_at) from listing union all select max(issued_at) from step) x) as newest`
const LAST_RUN = 'select id, trigger, started_at as at from run order by id desc limit 1'
const LAST_EVENT = 'select kind, message, at from event order by at desc, id desc limit 1'

/** Reads what a database of ours holds. */
export async function contentsOf(session: Session): Promise<DatabaseContents> {
  const [row] = await session.rows<Row>(CONTENTS)
  const [lastRun] = await session.rows<NonNullable<DatabaseContents['lastRun']>>(LAST_RUN)
  const [lastEvent] = await session.rows<NonNullable<DatabaseContents['lastEvent']>>(LAST_EVENT)
  const revision = row?.revision ?? undefined
  return {
    bytes: row?.bytes ?? 0,
    format: row?.format ?? 0,
    devices: row?.devices ?? 0,
    ...(revision === undefined ? {} : { revision: JSON.parse(revision) as Revision }),
    ...given('newest', row?.newest ?? null),
    ...(lastRun === undefined ? {} : { lastRun }),
    ...(lastEvent === undefined ? {} : { lastEvent }),
  }
}
