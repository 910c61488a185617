import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { recordKey, type DeviceFacts } from '../../../../src/domain/device.ts'
import type { Command, CommandId, Driver, SentKind } from '../../../../src/domain/driver.ts'
import type { EsimSpec } from '../../../../src/domain/esim.ts'
import { DAY, MINUTE, type Duration } from '../../../../src/domain/time.ts'
import { openIvanti, type IvantiOptions } from '../../../../src/drivers/ivanti/ivanti.ts'
import { testClock, type TestClock } from '../../../clock.ts'
import type { ConsoleEsim, Enrolled } from './enrolled.ts'
import { openFakeIvanti, type FakeIvanti } from './mdm.ts'

export const ESIM = 'simplaneEsim'
export const ERASE = 'simplaneReset'

export const ACME: EsimSpec = {
  platform: 'windows',
  serverName: 'smdp.acme.example',
  isDiscoveryServer: false,
  autoEnable: true,
}
export const NEO: EsimSpec = { ...ACME, serverName: 'smdp.neo.example' }
export const PHONES: EsimSpec = { platform: 'ios', carrierUrl: 'https://smdp.acme.example/' }

/** The driver, the tenant it drives, and the devices behind that. */
export type IvantiWorld = AsyncDisposable & {
  readonly clock: TestClock
  readonly fake: FakeIvanti
  readonly driver: Driver
  readonly file: string
  enrol(os?: 'windows' | 'ios', changes?: Partial<Enrolled>): Enrolled
  /**
   * It was wiped and enrols again: a new record without attributes, beside the old one, which stays as Wiped. Whether
   * the eSIMs survive a wipe is not documented.
   */
  reenrol(device: Enrolled, esims: 'gone' | 'kept'): Enrolled
  /** An administrator sets up a configuration and its group. */
  setUp(attribute: string, value: string, esim: ConsoleEsim): void
  /** So much time, with a check-in of every device that is on every twenty minutes. */
  live(duration?: Duration): Promise<void>
  restart(): Promise<void>
}

export type IvantiWorldOptions = {
  readonly configurations?: Readonly<Record<string, EsimSpec>>
  readonly devices?: number
  readonly driver?: Partial<IvantiOptions>
  readonly reset?: boolean
}

let ids = 1_844_658

/** Opens a world; times are set, files are temporary, ports are free ones. */
export async function openIvantiWorld(options: IvantiWorldOptions = {}): Promise<IvantiWorld> {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'simplane-ivanti-'))
  stack.defer(async () => rm(folder, { recursive: true, force: true }))
  const clock = testClock()
  const file = join(folder, 'ivanti.db')
  const fake = stack.use(await openFakeIvanti(() => clock.now()))
  const { configurations = { acme: ACME, neo: NEO, phones: PHONES }, reset = true } = options
  const open = (): Promise<Driver> =>
    openIvanti({
      name: 'ivanti',
      path: file,
      clock,
      address: fake.address,
      user: 'api@acme.example',
      password: () => 'api-password',
      targeting: { attribute: ESIM, configurations, ...(reset ? { resetAttribute: ERASE } : {}) },
      perSecond: 100_000,
      random: () => 0.5,
      answerWithin: 10 * MINUTE,
      ...options.driver,
    })
  let driver = await open()
  stack.defer(async () => driver[Symbol.asyncDispose]())
  for (const name of [ESIM, ERASE, 'site', 'costCentre']) fake.knownAttributes.add(name)

  const world: IvantiWorld = {
    clock,
    fake,
    file,
    get driver() {
      return driver
    },
    enrol(os = 'windows', changes = {}) {
      ids += 1
      return fake.enrol({
        id: ids,
        serial: `5CG${ids}`,
        eid: `8904903200000000000000000${ids}`,
        os,
        platformType: os === 'windows' ? 'WINDOWS_PHONE' : 'IOS',
        windowsDeviceType: os === 'windows' ? 'WINDOWS_DESKTOP' : null,
        platformVersion: os === 'windows' ? '10.0.22631.3155' : '18.1',
        registrationState: 'ACTIVE',
        lastRegistrationTime: clock.now() - DAY,
        lastCheckin: clock.now() - MINUTE,
        online: true,
        configurations: new Set(),
        chip: { esims: [] },
        reportedIccids: [],
        attributes: [{ since: 0, attrs: { site: 'paris' } }],
        log: [],
        ...changes,
      })
    },
    reenrol(device, esims) {
      Object.assign(device, { registrationState: 'WIPED', online: false })
      const { serial, eid, os, platformVersion } = device
      const chip = { esims: esims === 'kept' ? device.chip.esims : [] }
      const now = clock.now()
      return world.enrol(os, {
        serial,
        eid,
        platformVersion,
        chip,
        lastRegistrationTime: now,
        lastCheckin: now,
        reportedIccids: chip.esims.map(({ iccid }) => iccid),
        attributes: [{ since: 0, attrs: {} }],
      })
    },
    setUp(attribute, value, esim) {
      fake.console.push({ ...esim, name: `${attribute}=${value}`, attribute, value })
    },
    async live(duration = 60 * MINUTE) {
      const until = clock.now() + duration
      while (clock.now() < until) {
        await clock.advance(20 * MINUTE)
        fake.checkInAll()
        await clock.advance(1_000)
      }
    },
    async restart() {
      await driver[Symbol.asyncDispose]()
      driver = await open()
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
  for (const [value, spec] of Object.entries(configurations)) {
    const esim: ConsoleEsim =
      spec.platform === 'windows'
        ? { kind: 'windows-esim', serverName: spec.serverName }
        : { kind: 'ios-esim', carrierUrl: spec.carrierUrl }
    world.setUp(ESIM, value, esim)
  }
  world.setUp(ERASE, 'reset-esims', { kind: 'exec-reset' })
  for (let n = 0; n < (options.devices ?? 0); n += 1) world.enrol()
  return world
}

/** A world for one test, closed when that ends; whatever happened in it, no device was ever asked to be erased. */
export async function ivanti(options: IvantiWorldOptions = {}): Promise<IvantiWorld> {
  const world = await openIvantiWorld(options)
  onTestFinished(async () => {
    const wipes = world.fake.wipes()
    await world[Symbol.asyncDispose]()
    if (wipes > 0) throw new Error(`a device was told to erase itself ${wipes} times`)
  })
  return world
}

let orders = 0

/** A command under a new id, as the executor would give it. */
export function order(device: Enrolled, kind: SentKind, rest: Partial<Command> = {}): Command {
  orders += 1
  const id = String(device.id)
  return {
    id: `7.${orders}.1.1` as CommandId,
    kind,
    device: { key: recordKey('ivanti', id), id, platform: device.os, serialNumber: device.serial },
    ...rest,
  }
}

export function installOn(device: Enrolled, spec: EsimSpec = ACME, configuration = 'acme-laptops'): Command {
  return order(device, 'install', { configuration, spec })
}

/** What the driver shows of a device. */
export async function shown({ driver }: IvantiWorld, { id }: Enrolled): Promise<DeviceFacts> {
  const seen = await driver.look(String(id))
  if (seen === undefined) throw new Error(`the driver does not know ${id}`)
  return seen.facts
}

/** How often something happened on the device itself. */
export function happened(device: Enrolled, what: Enrolled['log'][number]['what']): number {
  return device.log.filter((each) => each.what === what).length
}
