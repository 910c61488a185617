import { SimplaneError } from '../../domain/error.ts'
import { openDatabase } from './database.ts'
import { tables, type Tables } from './tables.ts'

/** What the driver was told and sent, on disk. Trouble with the file throws `driver-unreachable`. */
export interface Memory extends AsyncDisposable {
  read<T>(work: (tables: Tables) => T): T
  /** One transaction; on disk when it returns. */
  write<T>(work: (tables: Tables) => T): T
}

/** Opens the memory in an SQLite file of its own. */
export function openMemory(path: string, driver: string): Memory {
  const db = openDatabase(path)
  const rows = tables(db)
  const transaction = db.transaction((work: () => unknown) => work())
  function guarded<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw translated(error, driver)
    }
  }
  return {
    read: (work) => guarded(() => work(rows)),
    write: <T>(work: (tables: Tables) => T) => guarded(() => transaction.immediate(() => work(rows)) as T),
    async [Symbol.asyncDispose]() {
      db.close()
    },
  }
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
