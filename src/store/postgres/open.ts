import { Client } from 'pg'
import type { Leadership } from '../../domain/leadership.ts'
import type { Store } from '../../domain/store.ts'
import { MINUTE, type Duration } from '../../domain/time.ts'
import { addressOf } from './address.ts'
import { openAudits } from './audits.ts'
import { openBatchReads } from './batch-reads.ts'
import { openBudgets } from './budgets.ts'
import { openClaims } from './claims.ts'
import { connect, type Connection } from './connection.ts'
import { openCounts } from './counts.ts'
import { openDeviceReads } from './device-reads.ts'
import { openDocuments } from './documents.ts'
import { openFleet } from './fleet.ts'
import { openGroups } from './groups.ts'
import { openHolds } from './holds.ts'
import { LEADERSHIP_TIMES, openLeadership, type LeadershipTimes } from './leadership.ts'
import { openLookups } from './lookups.ts'
import { checkFormat, migrate } from './migrations.ts'
import { openMemories } from './memories.ts'
import { openNotices } from './notices.ts'
import { openPlans } from './plans.ts'
import { clientConfig } from './pool.ts'
import { openQueries } from './queries.ts'
import { openReaching } from './reaching.ts'
import { openRecordWrites } from './record-writes.ts'
import { openRetention } from './retention.ts'
import { openRevisions } from './revisions.ts'
import { openRuns } from './runs.ts'
import { openSettlements } from './settlements.ts'
import { openTries } from './tries.ts'
import { storeTrouble } from './trouble.ts'
import { openWork } from './work.ts'
import { newOwner, writersOf } from './writers.ts'

/** The PostgreSQL store, and which of its processes leads. Disposing the store disposes both. */
export type PostgresStore = Store & { readonly leadership: Leadership }

export type PostgresOptions = {
  /** Default: a silence of six seconds ends a leadership. */
  readonly leadership?: LeadershipTimes
  /** How long nobody else is given a step that one process was given. Default: a minute. */
  readonly lease?: Duration
}

const LEASE: Duration = MINUTE

/**
 * Opens the database at `url` (`postgres://…`), which exists, and brings it to the newest format. Throws `store-newer`
 * for a database of a newer simplane, `store-busy` when it cannot be reached or is kept busy, `store-unwritable` when it
 * lets nobody in, is another program's, or cannot be written. Nothing of `url` but host, port and name is ever told.
 *
 * A store whose leadership was never asked for writes freely. One that asked writes what only a leader may (plans,
 * revisions, budgets, inventories, runs, what is forgotten) while its term lasts, and is refused with `not-leading` else.
 */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<PostgresStore> {
  const address = addressOf(url)
  const owner = await prepare(url, address)
  const leadership = openLeadership(url, address, options.leadership ?? LEADERSHIP_TIMES)
  const connection = connect({
    url,
    address,
    writers: writersOf(owner),
    term: leadership.term,
  })
  let closed: Promise<void> | undefined
  async function close(): Promise<void> {
    await leadership[Symbol.asyncDispose]()
    await connection[Symbol.asyncDispose]()
  }
  return {
    ...storeOn(connection, options.lease ?? LEASE),
    leadership,
    [Symbol.asyncDispose]: () => (closed ??= close()),
  }
}

/** Brings a database to the newest format; gives this process the number it has in it. Throws as `openPostgres`. */
export async function prepare(url: string, address: string): Promise<number> {
  const client = new Client(clientConfig(url))
  client.on('error', () => {})
  try {
    await client.connect()
    await checkFormat(client, address)
    await migrate(client)
    return await newOwner(client)
  } catch (error) {
    throw storeTrouble(error, address)
  } finally {
    await client.end().catch(() => {})
  }
}

function storeOn(connection: Connection, lease: Duration): Omit<Store, typeof Symbol.asyncDispose> {
  const reads = openDeviceReads(connection)
  const batches = openBatchReads(connection, reads)
  const records = openRecordWrites(connection)
  return {
    ...openFleet(connection, reads, records, openLookups(connection, reads)),
    ...openWork(connection, batches),
    audit: openAudits(connection, batches),
    savePlans: openPlans(connection, reads, records),
    ...openGroups(connection),
    ...openBudgets(connection),
    ...openClaims(connection, reads, lease),
    settle: openSettlements(connection, reads, records),
    forgetTries: openTries(connection),
    ...openRevisions(connection, openReaching(connection)),
    ...openHolds(connection),
    ...openRuns(connection),
    ...openCounts(connection),
    ...openRetention(connection),
    ...openDocuments(connection),
    ...openMemories(connection),
    ...openNotices(connection),
    devices: openQueries(connection, reads),
    dataVersion: connection.othersWrote,
  }
}
