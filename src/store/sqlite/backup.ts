import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { SimplaneError } from '../../domain/error.ts'
import type { Instant } from '../../domain/time.ts'
import type { DatabaseContents } from '../put-back.ts'
import { contentsOf, expectSound } from './contents.ts'
import { nameFinished, removeDatabase, syncToDisk } from './durable.ts'
import { checkFormat } from './migrations.ts'
import { BUSY_TIMEOUT, storeTrouble } from './trouble.ts'

/** Pages copied at a turn, a megabyte: whoever else waits for this process or its disk waits for no more than that. */
const PAGES = 256

export type BackupOptions = {
  readonly now: Instant
  /** Aborted: nothing is kept, and the signal's reason is thrown. */
  readonly signal?: AbortSignal
  /** Told after each turn; pages of the database. */
  readonly progress?: (copied: number, total: number) => void
}

/**
 * Copies the database at `path`, in use or not, to the new file `file`: one state of it, checked, on the disk, complete
 * in itself. `file` is there only when all of it is. Throws `not-found` without a database, `usage` when `file` is
 * taken, `store-newer` and `store-unwritable` as opening does.
 */
export async function backUp(path: string, file: string, options: BackupOptions): Promise<DatabaseContents> {
  if (!existsSync(path))
    throw new SimplaneError('not-found', `There is no database at ${path}; nothing was written.`)
  if (existsSync(file)) throw taken(file)
  mkdirSync(dirname(file), { recursive: true })
  const temporary = `${file}.${process.pid}.part`
  removeDatabase(temporary)
  try {
    // Whoever may not read the store may not read its copy, at no moment.
    writeFileSync(temporary, '', { mode: statSync(path).mode })
    await copyPages(path, temporary, options)
    const contents = finish(temporary, options.now)
    chmodSync(temporary, statSync(path).mode)
    syncToDisk(temporary)
    options.signal?.throwIfAborted()
    nameFinished(temporary, file)
    return contents
  } catch (error) {
    removeDatabase(temporary)
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw taken(file)
    throw storeTrouble(error, temporary)
  }
}

function taken(file: string): SimplaneError {
  return new SimplaneError('usage', `${file} is there already; it was left as it is.`, {
    hint: 'Name another file: a backup never overwrites anything.',
  })
}

async function copyPages(
  path: string,
  temporary: string,
  { signal, progress }: BackupOptions,
): Promise<void> {
  const db = openToRead(path)
  try {
    checkFormat(db, path)
    // An open read keeps one state of a database in WAL mode: what a service writes meanwhile neither shows nor makes
    // the copy begin again, and does not wait for it.
    db.exec('begin')
    db.prepare('select 1 from sqlite_schema').get()
    await db.backup(temporary, {
      progress({ totalPages, remainingPages }) {
        signal?.throwIfAborted()
        progress?.(totalPages - remainingPages, totalPages)
        return PAGES
      },
    })
  } catch (error) {
    throw storeTrouble(error, isOf(error, ['SQLITE_FULL', 'SQLITE_IOERR']) ? temporary : path)
  } finally {
    db.close()
  }
}

function openToRead(path: string): Database.Database {
  try {
    return new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT })
  } catch (error) {
    throw storeTrouble(error, path)
  }
}

/** Makes the copy one file without companions, notes when it was made, and reads all of it. */
function finish(temporary: string, now: Instant): DatabaseContents {
  const db = new Database(temporary)
  try {
    db.pragma('journal_mode = delete')
    db.pragma('synchronous = full')
    db.prepare("insert or replace into meta(key, value) values('taken_at', ?)").run(String(now))
    expectSound(db, temporary)
    return contentsOf(db, temporary)
  } finally {
    db.close()
  }
}

function isOf(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Database.SqliteError && codes.some((code) => error.code.startsWith(code))
}
