import type Database from 'better-sqlite3'
import { driverWords, openOwnFile } from '../own-file.ts'

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
  return openOwnFile(path, {
    application: APPLICATION,
    version: VERSION,
    schema: SCHEMA,
    pragmas: ['foreign_keys = ON', 'cache_size = -16000', 'temp_store = MEMORY'],
    words: driverWords('NanoMDM'),
  })
}
