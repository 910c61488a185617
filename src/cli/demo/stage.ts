import { mkdtemp, mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { simpleGit, type SimpleGit } from 'simple-git'
import { ALONE } from '../../domain/leadership.ts'
import { DAY, type Clock } from '../../domain/time.ts'
import type { Store } from '../../domain/store.ts'
import { openSimulator, type Simulator } from '../../drivers/simulator/simulator.ts'
import { NO_LOG } from '../../log/winston.ts'
import { runLoop } from '../../reconcile/loop.ts'
import { NO_SCREEN, type Parts, type Screen } from '../../reconcile/parts.ts'
import { openGitSource } from '../../source/git.ts'
import { openStore } from '../../store/sqlite/open.ts'

/** A small world of its own in a temporary folder: a git repository, a simulated fleet, a store. */
export type Stage = AsyncDisposable & {
  readonly folder: string
  readonly repo: string
  readonly store: Store
  readonly simulator: Simulator
  /** Writes files and commits them. */
  commit(message: string, files: Readonly<Record<string, string>>): Promise<void>
  /** Reconciles until nothing is ready and nothing under way; a screen may watch. */
  settle(screen?: Partial<Screen>): Promise<void>
}

export async function openStage(clock: Clock, signal: AbortSignal, devices: number): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'simplane-demo-'))
  const repo = join(folder, 'esim')
  await mkdir(join(repo, 'desired-state'), { recursive: true })
  await mkdir(join(folder, 'state'))
  const git = await repository(repo)
  const stack = new AsyncDisposableStack()
  const store = stack.use(await openStore(join(folder, 'state', 'simplane.db')))
  const dials = { latency: { min: 150, max: 1_500 } }
  const simulator = stack.use(
    await openSimulator({ path: join(folder, 'state', 'simulator.db'), devices, seed: 7, clock, dials }),
  )
  const source = stack.use(
    await openGitSource({
      repo,
      ref: 'main',
      path: 'desired-state',
      mirror: join(folder, 'state', 'mirror.git'),
    }),
  )
  const parts: Parts = {
    store,
    source,
    drivers: [simulator],
    clock,
    log: NO_LOG,
    screen: NO_SCREEN,
    ignore: [],
    ceiling: 'enforce',
    program: 'demo',
    history: 90 * DAY,
    leadership: ALONE,
  }
  await writeFile(join(folder, 'simplane.yaml'), SETTINGS)
  return {
    folder,
    repo,
    store,
    simulator,
    async commit(message, files) {
      for (const [path, text] of Object.entries(files)) {
        const file = join(repo, 'desired-state', path)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, text)
      }
      await git.raw('add', '--all')
      await git.raw('commit', '--quiet', '--message', message)
    },
    settle: (screen = {}) =>
      runLoop(
        { ...parts, screen: { ...NO_SCREEN, ...screen } },
        { schedule: '0 0 1 1 *', watch: false, untilSettled: true, signal },
      ),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** So that simplane status and explain work in the folder afterwards. */
const SETTINGS = `apiVersion: simplane/v1
kind: Settings
source: { repo: ./esim, ref: main, path: desired-state }
store: ./state/simplane.db
drivers: [{ name: simulator, kind: simulator, path: ./state/simulator.db }]
`

async function repository(folder: string): Promise<SimpleGit> {
  const git = simpleGit(folder)
  await git.raw('init', '--quiet', '--initial-branch=main')
  await git.raw('config', 'user.name', 'Jane Doe')
  await git.raw('config', 'user.email', 'jane.doe@acme.example')
  await git.raw('config', 'commit.gpgsign', 'false')
  return git
}
