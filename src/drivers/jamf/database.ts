import type Database from 'better-sqlite3'
import { driverWords, openOwnFile } from '../own-file.ts'

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
  return openOwnFile(path, {
    application: APPLICATION,
    version: VERSION,
    schema: SCHEMA,
    pragmas: ['temp_store = MEMORY'],
    words: driverWords('Jamf Pro'),
  })
}
