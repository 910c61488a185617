import type Database from 'better-sqlite3'
import { driverWords, openOwnFile } from '../own-file.ts'

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
  return openOwnFile(path, {
    application: APPLICATION,
    version: VERSION,
    schema: SCHEMA,
    pragmas: ['cache_size = -8000', 'temp_store = MEMORY'],
    words: driverWords('Ivanti'),
  })
}
