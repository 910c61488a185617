import { hostname } from 'node:os'
import { Client } from 'pg'
import type { Leadership } from '../../domain/leadership.ts'
import { SECOND, type Duration } from '../../domain/time.ts'
import type { Term } from './connection.ts'
import { clientConfig } from './pool.ts'
import { storeTrouble } from './trouble.ts'

export type LeadershipTimes = {
  /** A leader that says nothing for so long leads no more: the server ends its connection, and with it the lock. */
  readonly silence: Duration
  /** How often it says something, and `lead` is to be asked; well below `silence`. */
  readonly renewEvery: Duration
}

export const LEADERSHIP_TIMES: LeadershipTimes = { silence: 6 * SECOND, renewEvery: 2 * SECOND }

export type PostgresLeadership = Leadership & { readonly term: () => Term }

/** `lead` in ASCII. */
const LEADING = 0x6c65_6164
const KEY = `${LEADING}, hashtext(current_schema())`

const LOCKED = `exists (select 1 from pg_locks where locktype = 'advisory' and granted
  and database = (select oid from pg_database where datname = current_database())
  and classid = ${LEADING}::oid and objid::bigint = (hashtext(current_schema())::bigint & 4294967295))`

/**
 * Leadership by an advisory lock, which the server holds for a connection of its own and gives back when that ends: when
 * the process does, or is paused. Winning it begins a new term, once every write of the term before is through.
 */
export function openLeadership(url: string, address: string, times: LeadershipTimes): PostgresLeadership {
  const me = `process ${process.pid} on ${hostname()}`
  let term: Term
  let held: Client | undefined
  let beat: NodeJS.Timeout | undefined

  /** Whatever happens to the connection, without it nobody leads. */
  async function letGo(): Promise<void> {
    const client = held
    held = undefined
    clearInterval(beat)
    if (term !== undefined) term = 'over'
    await client?.end().catch(() => {})
  }

  async function connected(): Promise<Client> {
    if (held !== undefined) return held
    const client = new Client({
      ...clientConfig(url),
      connectionTimeoutMillis: times.silence,
      // A server out of reach must not keep the process in the belief that it leads.
      query_timeout: times.silence,
      statement_timeout: times.silence,
    })
    function lost(): void {
      if (held === client) void letGo()
    }
    client.on('error', lost)
    client.on('end', lost)
    held = client
    await client.connect()
    await client.query(`set idle_session_timeout = ${times.silence}`)
    // A pass over a large fleet is longer than a silence may be. A process that is paused beats no more.
    beat = setInterval(() => void client.query('select 1').catch(lost), times.renewEvery).unref()
    return client
  }

  async function win(client: Client): Promise<number | undefined> {
    const { rows } = await client.query<{ won: boolean }>(`select pg_try_advisory_lock(${KEY}) as won`)
    if (rows[0]?.won !== true) return undefined
    // Waits for the last write of the one before: it holds this row while it writes.
    const begun = await client.query<{ term: number }>(
      'update leader set term = term + 1, holder = $1 returning term',
      [me],
    )
    return begun.rows[0]?.term
  }

  async function ask(): Promise<number | undefined> {
    const leads = held === undefined ? 'over' : term
    const client = await connected()
    if (typeof leads === 'number') {
      await client.query('select 1')
      // It may have broken while this was asked.
      return typeof term === 'number' ? term : undefined
    }
    term = 'over'
    const won = await win(client)
    if (held === client && won !== undefined) term = won
    return typeof term === 'number' ? term : undefined
  }

  return {
    renewEvery: times.renewEvery,
    term: () => term,
    lead: async () => {
      try {
        return await ask()
      } catch (error) {
        await letGo()
        throw storeTrouble(error, address)
      }
    },
    leader: async () => {
      const client = new Client({ ...clientConfig(url), query_timeout: times.silence })
      client.on('error', () => {})
      try {
        await client.connect()
        const { rows } = await client.query<{ holder: string | null }>(
          `select holder from leader where ${LOCKED}`,
        )
        return rows[0]?.holder ?? undefined
      } catch (error) {
        throw storeTrouble(error, address)
      } finally {
        await client.end().catch(() => {})
      }
    },
    [Symbol.asyncDispose]: letGo,
  }
}
