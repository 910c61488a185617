import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { SimplaneError } from '../../domain/error.ts'

/** "intu" in ASCII: tells our files from anybody else's. */
const APPLICATION = 0x696e7475
const VERSION = 1

/*
 * Graph takes no id of ours with a command, lists no changes but check-ins, and forgets whom it retired. So what was sent
 * is written here before it is sent, and the inventory is kept between two sweeps.
 */
const SCHEMA = `
create table device (
  seq integer primary key,            -- order of the inventory
  id text not null unique,
  managed text not null,              -- JSON: what Graph said last
  sweep integer not null,             -- number of the sweep that saw it last
  detail_at integer,                  -- when it was last asked for alone
  retired_at integer,                 -- retired by us and gone from Intune since
  groups text                         -- JSON: names and ids; null: none are read
) strict;
create table meta (key text primary key, value text not null) strict, without rowid;
create table target (
  name text primary key,
  spec text not null,                 -- JSON
  with_discovery integer not null,
  policy text,                        -- ids in Intune and Entra, once known
  grp text
) strict, without rowid;
create table membership (
  device text not null,
  target text not null references target,
  configuration text not null,
  state text not null check (state in ('joining', 'applied', 'error', 'conflict', 'leaving')),
  since integer not null,             -- on the clock of Graph
  confirmed integer not null,
  confirmed_at integer,
  primary key (device, target)
) strict, without rowid;
create table command (
  step text primary key,
  device text not null,
  kind text not null,
  at integer not null,
  open integer not null,
  row text not null                   -- JSON
) strict;
create index command_device on command (device, at);
create table reading (
  device text primary key,
  at integer,
  output text,
  asked_at integer,
  tries integer not null
) strict, without rowid;
create table origin (
  device text not null,
  iccid text not null,
  configuration text not null,
  identity text not null,
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
      `The Intune driver's file ${path} cannot be opened: ${reason}.`,
      { hint: 'Give it a file that this user may write.', cause: error },
    )
  }
}

function prepare(db: Database.Database, path: string): void {
  db.pragma('journal_mode = WAL')
  // What is sent is written first: it must outlive a power cut.
  db.pragma('synchronous = FULL')
  db.pragma('foreign_keys = ON')
  db.pragma('cache_size = -16000')
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
        hint: 'Give the Intune driver a file of its own.',
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
