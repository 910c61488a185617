import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { SimplaneError } from '../../domain/error.ts'

/** "ivnt" in ASCII: tells our files from anybody else's. */
const APPLICATION = 0x69766e74
const VERSION = 1

/*
 * Neurons for MDM has no ids for what it is told, and shows no state of it: what we asked for and how far it is, is kept
 * here. Every row is written before the MDM is told.
 */
const SCHEMA = `
create table command (
  seq integer primary key autoincrement,
  id text not null unique,
  device text not null,
  kind text not null,
  configuration text,
  spec text,                          -- JSON
  record text,
  sent_at integer not null,
  writes text not null,               -- JSON: attributes, one after the other
  position integer not null default 0,
  written_at integer,
  state text not null check (state in ('open', 'withdrawing', 'unclear', 'done', 'failed')),
  ended_at integer,
  error text                          -- JSON
) strict;
create index command_device on command (device, seq);
create table assigned (
  device text primary key,
  value text not null,
  configuration text,
  before text not null,
  before_configuration text,
  changed_at integer not null
) strict, without rowid;
create table device (
  id text primary key,
  sims_since integer not null         -- the first check-in whose SIMs were read
) strict, without rowid;
create table iccid (
  device text not null,
  iccid text not null,
  seen_at integer not null,
  configuration text,
  identity text,
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
      `The Ivanti driver's file ${path} cannot be opened: ${reason}.`,
      {
        hint: 'Give it a file that this user may write.',
        cause: error,
      },
    )
  }
}

function prepare(db: Database.Database, path: string): void {
  db.pragma('journal_mode = WAL')
  // What was written before the MDM was told must outlive a power cut.
  db.pragma('synchronous = FULL')
  db.pragma('cache_size = -8000')
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
        hint: 'Give the Ivanti driver a file of its own.',
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
