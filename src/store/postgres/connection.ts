import type { ClientBase } from 'pg'
import { SimplaneError } from '../../domain/error.ts'
import { openPool } from './pool.ts'
import { type Session, sessionOn } from './session.ts'
import { openTexts, type Texts } from './texts.ts'
import { isPassing, storeTrouble } from './trouble.ts'
import type { Writers } from './writers.ts'

/** The ways to use the database. Each runs `work` in one transaction, and may run it again when others were in the way. */
export type Connection = AsyncDisposable & {
  readonly texts: Texts
  /** One statement outside of any transaction, written at once and for good. */
  readonly apart: <T>(use: (session: Session) => Promise<T>) => Promise<T>
  /** Only reads: all of it sees one state. */
  readonly read: <T>(work: (session: Session) => Promise<T>) => Promise<T>
  /** As `read`, for what walks whole tables. */
  readonly survey: <T>(work: (session: Session) => Promise<T>) => Promise<T>
  /** Writes, all or nothing. */
  readonly write: <T>(work: (session: Session) => Promise<T>) => Promise<T>
  /** As `write`, where it concerns nobody else: no other process is told. */
  readonly writeUnheard: <T>(work: (session: Session) => Promise<T>) => Promise<T>
  /** As `write`, for what only the leader may: throws `not-leading` when this process's term is over. */
  readonly lead: <T>(work: (session: Session) => Promise<T>) => Promise<T>
  /** How often others wrote. */
  readonly othersWrote: () => Promise<number>
}

/** The term in which this process leads; `over`: it asked to lead and does not; absent: it never asked. */
export type Term = number | 'over' | undefined

export type ConnectionParts = {
  readonly url: string
  readonly address: string
  readonly writers: Writers
  readonly term: () => Term
}

/** How often a transaction is run before others are said to be in the way. */
const TRIES = 6
/** Enough for an executor, a planner and the readers beside them. */
const CONNECTIONS = 8

const READ = 'begin isolation level repeatable read read only'
const SURVEY = `${READ}; set local enable_seqscan = on; set local enable_hashjoin = on;
  set local max_parallel_workers_per_gather to default`
const WRITE = 'begin'
const STILL_LEADING = 'select term from leader where term = $1 for share'

export function connect({ url, address, writers, term }: ConnectionParts): Connection {
  const pool = openPool(url, CONNECTIONS, writers.enter, writers.leave)
  // For texts and assignments, which transactions need that may hold all other connections.
  const side = openPool(
    url,
    1,
    async () => {},
    () => {},
  )

  /** Runs `work` until nobody is in its way. */
  async function insist<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work()
      } catch (error) {
        if (tries === TRIES || !isPassing(error)) throw storeTrouble(error, address)
      }
    }
  }

  /** Nobody waits for the beginning or the end of what only reads: neither decides anything. */
  function reading<T>(begin: string, work: (session: Session) => Promise<T>): Promise<T> {
    return insist(() =>
      pool.withClient(async (client) => {
        using session = sessionOn(client)
        const [, result] = await Promise.all([client.query(begin), work(session)])
        end(client)
        return result
      }),
    )
  }

  /** Nothing is written before `begin` and `expect` are answered: it could be for good, or for a leader that is none. */
  function writing<T>(
    work: (session: Session) => Promise<T>,
    { heard = true, expect }: { readonly heard?: boolean; readonly expect?: typeof expectTerm } = {},
  ): Promise<T> {
    return insist(() =>
      pool.withClient(async (client) => {
        using session = sessionOn(client)
        await Promise.all([client.query(WRITE), expect?.(session)])
        const result = await work(session)
        if (session.wrote()) await client.query(heard ? `${writers.bump(client)}; commit` : 'commit')
        else end(client)
        return result
      }),
    )
  }

  /** Holds the term, so that the next one begins only after this transaction. */
  async function expectTerm(session: Session): Promise<void> {
    const now = term()
    if (now === undefined) return
    if (now === 'over' || (await session.rows(STILL_LEADING, now)).length === 0) throw notLeading()
  }

  function apart<T>(use: (session: Session) => Promise<T>): Promise<T> {
    return insist(() => side.withClient((client) => use(sessionOn(client))))
  }

  return {
    texts: openTexts(apart),
    apart,
    read: (work) => reading(READ, work),
    survey: (work) => reading(SURVEY, work),
    write: (work) => writing(work),
    writeUnheard: (work) => writing(work, { heard: false }),
    lead: (work) => writing(work, { expect: expectTerm }),
    othersWrote: () => insist(() => pool.withClient(writers.others)),
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled([side.end(), pool.withClient(writers.end)])
      await pool.end()
    },
  }
}

/** Ends a transaction that wrote nothing: what it read is known, and who uses the connection next comes after. */
function end(client: ClientBase): void {
  client.query('commit').catch(() => {})
}

function notLeading(): SimplaneError {
  return new SimplaneError('not-leading', 'Another simplane leads by now; nothing was written.', {
    hint: 'This one goes on executing, and leads again when its turn comes.',
  })
}
