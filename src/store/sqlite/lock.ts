import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { storeTrouble } from './trouble.ts'

/**
 * Makes this process the only one that issues steps from the database at `path`; `undefined` when another one is.
 * The lock is the operating system's, on the file beside it, so it is gone with the process however that ends.
 */
export function acquireExecutorLock(path: string): AsyncDisposable | undefined {
  const file = `${path}.lock`
  try {
    mkdirSync(dirname(path), { recursive: true })
    const db = new Database(file, { timeout: 0 })
    if (!held(db)) {
      db.close()
      return undefined
    }
    noteHolder(path)
    return { [Symbol.asyncDispose]: () => release(db, path) }
  } catch (error) {
    throw storeTrouble(error, file)
  }
}

/** The process that issues steps from the database at `path`, for a message; it may have ended since. */
export function executorHolder(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(holderFile(path), 'utf8'), 10)
    return Number.isNaN(pid) ? undefined : pid
  } catch {
    return undefined
  }
}

function held(db: Database.Database): boolean {
  try {
    // Nothing is ever written, and so nothing needs room: who looks at a full disk must be answered too.
    db.pragma('journal_mode = memory')
    db.exec('begin exclusive')
    return true
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return false
    db.close()
    throw error
  }
}

/** For messages alone: the lock holds without it. */
function noteHolder(path: string): void {
  try {
    writeFileSync(holderFile(path), `${process.pid}\n`)
  } catch {
    rmSync(holderFile(path), { force: true })
  }
}

async function release(db: Database.Database, path: string): Promise<void> {
  // The note goes first: once the lock is free, another process writes its own.
  rmSync(holderFile(path), { force: true })
  db.close()
}

function holderFile(path: string): string {
  return `${path}.holder`
}
