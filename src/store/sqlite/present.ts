import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { Instant } from '../../domain/time.ts'
import type { DatabaseContents } from '../put-back.ts'
import { contentsOf, recordedSince, type RecordedSince } from './contents.ts'

/** The database that a restore would replace, as far as it can be read. */
export type Present =
  | { readonly kind: 'unreadable'; readonly why: string; readonly retirements: readonly [] }
  | {
      readonly kind: 'readable'
      readonly contents: DatabaseContents
      /** What it recorded after the backup was made. */
      readonly since: RecordedSince
      readonly retirements: readonly RetirementRow[]
    }

type RetirementRow = { readonly name: string; readonly first_applied_at: number; readonly members: string }

/** Reads what would be lost; `undefined` without a database. Trouble is an answer: a damaged one is why one restores. */
export function readPresent(path: string, takenAt: Instant): Present | undefined {
  if (!existsSync(path)) return undefined
  let db: Database.Database | undefined
  try {
    db = new Database(path, { readonly: true, fileMustExist: true })
    return {
      kind: 'readable',
      contents: contentsOf(db, path),
      since: recordedSince(db, takenAt),
      retirements: db
        .prepare<[], RetirementRow>('select name, first_applied_at, members from retirement')
        .all(),
    }
  } catch (error) {
    return {
      kind: 'unreadable',
      why: error instanceof Error ? error.message : String(error),
      retirements: [],
    }
  } finally {
    db?.close()
  }
}
