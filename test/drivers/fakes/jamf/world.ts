import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { onTestFinished } from 'vitest'
import { recordKey, type DeviceFacts } from '../../../../src/domain/device.ts'
import type { Command, CommandId, Driver, SentKind } from '../../../../src/domain/driver.ts'
import type { EsimSpec } from '../../../../src/domain/esim.ts'
import { MINUTE, SECOND } from '../../../../src/domain/time.ts'
import { openJamf } from '../../../../src/drivers/jamf/jamf.ts'
import type { JamfOptions } from '../../../../src/drivers/jamf/options.ts'
import { testClock, type TestClock } from '../../../clock.ts'
import type { AppleDevice } from '../apple-device.ts'
import type { FakeDevice } from './devices.ts'
import { openFakeJamf, type FakeJamf, type FakeJamfOptions } from './jamf.ts'

/** The driver, the Jamf Pro it drives, and the devices behind that. */
export type JamfWorld = AsyncDisposable & {
  readonly clock: TestClock
  readonly fake: FakeJamf
  readonly driver: Driver
  readonly file: string
  /** An iPhone that said just now what it holds. */
  phone(device?: AppleDevice): FakeDevice
  /** Devices check in, time passes, and the driver looks; a few times. */
  live(rounds?: number): Promise<void>
  restart(): Promise<void>
  /** How often the command of a step took effect on its device. */
  effects(id: CommandId): number
}

export type JamfWorldOptions = {
  readonly fake?: Partial<FakeJamfOptions>
  readonly driver?: Partial<JamfOptions>
}

/** Opens a world; times are set, files are temporary, ports are free ones. */
export async function openJamfWorld(options: JamfWorldOptions = {}): Promise<JamfWorld> {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'simplane-jamf-'))
  stack.defer(async () => rm(folder, { recursive: true, force: true }))
  const clock = testClock()
  const file = join(folder, 'jamf.db')
  const fake = stack.use(await openFakeJamf({ now: () => clock.now(), ...options.fake }))
  const open = (): Promise<Driver> =>
    openJamf({
      name: 'jamf',
      path: file,
      clock,
      address: fake.address,
      clientId: fake.clientId,
      clientSecret: () => fake.clientSecret,
      perSecond: 100_000,
      random: () => 0.5,
      // Nobody is too slow for us, unless a test says so.
      answerWithin: 10 * MINUTE,
      ...options.driver,
    })
  let driver = await open()
  stack.defer(async () => driver[Symbol.asyncDispose]())

  return {
    clock,
    fake,
    file,
    get driver() {
      return driver
    },
    phone(apple) {
      const device = fake.addDevice(apple)
      fake.takeInventory(device)
      return device
    },
    async live(rounds = 4) {
      for (let round = 0; round < rounds; round += 1) {
        fake.round()
        await clock.advance(1.5 * MINUTE)
        fake.round()
        for (const { id } of fake.devices.values()) await driver.look(String(id))
      }
    },
    async restart() {
      await driver[Symbol.asyncDispose]()
      driver = await open()
    },
    effects(id) {
      const db = new Database(file, { readonly: true })
      try {
        const row = db
          .prepare<[string], { uuid: string | null }>('select uuid from command where step = ?')
          .get(id)
        return fake.effects(row?.uuid ?? '')
      } finally {
        db.close()
      }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** A world for one test, closed when that ends. */
export async function jamf(options: JamfWorldOptions = {}): Promise<JamfWorld> {
  const world = await openJamfWorld(options)
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
    device: { key: recordKey('jamf', String(id)), id: String(id), platform: 'ios' },
    ...(kind === 'install' ? { configuration: 'acme', spec: IOS } : {}),
    ...rest,
  }
}

/** What the driver shows of a device. */
export async function shown({ driver }: JamfWorld, { id }: FakeDevice): Promise<DeviceFacts> {
  const seen = await driver.look(String(id))
  if (seen === undefined) throw new Error(`the driver does not know ${id}`)
  return seen.facts
}
