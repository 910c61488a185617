import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { SimplaneError } from '../../domain/error.ts'

/** "jamf" in ASCII: tells our files from anybody else's. */
const APPLICATION = 0x6a616d66
const VERSION = 1

/*
 * Jamf Pro knows devices and commands. What it cannot be asked is kept here: which command of its serves which step of
 * ours, what a device held before an install, and so which install brought which eSIM.
 */
const SCHEMA = `
create table command (
  seq integer primary key autoincrement,
  step text not null unique,          -- id of the command that simplane chose
  device integer not null,
  management text not null,           -- whom it went to
  uuid text unique,                   -- the id that Jamf Pro gave it
  configuration text not null,
  identity text not null,
  sent_at integer not null,           -- written before Jamf Pro is told
  state text not null check (state in ('sending', 'told', 'over')),
  others text not null,               -- JSON: ids of such commands that the device had before
  baseline text,                      -- JSON: ICCIDs before
  acknowledged_at integer,            -- the device asked the carrier
  outcome text                        -- JSON: once it is final
) strict;
create index command_device on command (device, seq);
create table question (               -- a device was asked what it holds, and has not said
  device integer primary key,
  inventory_at integer not null,
  asked_at integer not null,
  tries integer not null
) strict;
create table origin (                 -- which install brought which eSIM
  device integer not null,
  iccid text not null,
  step text not null,
  configuration text not null,
  identity text not null,
  at integer not null,
  primary key (device, iccid)
) strict, without rowid;
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
      `The Jamf Pro driver's file ${path} cannot be opened: ${reason}.`,
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
        hint: 'Give the Jamf Pro driver a file of its own.',
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
