import type { MemoryStore } from '../../domain/memory-store.ts'
import type { Connection } from './connection.ts'

const FIND = `select value from meta where key = 'memory/' || $1`
const PUT = `insert into meta(key, value) values('memory/' || $1, $2)
  on conflict(key) do update set value = excluded.value`
const DROP = `delete from meta where key = 'memory/' || $1`

/** Beside what the store says of itself. */
export function openMemories({ read, writeUnheard }: Connection): MemoryStore {
  return {
    remembered: (name) =>
      read(async (session) => (await session.rows<{ value: string }>(FIND, name))[0]?.value),
    remember: (name, text) =>
      writeUnheard(async (session) => {
        if (text === undefined) await session.run(DROP, name)
        else await session.run(PUT, name, text)
      }),
  }
}
