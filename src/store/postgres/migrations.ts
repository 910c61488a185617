import { randomInt } from 'node:crypto'
import type { ClientBase } from 'pg'
import { SimplaneError } from '../../domain/error.ts'
import { capital } from './address.ts'
import { MIGRATIONS } from './schema.ts'

/** One process at a time brings a database to its format: `smpl` in ASCII. */
const MIGRATING = 0x736d_706c

/** The first PostgreSQL that ends the session of a silent leader (`idle_session_timeout`), as `server_version_num`. */
const OLDEST = 14_00_00

/**
 * Refuses what is not ours or not readable by this version: throws `store-newer` for a database of a newer simplane,
 * `store-unwritable` for one of another program, of a server that is too old, or in an encoding that cannot hold every
 * text. Changes nothing.
 */
export async function checkFormat(client: ClientBase, address: string): Promise<void> {
  const server = await one(client, "select current_setting('server_version_num') as value")
  if (Number(server) < OLDEST) {
    throw new SimplaneError(
      'store-unwritable',
      `The server of ${address} is too old (${server}); nothing was written.`,
      { hint: 'Use PostgreSQL 14 or newer.' },
    )
  }
  const encoding = await one(client, "select current_setting('server_encoding') as value")
  if (encoding !== 'UTF8') {
    throw new SimplaneError(
      'store-unwritable',
      `${capital(address)} is encoded in ${encoding}, which cannot hold every text; nothing was written.`,
      { hint: 'Create another one: createdb --encoding UTF8 --template template0 NAME.' },
    )
  }
  const version = await formatOf(client)
  if (version === 0 && (await one(client, STRANGERS)) !== undefined) {
    throw new SimplaneError(
      'store-unwritable',
      `${capital(address)} belongs to another program; it was left as it is.`,
      { hint: 'Point the setting "store" at a database of its own.' },
    )
  }
  if (version <= MIGRATIONS.length) return
  throw new SimplaneError(
    'store-newer',
    `${capital(address)} has format ${version}, and this simplane reads up to ${MIGRATIONS.length}; it was left as it is.`,
    { hint: 'Run the newer simplane that wrote it, or put back a backup from before the upgrade.' },
  )
}

/** Tables in our place that no extension brought. */
const STRANGERS = `select relname as value from pg_class c where relkind in ('r', 'p')
  and relnamespace = (select oid from pg_namespace where nspname = current_schema())
  and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype = 'e') limit 1`

/** How many migrations the database has had; 0: it is none of ours, or none yet. */
async function formatOf(client: ClientBase): Promise<number> {
  const ours = await one(
    client,
    "select to_regclass(quote_ident(current_schema()) || '.meta')::text || to_regclass(quote_ident(current_schema()) || '.step')::text as value",
  )
  if (ours === undefined) return 0
  return Number((await one(client, "select value from meta where key = 'format'")) ?? 0)
}

/** Brings the database to the newest format, each migration in a transaction of its own. Harmless when two start at once. */
export async function migrate(client: ClientBase, migrations: readonly string[] = MIGRATIONS): Promise<void> {
  for (const [index, sql] of migrations.entries()) {
    if ((await formatOf(client)) > index) continue
    await client.query('begin')
    try {
      await client.query(`select pg_advisory_xact_lock(${MIGRATING}, hashtext(current_schema()))`)
      // Another process may have been first while this one waited for the lock.
      if ((await formatOf(client)) <= index) await apply(client, sql, index)
      await client.query('commit')
    } catch (error) {
      await client.query('rollback')
      throw error
    }
  }
}

async function apply(client: ClientBase, sql: string, index: number): Promise<void> {
  await client.query(sql)
  if (index === 0) {
    await client.query("insert into meta values('epoch', $1), ('answered', '0'), ('format', '0')", [
      newEpoch(),
    ])
  }
  await client.query("update meta set value = $1 where key = 'format'", [String(index + 1)])
}

/** First part of every command id. Another one after a restore, so that no id is ever given to two commands. */
export function newEpoch(): string {
  return randomInt(36 ** 4, 36 ** 5).toString(36)
}

async function one(client: ClientBase, sql: string): Promise<string | undefined> {
  const { rows } = await client.query<{ value: string | null }>(sql)
  return rows[0]?.value ?? undefined
}
