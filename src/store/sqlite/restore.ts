import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { SimplaneError } from '../../domain/error.ts'
import type { Instant } from '../../domain/time.ts'
import type { DatabaseContents, PutBack } from '../put-back.ts'
import { contentsOf, expectSound } from './contents.ts'
import { moveBeside, removeDatabase, replaceBy, secondName, syncToDisk } from './durable.ts'
import { holdAlone } from './hold-alone.ts'
import { checkFormat, migrate } from './migrations.ts'
import { readPresent, type Present } from './present.ts'
import { markPutBack } from './restored.ts'
import { APPLICATION_ID } from './schema.ts'
import { storeTrouble } from './trouble.ts'

/** A backup beside the store, checked and ready to take its place. Disposed without `replace`: nothing has happened. */
export type Restoration = AsyncDisposable & {
  readonly backup: DatabaseContents
  /** What would be replaced; absent: there is no database. */
  readonly present?: Present
  /**
   * Puts the backup in the store's place, for good. `kept`: the name under which the replaced database stays. At any
   * moment the store is either the old database or the new one, each whole. Throws `store-busy` while another process
   * has the database open, and leaves it as it was.
   */
  replace(kept: string, by: { readonly now: Instant; readonly actor: string; readonly from: string }): PutBack
}

/**
 * Reads the backup `file` into a copy beside the database at `path`, and checks it; the caller holds the executor
 * lock. Throws `not-found` without such a file, `store-newer` for one of a newer format, `store-unwritable` for one
 * that is damaged or no simplane database, `usage` when it is the store itself.
 */
export function openRestoration(path: string, file: string): Restoration {
  const temporary = `${path}.restoring`
  mkdirSync(dirname(path), { recursive: true })
  removeDatabase(temporary)
  try {
    copyBackup(path, file, temporary)
    const backup = checkBackup(file, temporary)
    const present = readPresent(path, backup.takenAt ?? backup.newest ?? 0)
    return {
      backup,
      ...(present === undefined ? {} : { present }),
      replace: (kept, by) => replace({ path, temporary, kept, present }, by),
      [Symbol.asyncDispose]: async () => removeDatabase(temporary),
    }
  } catch (error) {
    removeDatabase(temporary)
    throw storeTrouble(error, temporary)
  }
}

function copyBackup(path: string, file: string, temporary: string): void {
  if (!existsSync(file) || !statSync(file).isFile())
    throw new SimplaneError('not-found', `There is no file ${file}; nothing was changed.`, {
      hint: 'simplane backup makes one.',
    })
  if (existsSync(path) && isSameFile(path, file))
    throw new SimplaneError('usage', `${file} is the store itself; nothing was changed.`)
  copyFileSync(file, temporary)
  // What a plain copy of a stopped store may have beside it belongs to it.
  if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${temporary}-wal`)
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [statSync(one), statSync(other)]
  return a.dev === b.dev && a.ino === b.ino
}

/** Opening the copy brings in what lies beside it; the file itself is only ever read. */
function checkBackup(file: string, temporary: string): DatabaseContents {
  let db: Database.Database | undefined
  try {
    db = new Database(temporary)
    checkFormat(db, file)
    if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID)
      throw new SimplaneError('store-unwritable', `The file ${file} is empty; nothing was changed.`)
    db.pragma('journal_mode = delete')
    expectSound(db, file)
    return contentsOf(db, temporary)
  } catch (error) {
    throw storeTrouble(error, file)
  } finally {
    db?.close()
  }
}

type Places = {
  readonly path: string
  readonly temporary: string
  readonly kept: string
  readonly present: Present | undefined
}

function replace(
  { path, temporary, kept, present }: Places,
  { now, actor, from }: { readonly now: Instant; readonly actor: string; readonly from: string },
): PutBack {
  const putBack = prepare(temporary, present, { now, actor, message: `store put back from ${from}` })
  try {
    const alone = holdAlone(path)
    try {
      takeOver(path, temporary)
      syncToDisk(temporary)
      if (existsSync(path)) secondName(path, kept)
      // Only a database that nobody could open still has something beside it.
      if (alone === undefined) moveBeside(path, kept)
      replaceBy(temporary, path)
    } finally {
      alone?.close()
    }
    return putBack
  } catch (error) {
    throw storeTrouble(error, path)
  }
}

function prepare(
  temporary: string,
  present: Present | undefined,
  event: { readonly now: Instant; readonly actor: string; readonly message: string },
): PutBack {
  const db = new Database(temporary)
  try {
    db.pragma('synchronous = full')
    migrate(db)
    // When a Retirement was first applied is no state of a device: who enrolled after that is no target of it.
    const remember = db.prepare<[string, number, string]>(
      'insert into retirement(name, first_applied_at, members) values(?, ?, ?) on conflict do nothing',
    )
    for (const { name, first_applied_at: at, members } of present?.retirements ?? [])
      remember.run(name, at, members)
    return markPutBack(db, event.now, event)
  } catch (error) {
    throw storeTrouble(error, temporary)
  } finally {
    db.close()
  }
}

/** Who could use the old database can use the new one, also when somebody else put it back. */
function takeOver(path: string, temporary: string): void {
  if (!existsSync(path)) return
  const { mode, uid, gid } = statSync(path)
  const own = statSync(temporary)
  chmodSync(temporary, mode)
  if (own.uid !== uid || own.gid !== gid) chownSync(temporary, uid, gid)
}
