import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { recordKey, type DeviceFacts } from '../../../../src/domain/device.ts'
import type { Command, CommandId, Driver } from '../../../../src/domain/driver.ts'
import type { WindowsSpec } from '../../../../src/domain/esim.ts'
import { MINUTE, SECOND } from '../../../../src/domain/time.ts'
import { openIntune, type IntuneOptions } from '../../../../src/drivers/intune/intune.ts'
import { testClock, type TestClock } from '../../../clock.ts'
import { makeDevice, type FakeDevice } from './device.ts'
import { openFakeGraph, type FakeGraph } from './graph.ts'

/** The driver, the tenant it drives, and the devices behind that. */
export type IntuneWorld = AsyncDisposable & {
  readonly clock: TestClock
  readonly graph: FakeGraph
  readonly driver: Driver
  readonly orders: readonly Command[]
  /** Not everything works any more: whoever waits for a moment before trying again is given that moment. */
  readonly trouble: { isNear: boolean }
  /** Opens the driver again on the same file. */
  restart(): Promise<void>
  enrol(os: 'Windows' | 'iOS', overrides?: Partial<FakeDevice>): FakeDevice
  /** Devices check in, time passes, and somebody asks what became of each order; a few times. */
  live(rounds?: number): Promise<void>
}

export async function openIntuneWorld(
  options: { readonly devices?: number; readonly driver?: Partial<IntuneOptions> } = {},
): Promise<IntuneWorld> {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'simplane-intune-'))
  stack.defer(async () => rm(folder, { recursive: true, force: true }))
  const clock = testClock()
  const graph = stack.use(await openFakeGraph(() => clock.now()))
  const open = (): Promise<Driver> =>
    openIntune({
      name: 'intune',
      path: join(folder, 'intune.db'),
      clock,
      tenant: 'acme.example',
      clientId: '11111111-2222-4333-8444-555555555555',
      credential: () => ({ kind: 'secret', secret: 'client-secret-value' }),
      address: graph.address,
      authority: graph.authority,
      pace: { read: 100_000, write: 100_000, batch: 100_000 },
      random: () => 0.5,
      // Nobody is too slow for us, unless a test says so.
      answerWithin: 10 * MINUTE,
      scripts: true,
      ...options.driver,
    })
  let opened = await open()
  const orders: Command[] = []
  const trouble = { isNear: false }
  function through<T>(call: () => Promise<T>): Promise<T> {
    return trouble.isNear ? drive(clock, call()) : call()
  }
  const driver: Driver = {
    get name() {
      return opened.name
    },
    get capabilities() {
      return opened.capabilities
    },
    observe: (cursor) => through(() => opened.observe(cursor)),
    look: (id) => through(() => opened.look(id)),
    outcome: (command) => through(() => opened.outcome(command)),
    async submit(command) {
      if (!orders.some(({ id }) => id === command.id)) orders.push(command)
      return await through(() => opened.submit(command))
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
  stack.defer(async () => opened[Symbol.asyncDispose]())
  for (let each = 0; each < (options.devices ?? 0); each += 1)
    graph.tenant.enrol(makeDevice(each % 2 === 0 ? 'Windows' : 'iOS', clock.now()))
  return {
    clock,
    graph,
    driver,
    orders,
    trouble,
    async restart() {
      await opened[Symbol.asyncDispose]()
      opened = await open()
    },
    enrol: (os, overrides) => graph.tenant.enrol(makeDevice(os, clock.now(), overrides)),
    async live(rounds = 6) {
      for (let round = 0; round < rounds; round += 1) {
        graph.tenant.checkInAll()
        await clock.advance(1.5 * MINUTE)
        for (const each of orders) await driver.outcome(each)
        for (const { device } of orders) await driver.look(device.id)
      }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** Lets set time run while something waits for it, a second for every two milliseconds of real time. */
async function drive<T>(clock: TestClock, work: Promise<T>): Promise<T> {
  const state = { over: false }
  const over = (): void => {
    state.over = true
  }
  work.then(over, over)
  while (!state.over) {
    await setTimeout(2)
    if (!state.over && clock.sleeping() > 0) await clock.advance(SECOND)
  }
  return await work
}

/** A world for one test, closed when that ends. */
export async function intune(options: Parameters<typeof openIntuneWorld>[0] = {}): Promise<IntuneWorld> {
  const world = await openIntuneWorld(options)
  onTestFinished(async () => world[Symbol.asyncDispose]())
  return world
}

/** A Windows device that said what it holds. */
export async function readDevice(
  world: IntuneWorld,
  overrides: Partial<FakeDevice> = {},
): Promise<FakeDevice> {
  const device = world.enrol('Windows', overrides)
  await world.driver.look(device.id)
  world.graph.tenant.checkIn(device)
  await world.clock.advance(MINUTE)
  await world.driver.look(device.id)
  return device
}

let ordered = 0

/** A command under a new id, as the executor would give it. */
export function order(device: FakeDevice, kind: Command['kind'], rest: Partial<Command> = {}): Command {
  ordered += 1
  return {
    id: `7.${ordered}.1.1` as CommandId,
    kind,
    device: {
      key: recordKey('intune', device.id),
      id: device.id,
      platform: device.os === 'Windows' ? 'windows' : 'ios',
    },
    ...rest,
  }
}

export const ACME: WindowsSpec = {
  platform: 'windows',
  serverName: 'smdp.acme.example',
  isDiscoveryServer: false,
  autoEnable: true,
}
export const CARRIER = 'https://smdp.acme.example/'

export function installOn(device: FakeDevice, spec: WindowsSpec = ACME, configuration = 'acme'): Command {
  return device.os === 'Windows'
    ? order(device, 'install', { configuration, spec })
    : order(device, 'install', { configuration, spec: { platform: 'ios', carrierUrl: CARRIER } })
}

/** What the driver shows of a device. */
export async function shown({ driver }: IntuneWorld, { id }: FakeDevice): Promise<DeviceFacts> {
  const seen = await driver.look(id)
  if (seen === undefined) throw new Error(`the driver does not know ${id}`)
  return seen.facts
}
