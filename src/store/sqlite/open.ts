import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { SimplaneError } from '../../domain/error.ts'
import type { Store } from '../../domain/store.ts'
import { openAudits } from './audits.ts'
import { openBatchReads } from './batch-reads.ts'
import { openBudgets } from './budgets.ts'
import { openClaims } from './claims.ts'
import { type Connection, connect } from './connection.ts'
import { openCounts } from './counts.ts'
import { openDeviceReads } from './device-reads.ts'
import { openDocuments } from './documents.ts'
import { openFleet } from './fleet.ts'
import { openGroups } from './groups.ts'
import { openHolds } from './holds.ts'
import { openLabels } from './labels.ts'
import { openLookups } from './lookups.ts'
import { checkFormat, formatOf, migrate } from './migrations.ts'
import { openMemories } from './memories.ts'
import { openNotices } from './notices.ts'
import { openPlans } from './plans.ts'
import { openQueries } from './queries.ts'
import { openReaching } from './reaching.ts'
import { openRecordWrites } from './record-writes.ts'
import { openRetention } from './retention.ts'
import { openRevisions } from './revisions.ts'
import { openRuns } from './runs.ts'
import { MIGRATIONS } from './schema.ts'
import { openSettlements } from './settlements.ts'
import { openTries } from './tries.ts'
import { BUSY_TIMEOUT, storeTrouble } from './trouble.ts'
import { openWork } from './work.ts'
import { openWorklist } from './worklist.ts'

/**
 * Opens the database at `path`, creating it and its folder, and brings it to the newest format. Throws `store-newer`
 * for a database of a newer simplane, `store-busy` when another process keeps it locked, `store-unwritable` when it is
 * damaged, another program's or not writable. `readonly`: creates and changes nothing; `not-found` without a file.
 * `megabytes`: of pages kept in memory; who reads each but once needs few.
 */
export async function openStore(
  path: string,
  options: { readonly readonly?: boolean; readonly megabytes?: number } = {},
): Promise<Store> {
  const { readonly = false, megabytes = CACHED } = options
  const db = open(path, readonly)
  try {
    prepare(db, path, megabytes)
    return storeOn(connect(db, path))
  } catch (error) {
    db.close()
    throw storeTrouble(error, path)
  }
}

/** Megabytes of pages of a store that is read in any order. */
const CACHED = 64

function open(path: string, readonly: boolean): Database.Database {
  try {
    if (!readonly) mkdirSync(dirname(path), { recursive: true })
    return new Database(path, { readonly, fileMustExist: readonly, timeout: BUSY_TIMEOUT })
  } catch (error) {
    throw notOpened(error, path, readonly)
  }
}

function notOpened(error: unknown, path: string, readonly: boolean): unknown {
  if (readonly && error instanceof Database.SqliteError && error.code === 'SQLITE_CANTOPEN') {
    return new SimplaneError('not-found', `There is no database at ${path} that could be read.`, {
      hint: 'Start simplane once, or point the setting "store" at the database of the one that runs.',
      cause: error,
    })
  }
  if (error instanceof Database.SqliteError) return storeTrouble(error, path)
  const why = error instanceof Error ? error.message : String(error)
  return new SimplaneError(
    'store-unwritable',
    `The folder of the database ${path} cannot be made (${why}).`,
    {
      hint: 'Point the setting "store" at a path in a folder that simplane may write.',
      cause: error,
    },
  )
}

function prepare(db: Database.Database, path: string, megabytes: number): void {
  checkFormat(db, path)
  if (db.readonly && formatOf(db) < MIGRATIONS.length) {
    throw new SimplaneError(
      'store-unwritable',
      `The database ${path} has format ${formatOf(db)}, this simplane needs ${MIGRATIONS.length}, and opening it to read only changes nothing.`,
      { hint: 'Start the service of this version once: it brings the database to its format.' },
    )
  }
  // Readers and the writer do not wait for each other.
  if (!db.readonly) db.pragma('journal_mode = wal')
  // A step that was sent must be on the disk: a lost journal row would be sent twice.
  db.pragma('synchronous = full')
  db.pragma('foreign_keys = on')
  db.pragma(`cache_size = -${megabytes * 1_000}`)
  db.pragma('temp_store = memory')
  db.pragma('mmap_size = 0')
  // Fewer, larger checkpoints: a pass over a large fleet writes the same pages again and again.
  db.pragma('wal_autocheckpoint = 16000')
  if (!db.readonly) migrate(db)
}

function storeOn(connection: Connection): Store {
  const { db, read } = connection
  const reads = openDeviceReads(connection)
  const batches = openBatchReads(connection, reads)
  const lookups = openLookups(connection, reads)
  const labels = openLabels(connection)
  const worklist = openWorklist(connection)
  const { departures, judgeGroup, ...moves } = openGroups(connection, worklist)
  const records = openRecordWrites(connection, worklist, moves, labels)
  return {
    ...openFleet(connection, reads, records, worklist, lookups),
    ...openWork(connection, batches, worklist),
    audit: openAudits(connection, batches),
    savePlans: openPlans(connection, reads, records, moves),
    departures,
    judgeGroup,
    shrunk: (devs) => read(() => batches.shrunk(devs)),
    ...openBudgets(connection),
    ...openClaims(connection, reads),
    settle: openSettlements(connection, reads, records, worklist),
    forgetTries: openTries(connection, worklist),
    ...openRevisions(connection, openReaching(connection, labels, lookups.devsNamedBy)),
    ...openHolds(connection, worklist),
    ...openRuns(connection),
    ...openDocuments(connection),
    ...openMemories(connection),
    ...openNotices(connection),
    ...openCounts(connection),
    devices: openQueries(connection, reads),
    ...openRetention(connection),
    dataVersion: async () => Number(db.pragma('data_version', { simple: true })),
    [Symbol.asyncDispose]: async () => {
      db.close()
    },
  }
}
