import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/clock.ts'
import { openSimulator, type Simulator } from '../../src/drivers/simulator/simulator.ts'
import { openWorkingTree } from '../../src/source/working-tree.ts'
import { openPostgres, type PostgresStore } from '../../src/store/postgres/open.ts'
import { endOf, writeChapter, type End } from './crash-world.ts'
import type { Chapter } from './crash-story.ts'

const CHILD = fileURLToPath(new URL('./replica-child.ts', import.meta.url))

/** The fleet that every process sees. */
export const FLEET = { devices: 84, seed: 7, dials: { latency: { min: 5, max: 40 } } } as const

/** What takes longer waits for something that will not come. */
const LONGEST = 90_000

/** Several processes on one database and one fleet. */
export type ReplicaWorld = AsyncDisposable & {
  /** Begins a chapter, while everybody works. */
  begin(chapter: Chapter): Promise<void>
  /** Until what is in the folder is in force and seen on the devices, and nothing is ready, under way or to be planned. */
  settled(): Promise<void>
  /** Kills a process without a word; another one is started in its place. */
  kill(index: number): Promise<void>
  /** Stops a process for so many ms where it stands, and lets it go on. */
  pause(index: number, ms: number): Promise<void>
  /** The index of the process that leads; absent: nobody just now. */
  leading(): Promise<number | undefined>
  /** How often the lead has changed hands. */
  terms(): Promise<number>
  end(): Promise<End>
}

export async function openReplicas(url: string, processes: number): Promise<ReplicaWorld> {
  const base = await mkdtemp(join(tmpdir(), 'simplane-replicas-'))
  const tree = join(base, 'desired-state')
  await mkdir(tree)
  const openFleet = (): Promise<Simulator> =>
    openSimulator({ ...FLEET, path: join(base, 'simulator.db'), clock: systemClock })
  await (await openFleet())[Symbol.asyncDispose]()
  const store = await openPostgres(url)
  const children = await Promise.all(Array.from({ length: processes }, () => start(base, url)))
  return {
    async begin(chapter) {
      await writeChapter(tree, chapter)
      await using simulator = await openFleet()
      chapter.stir?.(simulator)
    },
    settled: () => untilSettled(store, tree),
    async kill(index) {
      await killed(children[index])
      children[index] = await start(base, url)
    },
    async pause(index, ms) {
      const child = children[index]
      child?.kill('SIGSTOP')
      await sleep(ms)
      child?.kill('SIGCONT')
    },
    async leading() {
      const leader = await store.leadership.leader()
      const at = children.findIndex(({ pid }) => leader?.startsWith(`process ${pid} on `) === true)
      return at < 0 ? undefined : at
    },
    async terms() {
      const term = await store.leadership.lead()
      return term ?? 0
    },
    async end() {
      for (const child of children) {
        const exited = once(child, 'exit')
        child.kill('SIGTERM')
        await exited
      }
      await using simulator = await openFleet()
      return await endOf(store, simulator)
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(children.map(killed))
      await store[Symbol.asyncDispose]()
      await rm(base, { recursive: true, force: true })
    },
  }
}

async function start(base: string, url: string): Promise<ChildProcess> {
  const child = fork(CHILD, [base, url], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const [word] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown]
  if (word !== 'open') throw new Error(`a process ended before it began, with ${String(word)}`)
  return child
}

async function killed(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

async function untilSettled(store: PostgresStore, tree: string): Promise<void> {
  await using source = openWorkingTree({ path: tree })
  const wanted = (await source.head()).revision.id
  const began = Date.now()
  const until = began + LONGEST
  for (let calm = 0; calm < 3;) {
    await sleep(300)
    const { ready, underWay } = await store.unsettled()
    const inForce = await store.inForce()
    const still = ready + underWay + (await store.workSize()) === 0
    // Nobody may have noticed yet what was done to devices: a whole inventory has to have passed.
    const seen = (await store.inventories()).some(
      (each) => each.complete && each.startedAt > began && each.endedAt !== undefined,
    )
    calm = still && seen && inForce?.revision.id === wanted ? calm + 1 : 0
    if (Date.now() > until) throw new Error(`never settled: ${ready} ready, ${underWay} under way`)
  }
}
