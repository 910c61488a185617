import type { DocumentStore } from '../../domain/document-store.ts'
import type { Connection } from './connection.ts'

/** From so many on, a restart asks: reading on is several times faster than looking up each. */
const MANY = 1_000

/** What files came to when they were parsed; the keys and texts are the reader's. */
export function openDocuments({ db, read, write, onRollback }: Connection): DocumentStore {
  const kept = db
    .prepare<[string], [string, string]>(
      'select key, doc from parsed where key in (select value from json_each(?))',
    )
    .raw()
  const everything = db.prepare<[], [string, string]>('select key, doc from parsed').raw()
  const keep = db.prepare<[string, string]>(
    'insert into parsed(key, doc) values(?, ?) on conflict(key) do update set doc = excluded.doc',
  )
  const allKeys = db.prepare<[], string>('select key from parsed').pluck()
  const drop = db.prepare<[string]>('delete from parsed where key = ?')
  // Asking for all of them each time one file changes would be most of a write.
  let held: Set<string> | undefined
  onRollback(() => void (held = undefined))
  return {
    parsed: (keys) =>
      read(() => {
        if (keys.length < MANY) return new Map(kept.all(JSON.stringify(keys)))
        const all = everything.all()
        held = new Set(all.map(([key]) => key))
        const wanted = new Set(keys)
        return new Map(all.filter(([key]) => wanted.has(key)))
      }),
    keepParsed: (entries, alive) =>
      write(() => {
        const keys = held ?? new Set(allKeys.all())
        for (const [key, doc] of entries) {
          keep.run(key, doc)
          keys.add(key)
        }
        for (const key of keys) {
          if (alive.has(key)) continue
          drop.run(key)
          keys.delete(key)
        }
        held = keys
      }),
  }
}
