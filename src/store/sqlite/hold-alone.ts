import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import { SimplaneError } from '../../domain/error.ts'
import { checkFormat } from './migrations.ts'

/** Commands that only look at the store are done within this, in milliseconds. */
const PATIENCE = 3_000

/**
 * Opens a database so that nobody else can until it is closed, with all that was written in the one file: beside it
 * lies nothing any more that could be taken for part of another. Throws `store-busy` while another process has it open.
 * `undefined`: there is none, or it is damaged beyond opening.
 */
export function holdAlone(path: string): Database.Database | undefined {
  if (!existsSync(path)) return undefined
  let db: Database.Database | undefined
  try {
    db = new Database(path, { timeout: PATIENCE })
    expectOurs(db, path)
    db.pragma('locking_mode = exclusive')
    if (db.pragma('journal_mode = delete', { simple: true }) !== 'delete') throw busy(path)
    // Also where it was in this mode before, which takes no lock by itself.
    db.exec('begin exclusive')
    db.exec('commit')
    return db
  } catch (error) {
    db?.close()
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) throw busy(path)
    if (error instanceof Database.SqliteError && isDamage(error.code)) return undefined
    throw error
  }
}

/** A newer format may be replaced: going back to before an upgrade is what a backup is for. */
function expectOurs(db: Database.Database, path: string): void {
  try {
    checkFormat(db, path)
  } catch (error) {
    if (error instanceof SimplaneError && error.code === 'store-newer') return
    throw error
  }
}

function busy(path: string): SimplaneError {
  return new SimplaneError(
    'store-busy',
    `Another process has the database ${path} open; it was left as it is.`,
    {
      hint: 'Wait until every other simplane command has ended, and try again.',
    },
  )
}

function isDamage(code: string): boolean {
  return ['SQLITE_NOTADB', 'SQLITE_CORRUPT', 'SQLITE_IOERR'].some((each) => code.startsWith(each))
}
