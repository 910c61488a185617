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
import { openFleet, type FleetOptions } from '../../../../src/drivers/fleet/fleet.ts'
import { testClock, type TestClock } from '../../../clock.ts'
import type { AppleDevice } from '../apple-device.ts'
import { openFakeFleet, type FakeFleet } from './fleet.ts'
import type { FakeFleetOptions } from './state.ts'
import type { FakeHost } from './hosts.ts'

/** The driver, the Fleet it drives, and the devices behind that. */
export type FleetWorld = AsyncDisposable & {
  readonly clock: TestClock
  readonly fake: FakeFleet
  readonly driver: Driver
  readonly file: string
  /** An iPhone that has said what it holds. */
  phone(device?: AppleDevice): Promise<FakeHost>
  laptop(): FakeHost
  /** Fleet's round, devices check in, time passes, and the driver looks; a few times. */
  live(rounds?: number): Promise<void>
  restart(): Promise<void>
  /** What the driver remembers of a command. */
  row(
    id: CommandId,
  ):
    | { uuid: string | null; slot: string | null; host: number; kind: SentKind; identity: string | null }
    | undefined
  /** How often a command took effect on its device. */
  effects(id: CommandId): number
}

export type FleetWorldOptions = {
  readonly fake?: Partial<FakeFleetOptions>
  readonly driver?: Partial<FleetOptions>
}

/** Opens a world; times are set, files are temporary, ports are free ones. */
export async function openFleetWorld(options: FleetWorldOptions = {}): Promise<FleetWorld> {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'simplane-fleet-'))
  stack.defer(async () => rm(folder, { recursive: true, force: true }))
  const clock = testClock()
  const file = join(folder, 'fleet.db')
  const fake = stack.use(await openFakeFleet({ now: () => clock.now(), ...options.fake }))
  const open = (): Promise<Driver> =>
    openFleet({
      name: 'fleet',
      path: file,
      clock,
      address: fake.address,
      token: () => fake.token,
      premium: true,
      perSecond: 100_000,
      random: () => 0.5,
      // Nobody is too slow for us, unless a test says so.
      answerWithin: 10 * MINUTE,
      ...options.driver,
    })
  let driver = await open()
  stack.defer(async () => driver[Symbol.asyncDispose]())

  const world: FleetWorld = {
    clock,
    fake,
    file,
    get driver() {
      return driver
    },
    async phone(device) {
      const host = fake.addApple(device)
      await driver.look(String(host.id))
      fake.checkIn(host)
      await clock.advance(SECOND)
      await driver.look(String(host.id))
      return host
    },
    laptop: () => fake.addWindows(),
    async live(rounds = 4) {
      for (let round = 0; round < rounds; round += 1) {
        fake.round()
        await clock.advance(1.5 * MINUTE)
        fake.round()
        for (const { id, platform } of fake.hosts.values())
          if (platform !== 'darwin') await driver.look(String(id))
      }
    },
    async restart() {
      await driver[Symbol.asyncDispose]()
      driver = await open()
    },
    row(id) {
      const db = new Database(file, { readonly: true })
      try {
        return db
          .prepare<[string], NonNullable<ReturnType<FleetWorld['row']>>>(
            'select * from command where step = ?',
          )
          .get(id)
      } finally {
        db.close()
      }
    },
    effects(id) {
      const row = world.row(id)
      if (row === undefined) return 0
      if (row.uuid !== null) return fake.effects(row.uuid)
      const log = fake.hosts.get(row.host)?.log ?? []
      if (row.kind === 'install') return log.filter((line) => line === `install ${row.slot}`).length
      if (row.kind === 'uninstall') {
        const server = row.identity?.split(':')[1] ?? ''
        return log.filter((line) => line.startsWith('remove ') && line.includes(` ${server} `)).length
      }
      return 0
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
  return world
}

/** A world for one test, closed when that ends. */
export async function fleet(options: FleetWorldOptions = {}): Promise<FleetWorld> {
  const world = await openFleetWorld(options)
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
export const WINDOWS: EsimSpec = {
  platform: 'windows',
  serverName: 'smdp.acme.example',
  isDiscoveryServer: false,
  autoEnable: true,
}
/** The name of the label and the profile for that. */
export const SLOT = 'simplane acme smdp.acme.example enable bulk'

let orders = 0

/** A command under a new id, as the executor would give it. */
export function order(host: FakeHost, kind: SentKind, rest: Partial<Command> = {}): Command {
  orders += 1
  const platform = host.platform === 'darwin' ? 'other' : host.platform
  const carries = kind === 'install' || kind === 'uninstall' || kind === 'update'
  return {
    id: `7.${orders}.1.1` as CommandId,
    kind,
    device: { key: recordKey('fleet', String(host.id)), id: String(host.id), platform },
    ...(carries ? { configuration: 'acme', spec: platform === 'windows' ? WINDOWS : IOS } : {}),
    ...rest,
  }
}

/** What the driver shows of a device. */
export async function shown({ driver }: FleetWorld, { id }: FakeHost): Promise<DeviceFacts> {
  const seen = await driver.look(String(id))
  if (seen === undefined) throw new Error(`the driver does not know ${id}`)
  return seen.facts
}

/** A laptop with the configuration and its eSIM. */
export async function provisioned(world: FleetWorld): Promise<FakeHost> {
  const laptop = world.laptop()
  const install = order(laptop, 'install')
  await world.driver.submit(install)
  await world.live()
  const outcome = await world.driver.outcome(install)
  if (outcome.kind !== 'done') throw new Error(`the install of the test is ${outcome.kind}`)
  return laptop
}
