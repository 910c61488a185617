import type { DocumentStore } from '../../domain/document-store.ts'
import type { Connection } from './connection.ts'

/** What files came to when they were parsed; the keys and texts are the reader's. */
export function openDocuments({ db, read, write }: Connection): DocumentStore {
  const kept = db
    .prepare<[string], [string, string]>(
      'select key, doc from parsed where key in (select value from json_each(?))',
    )
    .raw()
  const keep = db.prepare<[string, string]>(
    'insert into parsed(key, doc) values(?, ?) on conflict(key) do update set doc = excluded.doc',
  )
  const allKeys = db.prepare<[], string>('select key from parsed').pluck()
  const drop = db.prepare<[string]>('delete from parsed where key = ?')
  return {
    parsed: (keys) => read(() => new Map(kept.all(JSON.stringify(keys)))),
    keepParsed: (entries, alive) =>
      write(() => {
        for (const [key, doc] of entries) keep.run(key, doc)
        for (const key of allKeys.all()) if (!alive.has(key)) drop.run(key)
      }),
  }
}
