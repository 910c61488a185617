import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { SimplaneError } from '../../domain/error.ts'

/** "rnbk" in ASCII: tells our files from anybody else's. */
const APPLICATION = 0x726e626b
const VERSION = 1

const SCHEMA = `
create table task (
  seq integer primary key autoincrement,  -- a number is never used twice: people have written it down
  command text not null unique,
  driver text not null,
  kind text not null,
  device text not null,
  facts text not null,                    -- JSON: TaskDevice
  text text not null,                     -- JSON: TaskText, as it was asked
  asked_at integer not null,
  due integer not null,
  state text not null check (state in ('open', 'done', 'cannot', 'dropped', 'refused')),
  closed text,                            -- JSON: who, when, evidence
  failure text                            -- JSON
) strict;
create index task_open on task (driver, device) where state = 'open';
`

/** Opens the file of tasks, or an empty one where there is none. Throws `driver-unreachable` or `store-newer`. */
export function openDatabase(path: string): Database.Database {
  try {
    mkdirSync(dirname(resolve(path)), { recursive: true })
    const db = new Database(path, { timeout: 5000 })
    try {
      prepare(db, path)
      return db
    } catch (error) {
      db.close()
      throw error
    }
  } catch (error) {
    if (error instanceof SimplaneError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new SimplaneError('driver-unreachable', `The tasks in ${path} cannot be opened: ${reason}.`, {
      hint: 'Give them a file that this user may write.',
      cause: error,
    })
  }
}

function prepare(db: Database.Database, path: string): void {
  db.pragma('journal_mode = WAL')
  // What a person attested must outlive a power cut.
  db.pragma('synchronous = FULL')
  db.transaction(() => {
    const version = Number(db.pragma('user_version', { simple: true }))
    const application = Number(db.pragma('application_id', { simple: true }))
    const empty = db.prepare('select 1 from sqlite_schema limit 1').get() === undefined
    if (version === 0 && application === 0 && empty) {
      db.exec(SCHEMA)
      db.pragma(`application_id = ${APPLICATION}`)
      db.pragma(`user_version = ${VERSION}`)
    } else if (application !== APPLICATION) {
      throw new SimplaneError('driver-unreachable', `${path} is a database of something else.`, {
        hint: 'Give the tasks a file of their own.',
      })
    } else if (version !== VERSION) {
      throw new SimplaneError(
        'store-newer',
        `${path} was written by another version of simplane (${version}, this one knows ${VERSION}).`,
        { hint: 'Use the version that wrote it.' },
      )
    }
  }).immediate()
}
