import type Database from 'better-sqlite3'
import { driverWords, openOwnFile } from '../own-file.ts'

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
  return openOwnFile(path, {
    application: APPLICATION,
    version: VERSION,
    schema: SCHEMA,
    pragmas: ['foreign_keys = ON', 'cache_size = -16000'],
    words: driverWords('Intune'),
  })
}
