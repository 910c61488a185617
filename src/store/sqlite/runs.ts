import { SimplaneError } from '../../domain/error.ts'
import type { RunStore } from '../../domain/run-store.ts'
import { eventFrom, type EventRow, runFrom, type RunRow } from '../run-rows.ts'
import type { Connection } from './connection.ts'

/** Passes, history, and what another process asks of the running service. */
export function openRuns({ db, read, write }: Connection): RunStore {
  const begin = db.prepare<[string, string | null, number], { id: number }>(
    'insert into run(trigger, revision, started_at) values(?, ?, ?) returning id',
  )
  const end = db.prepare<[string, string | null, number, string | null, number]>(
    'update run set counts = ?, revision = coalesce(?, revision), ended_at = ?, error = ? where id = ?',
  )
  const runs = db.prepare<[number], RunRow>('select * from run order by id desc limit ?')
  const note = db.prepare<[number, string, string, ...(string | number | null)[]]>(
    'insert into event(at, kind, message, actor, run, revision, device) values(?, ?, ?, ?, ?, ?, ?)',
  )
  const history = db.prepare<[number, number], EventRow>(
    'select * from event where at >= ? order by at desc, id desc limit ?',
  )
  const ofDevice = db.prepare<[string, number, number], EventRow>(
    'select * from event where device = ? and at >= ? order by at desc, id desc limit ?',
  )
  const ask = db.prepare<[string, number], { id: number }>(
    'insert into request(trigger, at) values(?, ?) returning id',
  )
  const asked = db.prepare<[], { id: number; trigger: string }>('select id, trigger from request order by id')
  const take = db.prepare<[number]>('delete from request where id <= ?')
  const answered = db.prepare<[], { value: string }>("select value from meta where key = 'answered'")
  const answer = db.prepare<[number]>(
    "update meta set value = max(cast(value as integer), cast(? as integer)) where key = 'answered'",
  )

  return {
    beginRun: (trigger, revision, at) => write(() => numbered(begin.get(trigger, revision ?? null, at))),
    endRun: (id, counts, revision, at, error) =>
      write(() => {
        end.run(JSON.stringify(counts), revision ?? null, at, error ?? null, id)
      }),
    runs: (limit) => read(() => runs.all(limit).map(runFrom)),
    record: (events) =>
      write(() => {
        for (const { at, kind, message, actor, run, revision, device } of events) {
          note.run(at, kind, message, actor ?? null, run ?? null, revision ?? null, device ?? null)
        }
      }),
    history: ({ since = 0, device, limit }) =>
      read(() => {
        const rows = device === undefined ? history.all(since, limit) : ofDevice.all(device, since, limit)
        return rows.map(eventFrom)
      }),
    request: (trigger, at) => write(() => numbered(ask.get(trigger, at))),
    requests: () => read(() => asked.all()),
    answered: () => read(() => Number(answered.get()?.value ?? 0)),
    answer: (request) =>
      write(() => {
        take.run(request)
        answer.run(request)
      }),
  }
}

function numbered(row: { readonly id: number } | undefined): number {
  if (row === undefined) throw new SimplaneError('internal', 'A row was written and got no number.')
  return row.id
}
