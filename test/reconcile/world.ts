import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Mode } from '../../src/domain/desired.ts'
import type { DeviceFacts } from '../../src/domain/device.ts'
import type { Driver, Observation } from '../../src/domain/driver.ts'
import type { Finding } from '../../src/domain/finding.ts'
import { ALONE } from '../../src/domain/leadership.ts'
import type { Source } from '../../src/domain/source.ts'
import type { Store } from '../../src/domain/store.ts'
import type { StoredDevice } from '../../src/domain/stored-device.ts'
import { DAY, MINUTE, type Duration } from '../../src/domain/time.ts'
import {
  openSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/drivers/simulator/simulator.ts'
import { NO_LOG } from '../../src/log/winston.ts'
import type { Planner } from '../../src/reconcile/ahead.ts'
import { NO_SCREEN, type Parts, type PassPlan, type Screen } from '../../src/reconcile/parts.ts'
import { reconcile, work, type PassResult } from '../../src/reconcile/reconcile.ts'
import { openWorkingTree } from '../../src/source/working-tree.ts'
import { openStore } from '../../src/store/sqlite/open.ts'
import { testClock, type TestClock } from '../clock.ts'

export const START = Date.parse('2026-11-23T08:00:00Z')

/** A whole small simplane on a set clock: a folder of desired state, a store, a simulated fleet. */
export type World = {
  readonly folder: string
  readonly parts: Parts
  readonly store: Store
  readonly simulator: Simulator
  readonly clock: TestClock
  /** Findings of revisions that were refused. */
  readonly refusals: Finding[]
  /** What passes that had something to tell have planned. */
  readonly planned: PassPlan[]
  /** What whoever watches was told of trouble. */
  readonly trouble: string[]
  /** Writes files below the source path; `undefined` removes one. */
  write(files: Readonly<Record<string, string | undefined>>): Promise<void>
  /** One pass. */
  pass(): Promise<void>
  /** Passes and turns, with time going on as needed, until nothing is ready and nothing under way. */
  settle(): Promise<void>
  /** One turn of the executor for what is in force, without a pass. */
  turn(): Promise<void>
  /** So much time of a running service: a pass every so often (ten minutes), and a turn whenever something is due. */
  live(duration: Duration, every?: Duration): Promise<void>
  /** Closes the store and opens it again, as a restart does. */
  restart(): Promise<void>
  device(name: string): Promise<StoredDevice>
}

export type WorldOptions = Partial<SimulatorOptions> & {
  /** What the MDM says of a device, altered. */
  readonly facts?: (facts: DeviceFacts) => DeviceFacts
  readonly ceiling?: Mode
  /** Where the desired state comes from, and what time it is. Default: a folder of its own, a clock of its own. */
  readonly source?: Source
  readonly clock?: TestClock
  /** Opens its store, and again after a restart. Default: SQLite in its folder. */
  readonly store?: () => Promise<Store>
  /** Plans ahead on its database. Default: planning and writing take turns. */
  readonly planner?: (path: string) => Planner
}

export async function openWorld({
  facts,
  ceiling = 'enforce',
  store: given,
  source: givenSource,
  planner,
  clock = testClock(START),
  ...options
}: WorldOptions = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'simplane-world-'))
  const tree = join(folder, 'desired-state')
  await mkdir(tree)
  const simulator = await openSimulator({ path: join(folder, 'simulator.db'), clock, ...options })
  const driver = facts === undefined ? simulator : altered(simulator, facts)
  const source = givenSource ?? openWorkingTree({ path: tree })
  const refusals: Finding[] = []
  const planned: PassPlan[] = []
  const trouble: string[] = []
  const screen: Screen = {
    ...NO_SCREEN,
    showsFleet: true,
    refused: (findings) => void refusals.push(...findings),
    planned: (plan) => void planned.push(plan),
    trouble: (message) => void trouble.push(message),
  }
  const database = join(folder, 'simplane.db')
  const openIts = given ?? (() => openStore(database))
  let store = await openIts()
  const parts = (): Parts => ({
    store,
    source,
    drivers: [driver],
    clock,
    log: NO_LOG,
    screen,
    ignore: [],
    ceiling,
    program: 'test',
    history: 90 * DAY,
    leadership: ALONE,
    ...(planner === undefined ? {} : { planner: planner(database) }),
  })
  onTestFinished(async () => {
    await source[Symbol.asyncDispose]()
    await simulator[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })
  const signal = new AbortController().signal
  const pass = (): Promise<PassResult> =>
    reconcile(parts(), { trigger: 'test', read: true, observe: true, signal })
  async function turn(): Promise<void> {
    const inForce = await store.inForce()
    if (inForce !== undefined) await work(parts(), { run: 1, inForce }, signal)
  }
  return {
    folder,
    simulator,
    clock,
    refusals,
    planned,
    trouble,
    get parts() {
      return parts()
    },
    get store() {
      return store
    },
    async write(files) {
      for (const [path, text] of Object.entries(files)) {
        const file = join(tree, path)
        await mkdir(dirname(file), { recursive: true })
        if (text === undefined) await rm(file)
        else await writeFile(file, text)
      }
    },
    async pass() {
      await pass()
    },
    async settle() {
      const { run, inForce } = await pass()
      if (inForce === undefined) return
      for (let turns = 0; turns < 10_000; turns += 1) {
        await work(parts(), { run, inForce }, signal)
        const { open } = await store.counts()
        if (open.ready + open.underWay === 0) return
        const now = clock.now()
        const due = (await store.nextDue(now)) ?? now + 1_000
        await clock.advance(Math.max(50, due - now))
      }
      throw new Error(`never settled: ${JSON.stringify((await store.counts()).open)}`)
    },
    turn,
    async live(duration, every = 10 * MINUTE) {
      const until = clock.now() + duration
      let nextPass = clock.now()
      while (clock.now() < until) {
        if (clock.now() >= nextPass) {
          await pass()
          nextPass = clock.now() + every
        }
        await turn()
        const now = clock.now()
        const due = (await store.nextDue(now)) ?? Infinity
        await clock.advance(Math.max(50, Math.min(due, nextPass, until) - now))
      }
    },
    async restart() {
      await store[Symbol.asyncDispose]()
      store = await openIts()
    },
    async device(name) {
      const found = (await store.find(name, 10)).filter(({ record }) => record.registration === 'active')
      if (found[0] === undefined) throw new Error(`no active device ${name}`)
      return found[0]
    },
  }
}

