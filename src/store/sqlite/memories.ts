import type { MemoryStore } from '../../domain/memory-store.ts'
import type { Connection } from './connection.ts'

/** Beside what the store says of itself. */
export function openMemories({ db, read, write }: Connection): MemoryStore {
  const find = db.prepare<[string], { value: string }>(`select value from meta where key = 'memory/' || ?`)
  const put = db.prepare<[string, string]>(
    `insert into meta(key, value) values('memory/' || ?, ?) on conflict(key) do update set value = excluded.value`,
  )
  const drop = db.prepare<[string]>(`delete from meta where key = 'memory/' || ?`)
  return {
    remembered: (name) => read(() => find.get(name)?.value),
    remember: (name, text) =>
      write(() => {
        if (text === undefined) drop.run(name)
        else put.run(name, text)
      }),
  }
}
