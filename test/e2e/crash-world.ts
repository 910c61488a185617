import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openRecordedState } from '../../src/app.ts'
import { systemClock } from '../../src/clock.ts'
import type { DeviceRecord } from '../../src/domain/device.ts'
import { specIdentity } from '../../src/domain/esim.ts'
import type { Store } from '../../src/domain/store.ts'
import { openSimulator, type Simulator } from '../../src/drivers/simulator/simulator.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import { crashSetting, type CallDeath } from './crash-setting.ts'
import type { Chapter } from './crash-story.ts'

const CHILD = fileURLToPath(new URL('./crash-child.ts', import.meta.url))
const POSTGRES_CHILD = fileURLToPath(new URL('./crash-postgres-child.ts', import.meta.url))

/** A chapter takes seconds; what takes longer waits for something that will not come. */
const LONGEST_LIFE = 40_000

/** When a life ends before its time: at a call, or so many ms after it opened everything. */
export type Death = CallDeath | { readonly after: number }

/** A world in a folder, in which processes live and die. */
export type CrashWorld = AsyncDisposable & {
  /** Begins a chapter, with no process alive. */
  begin(chapter: Chapter): Promise<void>
  /** One process: true when it was killed, false when it had settled everything before. */
  life(death?: Death): Promise<boolean>
  /** What can be seen in the end. */
  end(): Promise<End>
}

export type End = {
  /** By MDM id: what the recorded state, the device's own log and the truth of the device say. */
  readonly devices: Readonly<Record<string, object>>
  readonly verdicts: object
  readonly open: object
  /** Commands that took effect more than once. */
  readonly twice: readonly string[]
  /** Commands the devices heard of. */
  readonly commands: number
}

/** `url`: of an empty PostgreSQL database; absent: on SQLite. */
export async function openCrashWorld(url?: string): Promise<CrashWorld> {
  const base = await mkdtemp(join(tmpdir(), 'simplane-crash-'))
  await mkdir(join(base, 'desired-state'))
  const setting = crashSetting(base)
  const fleet = setting.settings.drivers.find((each) => each.kind === 'simulator')
  const openFleet = (): Promise<Simulator> =>
    openSimulator({
      path: join(base, 'simulator.db'),
      devices: fleet?.devices ?? 0,
      seed: fleet?.seed ?? 1,
      clock: systemClock,
    })
  return {
    async begin(chapter) {
      await writeChapter(join(base, 'desired-state'), chapter)
      await using simulator = await openFleet()
      chapter.stir?.(simulator)
    },
    life: (death) =>
      url === undefined ? live(CHILD, [base], death) : live(POSTGRES_CHILD, [base, url], death),
    async end() {
      await using store = await (url === undefined ? openRecordedState(setting) : openPostgres(url))
      await using simulator = await openFleet()
      return await endOf(store, simulator)
    },
    [Symbol.asyncDispose]: () => rm(base, { recursive: true, force: true }),
  }
}

/** Writes what a chapter changes in the folder of the desired state. */
export async function writeChapter(tree: string, { files }: Chapter): Promise<void> {
  for (const [path, text] of Object.entries(files?.(new Date()) ?? {})) {
    const file = join(tree, path)
    if (text === undefined) await rm(file)
    else await writeFile(file, text)
  }
}

/** What can be seen of a store and its fleet. */
export async function endOf(store: Store, simulator: Simulator): Promise<End> {
  const stored = await store.scan(0, 1_000)
  const { observations } = await simulator.observe()
  const truth = new Map(observations.map(({ facts }) => [facts.id, seenOf(facts)]))
  const devices = stored.map(({ record, status }) => [
    record.id,
    {
      recorded: { ...seenOf(record), owed: record.eraseOwed, released: record.released?.retirement },
      truth: truth.get(record.id),
      verdict: status.verdict,
      // Failures too: a step sent twice under two ids would show as one.
      log: simulator
        .log(record.id)
        .map(({ kind, configuration = '', result }) => `${kind} ${configuration} ${result}`),
    },
  ])
  const log = simulator.log()
  const done = log.filter(({ result }) => result === 'done').map(({ command }) => command)
  const { byVerdict, open } = await store.counts()
  return {
    devices: Object.fromEntries(devices) as Record<string, object>,
    verdicts: byVerdict,
    open,
    twice: done.filter((command, at) => done.indexOf(command) !== at),
    commands: new Set(log.map(({ command }) => command)).size,
  }
}

async function live(script: string, words: readonly string[], death: Death | undefined): Promise<boolean> {
  const atCall = death !== undefined && 'calls' in death ? [JSON.stringify(death)] : []
  const child = fork(script, [...words, ...atCall], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let said = ''
  child.stderr?.on('data', (text: Buffer) => (said += text.toString()))
  const exited = once(child, 'exit')
  let timer: NodeJS.Timeout | undefined
  if (death !== undefined && 'after' in death) {
    child.once('message', () => (timer = setTimeout(() => child.kill('SIGKILL'), death.after)))
  } else {
    timer = setTimeout(() => child.kill('SIGTERM'), LONGEST_LIFE)
  }
  const [code, signal] = (await exited) as [number | null, string | null]
  clearTimeout(timer)
  if (signal === 'SIGKILL') return true
  if (signal === 'SIGTERM') throw new Error('a step stays under way for ever')
  if (code !== 0) throw new Error(`a process ended by itself with code ${code}:\n${said}`)
  return false
}

type Seen = Pick<DeviceRecord, 'registration' | 'installed' | 'esims'>

function seenOf({ registration, installed, esims }: Seen): object {
  return {
    registration,
    installed:
      installed === 'unknown'
        ? installed
        : installed.map((entry) => `${entry.configuration} ${specIdentity(entry.spec)}`).sort(),
    esims:
      esims === 'unknown'
        ? esims
        : esims.map((esim) => `${esim.iccid} ${esim.source?.identity ?? 'foreign'}`).sort(),
  }
}
