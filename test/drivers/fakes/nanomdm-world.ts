import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import Database from 'better-sqlite3'
import pLimit from 'p-limit'
import { onTestFinished } from 'vitest'
import { recordKey, type DeviceFacts } from '../../../src/domain/device.ts'
import type { Command, CommandId } from '../../../src/domain/driver.ts'
import { MINUTE, SECOND, type Duration } from '../../../src/domain/time.ts'
import { openNanoMdm, type NanoMdmOptions, type PushedDriver } from '../../../src/drivers/nanomdm/nanomdm.ts'
import { testClock, type TestClock } from '../../clock.ts'
import { makeDevice, type AppleDevice } from './apple-device.ts'
import { openFakeNanoMdm, type FakeNanoMdm, type FakeOptions, type Webhook } from './nanomdm.ts'
import { openReceiver, type Receiver } from './receiver.ts'

/** The driver, the server it drives, the devices behind that, and the way back. */
export type NanoMdmWorld = AsyncDisposable & {
  readonly clock: TestClock
  readonly fake: FakeNanoMdm
  readonly receiver: Receiver
  readonly driver: PushedDriver
  readonly file: string
  /** Enrols another device and lets it say what it is and holds. */
  enrol(device?: AppleDevice): Promise<AppleDevice>
  /** Sends what NanoMDM has to tell; `lose` says which webhooks never arrive. */
  deliver(lose?: (webhook: Webhook) => boolean): Promise<void>
  /** Devices poll, NanoMDM tells, time passes and the driver looks; a few times. */
  live(rounds?: number): Promise<void>
  /** Closes the driver. */
  close(): Promise<void>
  /** Opens it again on the same file. */
  restart(): Promise<void>
  /** Forgets everything that webhooks told; what was sent stays. */
  forgetHeard(): Promise<void>
  /** The id that NanoMDM knows a command by. */
  uuidOf(id: CommandId): string | undefined
}

export type WorldOptions = {
  readonly devices?: number
  readonly fake?: Partial<FakeOptions>
  readonly driver?: Partial<NanoMdmOptions>
}

/** Opens a world; times are set, files are temporary, ports are free ones. */
export async function openNanoMdmWorld(options: WorldOptions = {}): Promise<NanoMdmWorld> {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'simplane-nanomdm-'))
  stack.defer(async () => rm(folder, { recursive: true, force: true }))
  const clock = testClock()
  const file = join(folder, 'nanomdm.db')
  const fake = stack.use(
    await openFakeNanoMdm({ now: () => clock.now(), hmacKey: 'hook-key', ...options.fake }),
  )
  const open = (): Promise<PushedDriver> =>
    openNanoMdm({
      name: 'nanomdm',
      path: file,
      clock,
      address: fake.address,
      apiKey: () => fake.apiKey,
      webhookKey: () => 'hook-key',
      perSecond: 100_000,
      random: () => 0.5,
      // Nobody is too slow for us, unless a test says so.
      answerWithin: 10 * MINUTE,
      ...options.driver,
    })
  let driver = await open()
  stack.defer(async () => driver[Symbol.asyncDispose]())
  const receiver = stack.use(await openReceiver(() => driver))

  async function deliver(lose: (webhook: Webhook) => boolean = () => false): Promise<void> {
    const limit = pLimit(64)
    const sent = fake.webhooks.splice(0).filter((webhook) => !lose(webhook))
    await Promise.all(
      sent.map(({ body }) =>
        limit(() => fetch(receiver.url, { method: 'POST', body, headers: fake.headersOf(body) })),
      ),
    )
  }

  const world: NanoMdmWorld = {
    clock,
    fake,
    receiver,
    file,
    get driver() {
      return driver
    },
    async enrol(device = makeDevice()) {
      fake.enrol(device)
      await deliver()
      await driver.look(device.udid)
      fake.poll(device)
      await deliver()
      await clock.advance(1_000)
      return device
    },
    deliver,
    async live(rounds = 4) {
      for (let round = 0; round < rounds; round += 1) {
        fake.pollAll()
        await deliver()
        await clock.advance(1.5 * MINUTE)
        for (const id of fake.devices.keys()) await driver.look(id)
      }
      fake.pollAll()
      await deliver()
    },
    close: async () => driver[Symbol.asyncDispose](),
    async restart() {
      await driver[Symbol.asyncDispose]()
      driver = await open()
    },
    async forgetHeard() {
      await driver[Symbol.asyncDispose]()
      const db = new Database(file)
      db.exec(`delete from reading; delete from origin;
        update command set status = null, answered_at = null, heard_at = null, error = null;
        update device set user_enrolled = 0, told = '{}', authenticated_at = null, first_token_at = null,
          token_at = null, connected_at = null, left_at = null`)
      db.close()
      driver = await open()
    },
    uuidOf(id) {
      const db = new Database(file, { readonly: true })
      try {
        return db.prepare<[string], { uuid: string }>('select uuid from command where step = ?').get(id)?.uuid
      } finally {
        db.close()
      }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
  const fleet = Array.from({ length: options.devices ?? 0 }, () => makeDevice())
  for (const device of fleet) fake.enrol(device)
  await deliver()
  let cursor: string | undefined
  if (fleet.length > 0) {
    do {
      cursor = (await driver.observe(cursor)).next
    } while (cursor !== undefined)
    fake.pollAll()
    await deliver()
  }
  await clock.advance(1_000)
  return world
}

/**
 * Lets set time run while something waits for it: `step` for every two milliseconds of real time, which leaves an answer
 * that really is on its way far more than it needs.
 */
export async function drive<T>(clock: TestClock, work: Promise<T>, step: Duration = SECOND / 2): Promise<T> {
  const state = { over: false }
  const over = (): void => {
    state.over = true
  }
  work.then(over, over)
  while (!state.over) {
    await setTimeout(2)
    if (!state.over && clock.sleeping() > 0) await clock.advance(step)
  }
  return await work
}

/** A world for one test, closed when that ends. */
export async function nanoMdm(options: WorldOptions = {}): Promise<NanoMdmWorld> {
  const world = await openNanoMdmWorld(options)
  onTestFinished(async () => world[Symbol.asyncDispose]())
  return world
}

export const CARRIER = 'https://smdp.acme.example/'

let orders = 0

/** An install under a new id, as the executor would give it. */
export function installOn(device: AppleDevice, carrierUrl = CARRIER): Command {
  orders += 1
  return {
    id: `7.${orders}.1.1` as CommandId,
    kind: 'install',
    device: { key: recordKey('nanomdm', device.udid), id: device.udid, platform: 'ios' },
    configuration: 'acme-phones',
    spec: { platform: 'ios', carrierUrl },
  }
}

/** What the driver shows of a device. */
export async function shown({ driver }: NanoMdmWorld, { udid }: AppleDevice): Promise<DeviceFacts> {
  const seen = await driver.look(udid)
  if (seen === undefined) throw new Error(`the driver does not know ${udid}`)
  return seen.facts
}
