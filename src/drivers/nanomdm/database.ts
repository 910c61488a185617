import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { SimplaneError } from '../../domain/error.ts'

/** "nmdm" in ASCII: tells our files from anybody else's. */
const APPLICATION = 0x6e6d646d
const VERSION = 1

/*
 * NanoMDM forgets nothing and shows nothing: what its webhooks said is kept here. Every moment is on our own clock (see
 * hear.ts). Nothing here depends on the order in which webhooks arrive.
 */
const SCHEMA = `
create table device (
  seq integer primary key,            -- order of the inventory
  id text not null unique,            -- enrolment id: the UDID, for a User Enrollment the EnrollmentID
  user_enrolled integer not null,
  told text not null default '{}',    -- what it says of itself: { key: [text, when] }
  authenticated_at integer,           -- newest of each
  first_token_at integer,
  token_at integer,
  connected_at integer,
  left_at integer
) strict;
create table command (
  seq integer primary key autoincrement, -- the order in which NanoMDM queued them
  uuid text not null unique,
  device integer not null references device,
  step text unique,                   -- id of the command that an install serves; null: a question of ours
  configuration text,
  identity text,
  sent_at integer not null,           -- written before NanoMDM is told
  state text not null check (state in ('sending', 'queued', 'refused')),
  tries integer not null default 0,   -- of a question: unanswered ones just before it
  status text,                        -- what the device said last
  answered_at integer,
  heard_at integer,
  error text                          -- JSON: why refused, or the device's error
) strict;
create index command_device on command (device, seq);
create table reading (
  device integer not null references device,
  at integer not null,
  heard_at integer not null,
  question integer,                   -- seq of ours that it answers; null: somebody else asked
  iccids text not null,               -- JSON
  primary key (device, at, iccids)
) strict, without rowid;
create table origin (
  device integer not null references device,
  iccid text not null,
  configuration text not null,
  identity text not null,
  command integer not null,           -- seq of the install that brought it
  at integer not null,                -- when it was first seen
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
      `The NanoMDM driver's file ${path} cannot be opened: ${reason}.`,
      {
        hint: 'Give it a file that this user may write.',
        cause: error,
      },
    )
  }
}

function prepare(db: Database.Database, path: string): void {
  db.pragma('journal_mode = WAL')
  // NanoMDM sends each webhook once: what was answered with 200 must outlive a power cut.
  db.pragma('synchronous = FULL')
  db.pragma('foreign_keys = ON')
  db.pragma('cache_size = -16000')
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
        hint: 'Give the NanoMDM driver a file of its own.',
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
