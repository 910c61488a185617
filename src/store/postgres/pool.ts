import { type ClientBase, type ClientConfig, Pool, type PoolClient } from 'pg'
import { SECOND, type Duration } from '../../domain/time.ts'
import { TYPES } from './session.ts'
import { isBroken } from './trouble.ts'

/** How long to wait for the server to answer a new connection. */
const CONNECT_WITHIN: Duration = 10 * SECOND
/**
 * A process that is paused in the middle of a transaction keeps others waiting this long, then the server ends it:
 * shorter than a new leader waits for the writes of the one before.
 */
const IDLE_IN_TRANSACTION: Duration = 5 * SECOND
/** How long a statement waits for the rows that another process is writing. */
const LOCK_WAIT: Duration = 20 * SECOND

const SETTINGS = `
-- A batch is planned for the tables as they are now: a plan made while they were empty would walk them for ever.
set plan_cache_mode = force_custom_plan;
-- Batches are looked up by index. Without statistics, or with those of a queue that was empty just then, the planner
-- believes otherwise; where it may still turn a join around, statements ask row by row ("select true ... limit 1").
set enable_seqscan = off;
set enable_hashjoin = off;
set enable_mergejoin = off;
set enable_material = off;
set random_page_cost = 1.1;
set jit = off;
set max_parallel_workers_per_gather = 0;
set work_mem = '64MB';
set default_transaction_isolation = 'read committed';
set idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION};
set lock_timeout = ${LOCK_WAIT};
-- A step that was sent must be on the disk: a lost journal row would be sent twice.
select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off';
`

/** How to reach the server; the same for every connection. */
export function clientConfig(url: string): ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_WITHIN,
    keepAlive: true,
    fallback_application_name: 'simplane',
    types: TYPES,
  }
}

/** Connections that are ready for use. */
export type ConnectionPool = {
  /** One for as long as `use` runs; what it threw comes out again. */
  readonly withClient: <T>(use: (client: PoolClient) => Promise<T>) => Promise<T>
  readonly end: () => Promise<void>
}

/** At most `max` connections; `enter` and `leave` are told of each one that comes and goes. */
export function openPool(
  url: string,
  max: number,
  enter: (client: ClientBase) => Promise<void>,
  leave: (client: ClientBase) => void,
): ConnectionPool {
  // What does not wait for an answer is sent at once (`Session`), instead of a round trip each.
  const pool = new Pool({ ...clientConfig(url), max, pipeline: true })
  const ready = new WeakSet<ClientBase>()
  // A connection that breaks between two statements says so to nobody else; the next statement fails.
  pool.on('connect', (client) => void client.on('error', () => {}))
  pool.on('error', () => {})
  pool.on('remove', leave)

  async function makeReady(client: ClientBase): Promise<void> {
    if (ready.has(client)) return
    await client.query(SETTINGS)
    await enter(client)
    ready.add(client)
  }

  return {
    withClient: async (use) => {
      const client = await pool.connect()
      let broken = false
      try {
        await makeReady(client)
        return await use(client)
      } catch (error) {
        broken = isBroken(error) || !(await rolledBack(client))
        throw error
      } finally {
        client.release(broken)
      }
    },
    end: () => pool.end(),
  }
}

/** false: it cannot be used any more. */
async function rolledBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('rollback')
    return true
  } catch {
    return false
  }
}
