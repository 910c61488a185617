import { performance } from 'node:perf_hooks'
import pg from 'pg'

const BATCH = 1_000

/** Bare PostgreSQL with one narrow row a device: the least that a store on it could do for the same work. */
export type BarePostgres = AsyncDisposable & {
  /** Reads these rows and gives each so many steps, a batch a transaction; the milliseconds it took. */
  plan(devs: readonly number[], steps: number): Promise<number>
}

/** Makes the tables in an empty database. */
export async function barePostgres(url: string, devices: number): Promise<BarePostgres> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`create table device(dev integer primary key, version integer not null, digest integer not null);
    create table step(dev integer, n integer, kind integer, state integer, spec integer, primary key(dev, n))`)
  await client.query('insert into device select dev, 1, 1 from generate_series(1, $1) as dev', [devices])
  await client.query('analyze')
  let turn = 0
  return {
    async plan(devs, steps) {
      turn += steps
      const start = performance.now()
      for (let at = 0; at < devs.length; at += BATCH) {
        const some = devs.slice(at, at + BATCH)
        await client.query('begin')
        await client.query({
          name: 'read',
          text: 'select dev, version, digest from device where dev = any($1::int[])',
          values: [some],
        })
        for (let n = 0; n < steps; n += 1)
          await client.query({
            name: 'write',
            text: 'insert into step select unnest($1::int[]), $2, 1, 1, 1',
            values: [some, turn + n],
          })
        await client.query('commit')
      }
      return performance.now() - start
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}
