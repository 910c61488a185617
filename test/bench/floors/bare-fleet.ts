import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Stopwatch } from '../measure.ts'

/** Rows a transaction, as the reconciler's batches. */
const BATCH = 1_000

/**
 * Bare SQLite with the settings of the store and one narrow row a device: the least that any store could do for the same
 * work. Every method gives the milliseconds it took.
 */
export type BareFleet = Disposable & {
  /** Reads these rows and gives each so many steps, with a commit a batch. */
  plan(devs: readonly number[], steps: number): Promise<number>
  /** Reads these rows and notes that they were seen. */
  see(devs: readonly number[]): Promise<number>
  /** Reads these rows, writes another digest and text, and puts them on a worklist. */
  change(devs: readonly number[]): Promise<number>
  /** Writes a row for each of so many devices that were not there. */
  insert(count: number): Promise<number>
  /** Gives steps an end and puts their devices on the worklist, `group` of them a commit. */
  settle(devs: readonly number[], group: number): Promise<number>
  /** Reads every row and gives its text. */
  scan(each: (facts: string) => void): Promise<number>
  /** `count` commits of one row. */
  commit(count: number): Promise<number>
}

type BareRow = readonly [dev: number, version: number, digest: number, wanted: number, facts: string]

const SCHEMA = `
create table device(dev integer primary key, version integer not null, digest integer not null, wanted integer not null, facts text not null) strict;
create table seen(dev integer primary key, at integer not null) strict;
create table step(dev integer not null, n integer not null, kind integer not null, state integer not null, spec integer not null, primary key(dev, n)) strict, without rowid;
create table work(dev integer primary key) strict;
create table run(id integer primary key, at integer not null) strict;
`

/** `facts`: the text beside each row, as long as the one the store keeps where the figure needs it. */
export function bareFleet(folder: string, devices: number, facts = ''): BareFleet {
  const path = join(folder, 'bare.db')
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
  const db = new Database(path)
  for (const pragma of [
    'journal_mode = wal',
    'synchronous = full',
    'cache_size = -64000',
    'temp_store = memory',
    'wal_autocheckpoint = 16000',
  ])
    db.pragma(pragma)
  db.exec(SCHEMA)
  const rowOf = db
    .prepare<[number]>('select dev, version, digest, wanted, facts from device where dev = ?')
    .raw()
  const insertDevice = db.prepare<[number, string]>('insert into device values(?, 1, 1, 1, ?)')
  const insertSeen = db.prepare<[number]>('insert into seen values(?, 1)')
  const insertStep = db.prepare<[number, number]>('insert into step values(?, ?, 1, 1, 1)')
  const updateSeen = db.prepare<[number]>('update seen set at = at + 1 where dev = ?')
  const updateDevice = db.prepare<[string, number]>(
    'update device set version = version + 1, digest = digest + 1, facts = ? where dev = ?',
  )
  const endStep = db.prepare<[number]>('update step set state = state + 1 where dev = ? and n = 1')
  const enlist = db.prepare<[number]>('insert or ignore into work values(?)')
  const insertRun = db.prepare<[]>('insert into run(at) values(1)')
  const all = db.prepare<[], BareRow>('select dev, version, digest, wanted, facts from device').raw()

  async function inBatches(
    devs: readonly number[],
    size: number,
    work: (dev: number) => void,
  ): Promise<number> {
    const watch = new Stopwatch()
    const batch = db.transaction((some: readonly number[]) => {
      for (const dev of some) work(dev)
    })
    await watch.time(() => {
      for (let at = 0; at < devs.length; at += size) batch.immediate(devs.slice(at, at + size))
    })
    return watch.milliseconds
  }

  const everybody = Array.from({ length: devices }, (_, at) => at + 1)
  db.transaction(() => {
    for (const dev of everybody) {
      insertDevice.run(dev, facts)
      insertSeen.run(dev)
      insertStep.run(dev, 1)
    }
  }).immediate()
  db.pragma('wal_checkpoint(truncate)')
  let next = devices
  let turn = 1

  return {
    plan(devs, steps) {
      turn += steps
      return inBatches(devs, BATCH, (dev) => {
        rowOf.get(dev)
        for (let n = 0; n < steps; n += 1) insertStep.run(dev, turn + n)
      })
    },
    see: (devs) =>
      inBatches(devs, BATCH, (dev) => {
        rowOf.get(dev)
        updateSeen.run(dev)
      }),
    change: (devs) =>
      inBatches(devs, BATCH, (dev) => {
        rowOf.get(dev)
        updateDevice.run(facts, dev)
        enlist.run(dev)
      }),
    insert(count) {
      const fresh = Array.from({ length: count }, () => (next += 1))
      return inBatches(fresh, BATCH, (dev) => {
        insertDevice.run(dev, facts)
        insertSeen.run(dev)
        enlist.run(dev)
      })
    },
    settle: (devs, group) =>
      inBatches(devs, group, (dev) => {
        rowOf.get(dev)
        endStep.run(dev)
        updateDevice.run(facts, dev)
        enlist.run(dev)
      }),
    async scan(each) {
      const watch = new Stopwatch()
      await watch.time(() => {
        for (const row of all.iterate()) each(row[4])
      })
      return watch.milliseconds
    },
    commit: (count) =>
      inBatches(
        Array.from({ length: count }, () => 0),
        1,
        () => void insertRun.run(),
      ),
    [Symbol.dispose]() {
      db.close()
    },
  }
}
