import { SimplaneError } from '../../domain/error.ts'
import type { RunStore } from '../../domain/run-store.ts'
import { eventFrom, type EventRow, runFrom, type RunRow } from '../run-rows.ts'
import { batchOf } from './batch.ts'
import type { Connection } from './connection.ts'

const BEGIN = 'insert into run(trigger, revision, started_at) values($1, $2, $3) returning id'
const END =
  'update run set counts = $1, revision = coalesce($2, revision), ended_at = $3, error = $4 where id = $5'
const RUNS =
  'select id, trigger, revision, started_at, ended_at, counts, error from run order by id desc limit $1'
const EVENT = batchOf({
  at: 'bigint',
  kind: 'text',
  message: 'text',
  actor: 'text',
  run: 'int',
  revision: 'text',
  device: 'text',
})
const NOTE = `insert into event(${EVENT.columns}) select ${EVENT.columns} from ${EVENT.rows}`
/** What an event need not say. */
const UNSAID = { actor: undefined, run: undefined, revision: undefined, device: undefined }
const HISTORY = `select id, ${EVENT.columns} from event where at >= $1 order by at desc, id desc limit $2`
const OF_DEVICE = `select id, ${EVENT.columns} from event where device = $3 and at >= $1 order by at desc, id desc limit $2`
const ASK = 'insert into request(trigger, at) values($1, $2) returning id'
const ASKED = 'select id, trigger from request order by id'
const TAKE = 'delete from request where id <= $1'
const ANSWERED = "select value from meta where key = 'answered'"
const ANSWER = "update meta set value = greatest(value::int, $1::int)::text where key = 'answered'"

/** Passes, history, and what another process asks of the running service. */
export function openRuns({ read, write, lead }: Connection): RunStore {
  return {
    beginRun: (trigger, revision, at) =>
      lead(async (session) =>
        numbered(await session.rows<{ id: number }>(BEGIN, trigger, revision ?? null, at)),
      ),
    endRun: (id, counts, revision, at, error) =>
      lead(async (session) => {
        await session.run(END, JSON.stringify(counts), revision ?? null, at, error ?? null, id)
      }),
    runs: (limit) => read(async (session) => (await session.rows<RunRow>(RUNS, limit)).map(runFrom)),
    record: (events) =>
      write(async (session) => {
        if (events.length > 0)
          await session.run(NOTE, ...EVENT.values(events.map((event) => ({ ...UNSAID, ...event }))))
      }),
    history: ({ since = 0, device, limit }) =>
      read(async (session) => {
        const rows =
          device === undefined
            ? await session.rows<EventRow>(HISTORY, since, limit)
            : await session.rows<EventRow>(OF_DEVICE, since, limit, device)
        return rows.map(eventFrom)
      }),
    request: (trigger, at) =>
      write(async (session) => numbered(await session.rows<{ id: number }>(ASK, trigger, at))),
    requests: () => read((session) => session.rows<{ id: number; trigger: string }>(ASKED)),
    answered: () =>
      read(async (session) => Number((await session.rows<{ value: string }>(ANSWERED))[0]?.value ?? 0)),
    answer: (request) =>
      write(async (session) => {
        await session.run(TAKE, request)
        await session.run(ANSWER, request)
      }),
  }
}

function numbered(rows: readonly { readonly id: number }[]): number {
  const [row] = rows
  if (row === undefined) throw new SimplaneError('internal', 'A row was written and got no number.')
  return row.id
}
