import type Database from 'better-sqlite3'
import { openOwnFile, type FileWords } from '../own-file.ts'

/** "rnbk" in ASCII: tells our files from anybody else's. */
const APPLICATION = 0x726e626b
const VERSION = 1

const WORDS: FileWords = {
  called: (path) => `The tasks in ${path}`,
  unwritable: 'Give them a file that this user may write.',
  foreign: 'Give the tasks a file of their own.',
}

const SCHEMA = `
create table task (
  seq integer primary key autoincrement,  -- a number is never used twice: people have written it down
  command text not null unique,
  driver text not null,
  kind text not null,
  device text not null,
  facts text not null,                    -- JSON: TaskDevice
  text text not null,                     -- JSON: TaskText, as it was asked
  asked_at integer not null,
  due integer not null,
  state text not null check (state in ('open', 'done', 'cannot', 'dropped', 'refused')),
  closed text,                            -- JSON: who, when, evidence
  failure text                            -- JSON
) strict;
create index task_open on task (driver, device) where state = 'open';
`

/** Opens the file of tasks, or an empty one where there is none. Throws `driver-unreachable` or `store-newer`. */
export function openDatabase(path: string): Database.Database {
  return openOwnFile(path, {
    application: APPLICATION,
    version: VERSION,
    schema: SCHEMA,
    words: WORDS,
  })
}
