import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { SimplaneError } from '../../domain/error.ts'

/** "sims" in ASCII: tells our files from anybody else's. */
const APPLICATION = 0x73696d73
const VERSION = 1

/*
 * A device's facts are one JSON text: nothing but the simulator reads them, and always whole. What is searched
 * (what is due, who is parked) has columns of its own.
 */
const SCHEMA = `
create table meta (key text primary key, value text not null) strict, without rowid;
create table device (
  id integer primary key,
  online integer,             -- null: as the dial says
  seen_at integer,            -- last check-in of one that no longer checks in
  state text not null,        -- SimulatedDevice, as it truly is
  reported text               -- what the MDM still believes of an offline device, where that differs
) strict;
create index device_reported on device (id) where reported is not null;
create table command (
  seq integer primary key,
  id text not null unique,
  device integer not null,
  command text not null,
  submission text not null,
  told integer not null default 1,
  tries integer not null default 0,
  due integer,                -- null: executed, refused, or waiting for a device that does not check in
  state text not null check (state in ('pending', 'not-now', 'settled')),
  outcome text,
  hidden integer not null default 0,  -- questions that the lost answer stays lost for; -1: for ever
  again integer not null default 0    -- 1: the device answers twice
) strict;
create index command_due on command (due, seq) where due is not null;
create index command_waiting on command (device, due) where state <> 'settled';
create table log (
  seq integer primary key,
  device integer not null,
  at integer not null,
  command text not null,
  kind text not null,
  configuration text,
  result text not null,
  code text
) strict;
create index log_device on log (device, seq);
create index log_command on log (command);
`

/** Opens a simulated world, or an empty one where there is none. `:memory:` is allowed. */
export function openDatabase(path: string): Database.Database {
  try {
    if (path !== ':memory:') mkdirSync(dirname(resolve(path)), { recursive: true })
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
    throw new SimplaneError(
      'driver-unreachable',
      `The simulated fleet in ${path} cannot be opened: ${reason(error)}.`,
      {
        hint: 'Give it a file that this user may write, or delete the file to start with a new fleet.',
        cause: error,
      },
    )
  }
}

function prepare(db: Database.Database, path: string): void {
  db.pragma('journal_mode = WAL')
  // A simulated device may forget its last second when the power fails; a killed process loses nothing.
  db.pragma('synchronous = NORMAL')
  db.pragma('cache_size = -8000')
  db.pragma('temp_store = MEMORY')
  db.transaction(() => {
    const version = Number(db.pragma('user_version', { simple: true }))
    const application = Number(db.pragma('application_id', { simple: true }))
    if (version === 0 && application === 0 && isEmpty(db)) {
      db.exec(SCHEMA)
      db.pragma(`application_id = ${APPLICATION}`)
      db.pragma(`user_version = ${VERSION}`)
    } else if (application !== APPLICATION) {
      throw new SimplaneError(
        'driver-unreachable',
        `${path} is a database of something else, not a simulated fleet.`,
        {
          hint: 'Give the simulator a file of its own.',
        },
      )
    } else if (version !== VERSION) {
      throw new SimplaneError(
        'store-newer',
        `The simulated fleet in ${path} was made by another version of simplane (${version}, this one knows ${VERSION}).`,
        {
          hint: 'Nothing in it is real: delete the file to start with a new fleet.',
        },
      )
    }
  }).immediate()
}

function isEmpty(db: Database.Database): boolean {
  return db.prepare('select 1 from sqlite_schema limit 1').get() === undefined
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
