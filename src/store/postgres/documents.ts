import type { DocumentStore } from '../../domain/document-store.ts'
import { batchOf } from './batch.ts'
import type { Connection } from './connection.ts'

const ENTRY = batchOf({ key: 'text', doc: 'text' })
const KEPT = 'select p.key, p.doc from unnest($1::text[]) b(key) join parsed p on p.key = b.key'
const KEEP = `insert into parsed(key, doc) select key, doc from ${ENTRY.rows} order by key
  on conflict(key) do update set doc = excluded.doc`
const ALL = 'select key from parsed order by key'
const DROP = 'delete from parsed where key = any($1::text[])'

/** What files came to when they were parsed; the keys and texts are the reader's. */
export function openDocuments({ read, writeUnheard }: Connection): DocumentStore {
  return {
    parsed: (keys) =>
      read(async (session) => {
        const rows = await session.rows<{ key: string; doc: string }>(KEPT, keys)
        return new Map(rows.map(({ key, doc }) => [key, doc]))
      }),
    keepParsed: (entries, alive) =>
      writeUnheard(async (session) => {
        const rows = [...entries].map(([key, doc]) => ({ key, doc }))
        if (rows.length > 0) await session.run(KEEP, ...ENTRY.values(rows))
        const kept = await session.rows<{ key: string }>(ALL)
        const dead = kept.flatMap(({ key }) => (alive.has(key) ? [] : key))
        if (dead.length > 0) await session.run(DROP, dead)
      }),
  }
}
