import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { SimplaneError } from '../domain/error.ts'

/** The SQLite file in which a driver keeps what its MDM cannot be asked. */
export type OwnFile = {
  /** Four letters in ASCII, SQLite's application_id: tells our files from anybody else's. */
  readonly application: number
  readonly version: number
  readonly schema: string
  /** Settings of the connection beyond those that every such file has. */
  readonly pragmas?: readonly string[]
  readonly words: FileWords
}

/** How trouble with the file is told. */
export type FileWords = {
  readonly called: (path: string) => string
  readonly unwritable: string
  readonly foreign: string
}

/** The words of the driver for the MDM of this name. */
export function driverWords(name: string): FileWords {
  return {
    called: (path) => `The ${name} driver's file ${path}`,
    unwritable: 'Give it a file that this user may write.',
    foreign: `Give the ${name} driver a file of its own.`,
  }
}

/** Opens it, or an empty one where there is none. Throws `driver-unreachable` or `store-newer`. */
export function openOwnFile(path: string, file: OwnFile): Database.Database {
  try {
    mkdirSync(dirname(resolve(path)), { recursive: true })
    const db = new Database(path, { timeout: 5000 })
    try {
      prepare(db, path, file)
      return db
    } catch (error) {
      db.close()
      throw error
    }
  } catch (error) {
    if (error instanceof SimplaneError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new SimplaneError('driver-unreachable', `${file.words.called(path)} cannot be opened: ${reason}.`, {
      hint: file.words.unwritable,
      cause: error,
    })
  }
}

function prepare(db: Database.Database, path: string, file: OwnFile): void {
  db.pragma('journal_mode = WAL')
  // What is written before the MDM is told, or is told only once, must outlive a power cut: else a command is sent twice.
  db.pragma('synchronous = FULL')
  for (const pragma of file.pragmas ?? []) db.pragma(pragma)
  db.transaction(() => {
    const version = Number(db.pragma('user_version', { simple: true }))
    const application = Number(db.pragma('application_id', { simple: true }))
    const empty = db.prepare('select 1 from sqlite_schema limit 1').get() === undefined
    if (version === 0 && application === 0 && empty) {
      db.exec(file.schema)
      db.pragma(`application_id = ${file.application}`)
      db.pragma(`user_version = ${file.version}`)
    } else if (application !== file.application) {
      throw new SimplaneError('driver-unreachable', `${path} is a database of something else.`, {
        hint: file.words.foreign,
      })
    } else if (version !== file.version) {
      throw new SimplaneError(
        'store-newer',
        `${path} was written by another version of simplane (${version}, this one knows ${file.version}).`,
        { hint: 'Use the version that wrote it.' },
      )
    }
  }).immediate()
}
