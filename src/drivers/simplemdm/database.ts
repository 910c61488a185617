import type Database from 'better-sqlite3'
import { driverWords, openOwnFile } from '../own-file.ts'

/** "smdm" in ASCII: tells our files from anybody else's. */
const APPLICATION = 0x736d646d
const VERSION = 1

/* SimpleMDM shows no commands: that a device was told of a step, and when, is kept here alone. */
const SCHEMA = `
create table command (
  step text primary key,              -- id of the command that simplane chose
  device integer not null,
  sent_at integer not null,           -- written before SimpleMDM is told
  seen_at integer not null,           -- when the device was last seen before that; 0: never
  state text not null check (state in ('sending', 'told', 'over')),
  outcome text                        -- JSON: once it is final
) strict, without rowid;
create index command_sent on command (sent_at);
`

/** Opens the driver's memory, or an empty one where there is none. Throws `driver-unreachable` or `store-newer`. */
export function openDatabase(path: string): Database.Database {
  return openOwnFile(path, {
    application: APPLICATION,
    version: VERSION,
    schema: SCHEMA,
    pragmas: ['temp_store = MEMORY'],
    words: driverWords('SimpleMDM'),
  })
}
