import type { ClientBase } from 'pg'

/**
 * Who wrote how often: a row for each connection, bumped by each transaction that wrote, so that nobody waits for anybody.
 * What processes wrote that are gone is kept in row 0, for the sum must never shrink.
 */
export type Writers = {
  /** Gives a connection its row. */
  readonly enter: (client: ClientBase) => Promise<void>
  /** The connection is gone; its row is free for another. */
  readonly leave: (client: ClientBase) => void
  /** SQL that bumps the row of this connection. */
  readonly bump: (client: ClientBase) => string
  /** How often others wrote. */
  readonly others: (client: ClientBase) => Promise<number>
  /** Nobody of this process writes any more. */
  readonly end: (client: ClientBase) => Promise<void>
}

/** `where`: whose rows go. */
const foldSql = (where: string): string => `with gone as (
    delete from writer where slot in (
      select slot from writer where slot <> 0 and ${where} order by slot for update skip locked) returning version)
  insert into writer(slot, owner, backend, version) select 0, 0, 0, coalesce(sum(version), 0) from gone
    on conflict(slot) do update set version = writer.version + excluded.version`

/** The rows of one process; `owner`: its number, given to nobody else. */
export function writersOf(owner: number): Writers {
  const slots = new Map<ClientBase, number>()
  const free: number[] = []
  return {
    enter: async (client) => {
      const slot = free.pop()
      const { rows } = await client.query<{ slot: number }>(
        `insert into writer(slot, owner, backend, version)
           values(coalesce($1, nextval('writer_slot')), $2, pg_backend_pid(), 0)
           on conflict(slot) do update set backend = excluded.backend returning slot`,
        [slot, owner],
      )
      slots.set(client, Number(rows[0]?.slot))
    },
    leave: (client) => {
      const slot = slots.get(client)
      slots.delete(client)
      if (slot !== undefined) free.push(slot)
    },
    bump: (client) => `update writer set version = version + 1 where slot = ${slots.get(client) ?? 0}`,
    others: async (client) => {
      const { rows } = await client.query<{ version: string | number }>(
        'select coalesce(sum(version), 0)::bigint as version from writer where owner <> $1',
        [owner],
      )
      return Number(rows[0]?.version)
    },
    end: async (client) => {
      await client.query(foldSql(`owner = ${owner}`))
    },
  }
}

/** Gives a process its number, and forgets those whose connections are gone. */
export async function newOwner(client: ClientBase): Promise<number> {
  await client.query(
    foldSql('backend not in (select pid from pg_stat_activity where datname = current_database())'),
  )
  const { rows } = await client.query<{ owner: string | number }>("select nextval('writer_owner') as owner")
  return Number(rows[0]?.owner)
}
