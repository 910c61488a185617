import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { Client } from 'pg'
import { describe, expect, it } from 'vitest'
import { SimplaneError } from '../../src/domain/error.ts'
import { migrate } from '../../src/store/postgres/migrations.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import { MIGRATIONS } from '../../src/store/postgres/schema.ts'
import { keyOf, seen, T0, takeFacts } from '../conformance/records.ts'
import { postgresForThisFile, postgresWorld } from './postgres-world.ts'

const server = postgresForThisFile()
const SECRET = 'p4ss:w0rd/secret'

async function refusal(url: string): Promise<SimplaneError> {
  try {
    await using _store = await openPostgres(url)
  } catch (error) {
    if (error instanceof SimplaneError) return error
    throw error
  }
  throw new Error('it was opened')
}

function withPassword(url: string, password: string): string {
  const other = new URL(url)
  other.password = encodeURIComponent(password)
  return other.href
}

async function client(url: string): Promise<Client & AsyncDisposable> {
  const connected = new Client({ connectionString: url })
  await connected.connect()
  return Object.assign(connected, { [Symbol.asyncDispose]: () => connected.end() })
}

describe('opening', () => {
  it('brings an empty database to the newest format, once, however many open it at once', async () => {
    const url = await server().database()
    const stores = await Promise.all([1, 2, 3].map(() => openPostgres(url)))
    expect(await server().query(url, "select value from meta where key = 'format'")).toEqual([
      { value: String(MIGRATIONS.length) },
    ])
    expect(await stores[0]!.request('reconcile', T0)).toBe(1)
    expect(await stores[2]!.requests()).toEqual([{ id: 1, trigger: 'reconcile' }])
    for (const store of stores) await store[Symbol.asyncDispose]()
  })

  it('refuses the database of a newer simplane, and leaves it as it is', async () => {
    await using world = await postgresWorld(server())
    await server().query(world.url, "update meta set value = '99' where key = 'format'")
    const error = await refusal(world.url)
    expect(error).toMatchObject({ code: 'store-newer', hint: expect.stringContaining('newer simplane') })
    expect(error.message).toContain('has format 99')
    expect(await server().query(world.url, "select value from meta where key = 'format'")).toEqual([
      { value: '99' },
    ])
  })

  it('refuses the database of another program, and makes no table in it', async () => {
    const url = await server().database()
    await server().query(url, 'create table theirs(a int)')
    expect((await refusal(url)).message).toContain('belongs to another program')
    expect(await server().query(url, "select to_regclass('step') as step")).toEqual([{ step: null }])
  })

  it('refuses an encoding that cannot hold every text', async () => {
    const url = await server().database()
    await server().query(
      url,
      "create database ascii template template0 encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'",
    )
    const ascii = new URL(url)
    ascii.pathname = '/ascii'
    expect(await refusal(ascii.href)).toMatchObject({ code: 'store-unwritable' })
    await server().query(url, 'drop database ascii')
  })

  it('says where nobody answers, and never the password', async () => {
    const listener = createServer().listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address() as AddressInfo
    listener.close()
    await once(listener, 'close')
    const error = await refusal(
      `postgres://ann:${encodeURIComponent(SECRET)}@127.0.0.1:${port}/fleet?sslmode=disable&password=${SECRET}`,
    )
    expect(error.code).toBe('store-busy')
    expect(error.message).toContain(`The PostgreSQL database fleet at 127.0.0.1:${port} cannot be reached`)
    expectNoSecret(error)
  })

  it('says that it was not let in, and never the password', async () => {
    await using world = await postgresWorld(server())
    const error = await refusal(withPassword(world.url, SECRET))
    expect(error).toMatchObject({ code: 'store-unwritable', hint: expect.stringContaining('password') })
    expectNoSecret(error)
  })

  it('says that the database is not there', async () => {
    const url = new URL(await server().database())
    url.pathname = '/nowhere'
    expect(await refusal(url.href)).toMatchObject({
      code: 'store-unwritable',
      message: expect.stringContaining('nowhere'),
    })
  })

  it('says that the server only lets read', async () => {
    await using world = await postgresWorld(server())
    const name = new URL(world.url).pathname.slice(1)
    await server().query(world.url, `alter database ${name} set default_transaction_read_only = on`)
    expect(await refusal(world.url)).toMatchObject({
      code: 'store-unwritable',
      message: expect.stringContaining('may be read but not written'),
    })
  })

  it('gives every connection back when it is closed, once or twice', async () => {
    const url = await server().database()
    const store = await openPostgres(url)
    await store.leadership.lead()
    await Promise.all([store.workSize(), store.observe('mdm', [seen()], takeFacts), store.counts()])
    await store[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await using watcher = await client(url)
    const left = `select count(*)::int as left from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`
    await expect.poll(async () => (await watcher.query(left)).rows).toEqual([{ left: 0 }])
  })
})

describe('trouble', () => {
  it('a full disk is told as such, and nothing of the transaction is there', async () => {
    await using world = await postgresWorld(server())
    await server().query(
      world.url,
      `create function full_disk() returns trigger language plpgsql as $$
         begin raise exception 'could not extend file' using errcode = '53100'; end $$;
       create trigger full_disk before insert on work for each row execute function full_disk()`,
    )
    await expect(world.store.observe('mdm', [seen()], takeFacts)).rejects.toMatchObject({
      code: 'store-unwritable',
      message: expect.stringContaining('no room left'),
    })
    expect(await world.store.scan(0, 9)).toEqual([])
  })

  it('a connection that breaks is told as such, and the next call has another', async () => {
    await using world = await postgresWorld(server())
    await world.store.request('reconcile', T0)
    const end = `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`
    const merge: typeof takeFacts = (before, observation) => takeFacts(before, observation)
    await server().query(world.url, end)
    const outcomes = await Promise.allSettled([
      world.store.observe('mdm', [seen()], merge),
      world.store.workSize(),
    ])
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'store-busy' })
    await world.store.observe('mdm', [seen()], merge)
    expect((await world.store.get([keyOf('d-1')])).length).toBe(1)
  })

  it('a deadlock is nobody’s trouble: the transaction runs again', async () => {
    await using world = await postgresWorld(server())
    await world.store.observe('mdm', [seen(), seen({ id: 'd-2' })], takeFacts)
    await using other = await client(world.url)
    await other.query('begin; set deadlock_timeout = 60000; select 1 from device where dev = 2 for update')
    // The store has the first device and waits for the second.
    const observed = world.store.observe(
      'mdm',
      [seen({ name: 'a' }), seen({ id: 'd-2', name: 'b' })],
      takeFacts,
    )
    const waits = "select count(*)::int as waits from pg_stat_activity where wait_event_type = 'Lock'"
    await expect.poll(async () => server().query(world.url, waits)).toEqual([{ waits: 1 }])
    await other.query('select 1 from device where dev = 1 for update; commit')
    expect(await observed).toEqual({ changed: 2 })
  })
})

describe('migrations', () => {
  it('one that fails leaves the format before it', async () => {
    await using world = await postgresWorld(server())
    await using db = await client(world.url)
    const more = [
      ...MIGRATIONS,
      'create table good(a int)',
      'create table half(a int); create table nonsense(',
    ]
    await expect(migrate(db, more)).rejects.toThrow('syntax error')
    const { rows } = await db.query(
      "select value, to_regclass('good')::text as good, to_regclass('half') as half from meta where key = 'format'",
    )
    expect(rows).toEqual([{ value: String(MIGRATIONS.length + 1), good: 'good', half: null }])
  })

  it('give every database an epoch of its own', async () => {
    const epochs = new Set<unknown>()
    for (const url of [await server().database(), await server().database()]) {
      await (await openPostgres(url))[Symbol.asyncDispose]()
      epochs.add((await server().query(url, "select value from meta where key = 'epoch'"))[0]?.['value'])
    }
    expect(epochs.size).toBe(2)
  })
})

function expectNoSecret(error: SimplaneError): void {
  const told = inspect(error, { depth: 9, showHidden: true }) + (error.stack ?? '')
  for (const secret of [SECRET, encodeURIComponent(SECRET)]) expect(told).not.toContain(secret)
}
