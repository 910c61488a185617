import type Database from 'better-sqlite3'
import { driverWords, openOwnFile } from '../own-file.ts'

/** "flet" in ASCII: tells our files from anybody else's. */
const APPLICATION = 0x666c6574
const VERSION = 1

/*
 * Fleet knows devices, commands and profiles. What it cannot be asked is kept here: which command of ours serves which
 * step, what a device held before an install, and so which install brought which eSIM.
 */
const SCHEMA = `
create table command (
  seq integer primary key autoincrement,
  step text not null unique,          -- id of the command that simplane chose
  kind text not null,
  host integer not null,
  uuid text unique,                   -- the id that Fleet knows it by; null: it is no command to Fleet
  slot text,                          -- the label and profile of an install on Windows
  configuration text,
  identity text,
  sent_at integer not null,           -- written before Fleet is told
  state text not null check (state in ('sending', 'told', 'over')),
  baseline text,                      -- JSON: ICCIDs before an install on iOS
  acknowledged_at integer,            -- iOS: the device asked the carrier
  outcome text                        -- JSON: once it is final
) strict;
create index command_host on command (host, seq);
create table question (               -- what an iOS device was asked and has not answered
  host integer primary key,
  uuid text not null,
  asked_at integer not null,
  tries integer not null
) strict;
create table reading (                -- the newest look at the eUICC of a device
  host integer primary key,
  at integer not null,
  facts text not null                 -- JSON
) strict;
create table origin (                 -- iOS: which install brought which eSIM
  host integer not null,
  iccid text not null,
  step text not null,
  configuration text not null,
  identity text not null,
  at integer not null,
  primary key (host, iccid)
) strict, without rowid;
`

/** Opens the driver's memory, or an empty one where there is none. Throws `driver-unreachable` or `store-newer`. */
export function openDatabase(path: string): Database.Database {
  return openOwnFile(path, {
    application: APPLICATION,
    version: VERSION,
    schema: SCHEMA,
    pragmas: ['temp_store = MEMORY'],
    words: driverWords('Fleet'),
  })
}
