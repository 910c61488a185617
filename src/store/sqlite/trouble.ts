import Database from 'better-sqlite3'
import { SimplaneError } from '../../domain/error.ts'

/** How long a write waits for another process, in milliseconds. */
export const BUSY_TIMEOUT = 5_000

/** What SQLite threw, as what a person can act on; anything that is not SQLite's own comes back as it was. */
export function storeTrouble(error: unknown, path: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error
  const known = KNOWN.find(({ codes }) => codes.some((code) => error.code.startsWith(code)))
  if (known === undefined) return error
  return new SimplaneError(known.code, `${known.message(path)} (${error.message}).`, {
    hint: known.hint,
    cause: error,
  })
}

const KNOWN = [
  {
    codes: ['SQLITE_BUSY', 'SQLITE_LOCKED'],
    code: 'store-busy',
    message: (path: string) =>
      `Another process holds the database ${path} and did not let go within ${BUSY_TIMEOUT / 1_000} seconds; nothing was written`,
    hint: 'Try again in a moment. If it stays so, look for a backup or another program that keeps the file open.',
  },
  {
    codes: ['SQLITE_NOTADB', 'SQLITE_CORRUPT'],
    code: 'store-unwritable',
    message: (path: string) =>
      `The file ${path} is no SQLite database, or it is damaged; it was left as it is`,
    hint: 'Point the setting "store" at another path, or put a backup of the database back.',
  },
  {
    codes: ['SQLITE_FULL'],
    code: 'store-unwritable',
    message: (path: string) =>
      `There is no room left to write the database ${path}; what was under way was not written`,
    hint: 'Free disk space and start again; what was written before is intact.',
  },
  {
    codes: ['SQLITE_READONLY', 'SQLITE_PERM'],
    code: 'store-unwritable',
    message: (path: string) => `The database ${path} may be read but not written; nothing was written`,
    hint: 'Give the user that runs simplane write permission on the file and its folder.',
  },
  {
    codes: ['SQLITE_CANTOPEN', 'SQLITE_IOERR', 'SQLITE_AUTH'],
    code: 'store-unwritable',
    message: (path: string) => `The database ${path} cannot be opened or written`,
    hint: 'Check that the path is a file in a folder that simplane may write, on a local disk.',
  },
] as const
