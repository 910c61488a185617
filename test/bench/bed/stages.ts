import { createHash } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { openStore } from '../../../src/store/sqlite/open.ts'
import { documentsOf } from '../data/documents.ts'
import { fleetOf, type Look } from '../data/fleet.ts'
import { fleetDriver } from './driver.ts'
import { benchClock, partsOf, pass } from './parts.ts'
import { memorySource } from './source.ts'

/**
 * Where a figure begins. `observed`: every device was listed once and has nothing, no revision was ever read.
 * `planned`: after it a revision, every device with its install ready. `served`: every device has what is wanted of it,
 * and an inventory has seen it so.
 */
export type Stage = 'observed' | 'planned' | 'served'

/** The folder in which databases of this size are kept; another one after any change of the code that makes them. */
export function cacheFor(devices: number): string {
  const all = join(tmpdir(), 'simplane-bench')
  const own = `${devices}-${codeDigest()}`
  mkdirSync(join(all, own), { recursive: true })
  for (const name of readdirSync(all))
    if (name.startsWith(`${devices}-`) && name !== own)
      rmSync(join(all, name), { recursive: true, force: true })
  return join(all, own)
}

function codeDigest(): string {
  const hash = createHash('sha256')
  for (const folder of ['../../../src', '../data', '.']) {
    const base = resolve(import.meta.dirname, folder)
    for (const name of readdirSync(base, { recursive: true, encoding: 'utf8' }).sort())
      if (/\.[jt]s$/.test(name)) hash.update(name).update(readFileSync(join(base, name)))
  }
  return hash.digest('hex').slice(0, 12)
}

export function isBuilt(cache: string, stage: Stage): boolean {
  return existsSync(join(cache, `${stage}.db`))
}

/** Builds a stage, and those it begins with. */
export async function build(cache: string, devices: number, stage: Stage): Promise<void> {
  if (isBuilt(cache, stage)) return
  const half = join(cache, `${stage}.half`)
  rmSync(half, { force: true })
  if (stage === 'planned') {
    await build(cache, devices, 'observed')
    copyDatabase(join(cache, 'observed.db'), half)
  }
  await advance(half, devices, stage)
  settleFiles(half)
  renameSync(half, join(cache, `${stage}.db`))
}

async function advance(path: string, devices: number, stage: Stage): Promise<void> {
  const fleet = fleetOf(devices)
  const look: Look = { phase: stage === 'served' ? 'served' : 'bare' }
  await using store = await openStore(path)
  const source = memorySource(documentsOf(fleet.shape))
  const parts = partsOf({
    store,
    source,
    driver: fleetDriver(fleet, look),
    clock: benchClock(),
    place: { kind: 'sqlite', path },
  })
  const { counts } = await pass(parts, { read: stage !== 'observed', observe: stage !== 'planned' })
  const wrong =
    (stage !== 'planned' && counts.changed !== devices) ||
    (stage !== 'observed' && counts.planned !== devices) ||
    (stage === 'served' && counts.steps > 0)
  if (wrong) throw new Error(`stage ${stage} came out wrong: ${JSON.stringify(counts)}`)
  // Planning has learned something of every record since: a later inventory finds what one more has noted.
  if (stage === 'served') await pass(parts, { read: false, observe: true })
}

/** One file and no journal beside it, on the disk. */
function settleFiles(path: string): void {
  const db = new Database(path)
  db.pragma('wal_checkpoint(truncate)')
  db.pragma('journal_mode = delete')
  db.close()
}

/** A copy of a stage to write to. */
export function copyStage(cache: string, stage: Stage, folder: string): string {
  const path = join(folder, `${stage}.db`)
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
  copyDatabase(join(cache, `${stage}.db`), path)
  return path
}

/** Copies, and waits for the disk: else the first commit that is measured would pay for the copy. */
function copyDatabase(from: string, to: string): void {
  copyFileSync(from, to)
  const file = openSync(to, 'r+')
  fsyncSync(file)
  closeSync(file)
}