/** The same MDM, which says something else of its devices. */
function altered(driver: Driver, facts: (facts: DeviceFacts) => DeviceFacts): Driver {
  const change = (seen: Observation): Observation => ({ ...seen, facts: facts(seen.facts) })
  return {
    ...driver,
    async observe(cursor) {
      const page = await driver.observe(cursor)
      return { ...page, observations: page.observations.map(change) }
    },
    async look(id) {
      const seen = await driver.look(id)
      return seen === undefined ? undefined : change(seen)
    },
  }
}

/** Effects on devices since `from`, as text: what a device's own log tells. */
export function effects(simulator: Simulator, id?: string): string[] {
  return simulator
    .log(id)
    .map((entry) =>
      [entry.kind, entry.configuration, entry.result].filter((each) => each !== undefined).join(' '),
    )
}

export const LAPTOPS = `apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: acme-laptops }
spec:
  windows: { serverName: smdp.acme.example }
  distribution: { to: custom, groups: [paris] }
`
export const PARIS = `apiVersion: simplane/v1
kind: DeviceGroup
metadata: { name: paris }
spec: { selector: { mdmGroups: [SG-Laptops-Paris] } }
`
export const UNLIMITED = `apiVersion: simplane/v1
kind: Policy
metadata: { name: default }
spec: { budgets: { reset: unlimited, uninstall: unlimited, delete-record: unlimited } }
`
