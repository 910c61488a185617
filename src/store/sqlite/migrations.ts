import { randomInt } from 'node:crypto'
import type Database from 'better-sqlite3'
import { SimplaneError } from '../../domain/error.ts'
import { APPLICATION_ID, MIGRATIONS } from './schema.ts'

/**
 * Refuses what is not ours or not readable by this version: throws `store-newer` for a database of a newer simplane,
 * `store-unwritable` for one of another program. Changes nothing.
 */
export function checkFormat(db: Database.Database, path: string): void {
  const owner = db.pragma('application_id', { simple: true })
  const empty = db.prepare('select 1 from sqlite_schema').get() === undefined
  if (owner !== APPLICATION_ID && !(owner === 0 && empty)) {
    throw new SimplaneError(
      'store-unwritable',
      `The database ${path} belongs to another program; it was left as it is.`,
      {
        hint: 'Point the setting "store" at a path of its own.',
      },
    )
  }
  const version = formatOf(db)
  if (version <= MIGRATIONS.length) return
  throw new SimplaneError(
    'store-newer',
    `The database ${path} has format ${version}, and this simplane reads up to ${MIGRATIONS.length}; it was left as it is.`,
    { hint: 'Run the newer simplane that wrote it, or put back a backup from before the upgrade.' },
  )
}

/** How many migrations the database has had. */
export function formatOf(db: Database.Database): number {
  return Number(db.pragma('user_version', { simple: true }))
}

/** Brings the database to the newest format, each migration in a transaction of its own. Harmless when two start at once. */
export function migrate(db: Database.Database, migrations: readonly string[] = MIGRATIONS): void {
  for (const [index, sql] of migrations.entries()) {
    if (formatOf(db) > index) continue
    db.transaction(() => {
      // Another process may have been first while this one waited for the write lock.
      if (formatOf(db) > index) return
      db.exec(sql)
      if (index === 0) {
        db.pragma(`application_id = ${APPLICATION_ID}`)
        db.prepare("insert into meta values('epoch', ?), ('answered', '0')").run(newEpoch())
      }
      db.pragma(`user_version = ${index + 1}`)
    }).immediate()
  }
}

/** The first part of every command id; another one after a restore, so that no id is ever given to two commands. */
export function newEpoch(): string {
  return randomInt(36 ** 4, 36 ** 5).toString(36)
}
