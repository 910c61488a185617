import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Source } from '../../../src/domain/source.ts'
import type { Store } from '../../../src/domain/store.ts'
import { readOrKeep } from '../../../src/reconcile/read.ts'
import { openStore } from '../../../src/store/sqlite/open.ts'
import { fleetDriver } from '../bed/driver.ts'
import { benchClock, partsOf } from '../bed/parts.ts'
import { makeRepository, type Repository } from '../bed/repository.ts'
import { manyDocuments } from '../data/documents.ts'
import { fleetOf } from '../data/fleet.ts'
import type { Bed, Figure, Opened, Reading } from '../figure.ts'
import { bareRead } from '../floors/git.ts'
import { Stopwatch } from '../measure.ts'

const CHANGED = 5

/** From git to a desired state in force. 10,000 files at a million devices, fewer at smaller sizes. */
export const REVISIONS: readonly Figure[] = [
  {
    name: 'revision-cold',
    title: 'revision of 10,000 files, cold',
    unit: 'ms',
    goal: 3_500,
    stages: [],
    floor: 'git names, lists and reads every file',
    cold: true,
    open: cold,
  },
  {
    name: 'revision-changed',
    title: 'revision of 10,000 files, 5 changed',
    unit: 'ms',
    goal: 100,
    stages: [],
    floor: 'git names, lists and reads 5 files',
    open: changed,
  },
  {
    name: 'revision-restart',
    title: 'revision of 10,000 files, 1 changed, after a restart',
    unit: 'ms',
    goal: 250,
    stages: [],
    floor: 'git names, lists and reads 1 file',
    open: restarted,
  },
]

/** No mirror, no database: clone, read and parse everything. */
async function cold(bed: Bed): Promise<Opened> {
  const repository = repositoryOf(bed)
  let runs = 0
  return {
    async run() {
      runs += 1
      const watch = new Stopwatch()
      const reader = await watch.time(() => openReader(bed, repository, `cold-${runs}`))
      const files = await watch.time(() => read(reader))
      await close(reader)
      return { value: watch.milliseconds, did: { files } }
    },
    floor: () => floorOf(repository, Infinity),
  }
}

async function changed(bed: Bed): Promise<Opened> {
  const repository = repositoryOf(bed)
  const reader = await openReader(bed, repository, 'changed')
  bed.stack.defer(() => close(reader))
  await read(reader)
  let edits = 0
  return {
    async run() {
      edits += CHANGED
      repository.commit(manyDocuments(filesOf(bed), edits))
      const watch = new Stopwatch()
      const files = await watch.time(() => read(reader))
      return { value: watch.milliseconds, did: { files, changed: CHANGED } }
    },
    floor: () => floorOf(repository, CHANGED),
  }
}

/** A new store and source on what the last ones left: a program that was started again and finds one more commit. */
async function restarted(bed: Bed): Promise<Opened> {
  const repository = repositoryOf(bed)
  const before = await openReader(bed, repository, 'restart')
  await read(before)
  await close(before)
  let edits = 0
  return {
    async run() {
      edits += 1
      repository.commit(manyDocuments(filesOf(bed), edits))
      const watch = new Stopwatch()
      const reader = await watch.time(() => openReader(bed, repository, 'restart'))
      const files = await watch.time(() => read(reader))
      await close(reader)
      return { value: watch.milliseconds, did: { files, changed: 1 } }
    },
    floor: () => floorOf(repository, 1),
  }
}

type Reader = { readonly store: Store; readonly source: Source; readonly bed: Bed; readonly path: string }

async function openReader(bed: Bed, repository: Repository, name: string): Promise<Reader> {
  const path = join(bed.folder, `${name}.db`)
  return {
    path,
    store: await openStore(path),
    source: await repository.open(`${name}.git`),
    bed,
  }
}

/** Reads the newest revision and puts it in force; gives how many files it had. */
async function read({ store, source, bed, path }: Reader): Promise<number> {
  const driver = fleetDriver(fleetOf(bed.devices), { phase: 'bare' })
  const place = { kind: 'sqlite', path } as const
  const { inForce, moved } = await readOrKeep(partsOf({ store, source, driver, place, clock: benchClock() }))
  if (!moved || inForce === undefined) throw new Error('the new revision was not put in force')
  return inForce.desired.groups.length + 1
}

async function close({ store, source }: Reader): Promise<void> {
  await source[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
}

function filesOf({ devices }: Bed): number {
  return Math.max(100, Math.round(devices / 100))
}

function repositoryOf(bed: Bed): Repository {
  const repository = makeRepository(bed.folder, manyDocuments(filesOf(bed)))
  bed.stack.defer(() => rmSync(repository.folder, { recursive: true, force: true }))
  return repository
}

async function floorOf({ folder }: Repository, blobs: number): Promise<Reading> {
  return { value: await bareRead(folder, (all) => all.slice(0, blobs)), did: {} }
}
