import { afterAll, beforeAll } from 'vitest'
import { openPostgres, type PostgresStore } from '../../src/store/postgres/open.ts'
import type { StoreWorld } from '../conformance/store/world.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

/** One server for all tests of a file, ended after the last one; call at the top of the file. */
export function postgresForThisFile(): () => PostgresServer {
  let server: PostgresServer | undefined
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
  })
  return () => {
    if (server === undefined) throw new Error('The server is not started yet.')
    return server
  }
}

/** Databases that have had every migration, to make others like them. */
const templates = new WeakMap<PostgresServer, Promise<string>>()

async function migrated(server: PostgresServer): Promise<string> {
  const url = await server.database()
  await (await openPostgres(url))[Symbol.asyncDispose]()
  return url
}

/** An empty PostgreSQL store in a database of its own. */
export async function postgresWorld(server: PostgresServer): Promise<StoreWorld & { readonly url: string }> {
  const template = templates.get(server) ?? migrated(server)
  templates.set(server, template)
  const url = await server.database(await template)
  const opened: PostgresStore[] = []
  async function open(): Promise<PostgresStore> {
    const store = await openPostgres(url)
    opened.push(store)
    return store
  }
  return {
    url,
    store: await open(),
    reopen: async () => {
      for (const store of opened.splice(0)) await store[Symbol.asyncDispose]()
      return open()
    },
    beside: open,
    [Symbol.asyncDispose]: async () => {
      for (const store of opened) await store[Symbol.asyncDispose]()
    },
  }
}
