import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { SimplaneError } from '../../domain/error.ts'

/** "smdm" in ASCII: tells our files from anybody else's. */
const APPLICATION = 0x736d646d
const VERSION = 1

/* SimpleMDM shows no commands: that a device was told of a step, and when, is kept here alone. */
const SCHEMA = `
create table command (
  step text primary key,              -- id of the command that simplane chose
  device integer not null,
  sent_at integer not null,           -- written before SimpleMDM is told
  seen_at integer not null,           -- when the device was last seen before that; 0: never
  state text not null check (state in ('sending', 'told', 'over')),
  outcome text                        -- JSON: once it is final
) strict, without rowid;
create index command_sent on command (sent_at);
`

/** Opens the driver's memory, or an empty one where there is none. Throws `driver-unreachable` or `store-newer`. */
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
    throw new SimplaneError(
      'driver-unreachable',
      `The SimpleMDM driver's file ${path} cannot be opened: ${reason}.`,
      { hint: 'Give it a file that this user may write.', cause: error },
    )
  }
}

function prepare(db: Database.Database, path: string): void {
  db.pragma('journal_mode = WAL')
  // The id of a command must outlive a power cut: it is what keeps a command from being sent twice.
  db.pragma('synchronous = FULL')
  db.pragma('temp_store = MEMORY')
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
        hint: 'Give the SimpleMDM driver a file of its own.',
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
