import type { Database } from 'better-sqlite3'
import { SimplaneError } from '../../domain/error.ts'
import { openDatabase } from './database.ts'
import type { Device, Known } from './rows.ts'
import { tables, type Tables } from './tables.ts'
import { openWriter } from './writer.ts'

/** What the driver heard and sent, on disk. Trouble with the file throws `driver-unreachable`. */
export interface Memory extends AsyncDisposable {
  read<T>(work: (tables: Tables) => T): T
  /** One after the other; resolves when it is on disk. */
  write<T>(work: (tables: Tables) => T): Promise<T>
}

/** Opens the memory in an SQLite file of its own. */
export function openMemory(path: string, driver: string): Memory {
  const db: Database = openDatabase(path)
  const rows = tables(db)
  const writer = openWriter(db)
  return {
    read(work) {
      try {
        return work(rows)
      } catch (error) {
        throw translated(error, driver)
      }
    },
    async write(work) {
      try {
        return await writer.write(() => work(rows))
      } catch (error) {
        throw translated(error, driver)
      }
    },
    async [Symbol.asyncDispose]() {
      await writer[Symbol.asyncDispose]()
      db.close()
    },
  }
}

/** Everything that is known of one device. */
export function knownOf(rows: Tables, device: Device): Known {
  return { device, ...rows.history(device.seq, device.seq)(device.seq) }
}

/** The same of a page of devices, in order. */
export function knownOfAll(rows: Tables, page: readonly Device[]): readonly Known[] {
  const [first, last] = [page[0], page.at(-1)]
  if (first === undefined || last === undefined) return []
  const history = rows.history(first.seq, last.seq)
  return page.map((device) => ({ device, ...history(device.seq) }))
}

function translated(error: unknown, driver: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!(error instanceof Error) || !code.startsWith('SQLITE_')) return error
  return new SimplaneError(
    'driver-unreachable',
    `The memory of driver ${driver} cannot be used (${error.message}).`,
    { hint: 'Look at the disk and at the rights of its file.', cause: error },
  )
}
