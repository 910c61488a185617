import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { recordKey } from '../../../../src/domain/device.ts'
import type { Command, CommandId, Driver, SentKind } from '../../../../src/domain/driver.ts'
import type { EsimSpec } from '../../../../src/domain/esim.ts'
import { MINUTE, SECOND } from '../../../../src/domain/time.ts'
import type { SimpleMdmOptions } from '../../../../src/drivers/simplemdm/options.ts'
import { openSimpleMdm } from '../../../../src/drivers/simplemdm/simplemdm.ts'
import { testClock, type TestClock } from '../../../clock.ts'
import { openFakeSimpleMdm, type FakeDevice, type FakeSimpleMdm } from './simplemdm.ts'

/** The driver, the SimpleMDM it drives, and the devices behind that. */
export type SimpleMdmWorld = AsyncDisposable & {
  readonly clock: TestClock
  readonly fake: FakeSimpleMdm
  readonly driver: Driver
  /** Devices check in, and time passes; a few times. */
  live(rounds?: number): Promise<void>
  restart(): Promise<void>
}

/** Opens a world; times are set, files are temporary, ports are free ones. */
export async function openSimpleMdmWorld(options: Partial<SimpleMdmOptions> = {}): Promise<SimpleMdmWorld> {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'simplane-simplemdm-'))
  stack.defer(async () => rm(folder, { recursive: true, force: true }))
  const clock = testClock()
  const fake = stack.use(await openFakeSimpleMdm(() => clock.now()))
  const open = (): Promise<Driver> =>
    openSimpleMdm({
      name: 'simplemdm',
      path: join(folder, 'simplemdm.db'),
      clock,
      address: fake.address,
      apiKey: () => fake.apiKey,
      perSecond: 100_000,
      random: () => 0.5,
      // Nobody is too slow for us, unless a test says so.
      answerWithin: 10 * MINUTE,
      ...options,
    })
  let driver = await open()
  stack.defer(async () => driver[Symbol.asyncDispose]())
  return {
    clock,
    fake,
    get driver() {
      return driver
    },
    async live(rounds = 2) {
      for (let round = 0; round < rounds; round += 1) {
        await clock.advance(1.5 * MINUTE)
        fake.round()
      }
    },
    async restart() {
      await driver[Symbol.asyncDispose]()
      driver = await open()
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** A world for one test, closed when that ends. */
export async function simpleMdm(options: Partial<SimpleMdmOptions> = {}): Promise<SimpleMdmWorld> {
  const world = await openSimpleMdmWorld(options)
  onTestFinished(async () => world[Symbol.asyncDispose]())
  return world
}

/** Lets set time run while something waits for it. */
export async function drive<T>(clock: TestClock, work: Promise<T>, step = SECOND / 2): Promise<T> {
  const state = { over: false }
  const over = (): void => void (state.over = true)
  work.then(over, over)
  while (!state.over) {
    await setTimeout(2)
    if (!state.over && clock.sleeping() > 0) await clock.advance(step)
  }
  return await work
}

export const IOS: EsimSpec = { platform: 'ios', carrierUrl: 'https://smdp.acme.example/' }

let orders = 0

/** A command under a new id, as the executor would give it. */
export function order({ id }: FakeDevice, kind: SentKind = 'install', rest: Partial<Command> = {}): Command {
  orders += 1
  return {
    id: `7.${orders}.1.1` as CommandId,
    kind,
    device: { key: recordKey('simplemdm', String(id)), id: String(id), platform: 'ios' },
    ...(kind === 'install' ? { configuration: 'acme', spec: IOS } : {}),
    ...rest,
  }
}
