import { onTestFinished } from 'vitest'
import type { DeviceFacts } from '../../src/domain/device.ts'
import type { Command, CommandId, Driver, Observation, SentKind } from '../../src/domain/driver.ts'
import type { EsimSpec } from '../../src/domain/esim.ts'

/** How answers come back from the devices. */
type Answers = 'at-once' | 'late' | 'lost' | 'twice'

/** The two kinds of devices whose capabilities a driver declares. */
export type Family = 'windows' | 'ios'

/** A driver with a world of devices behind it: what a conformance test needs besides the port. */
export interface DriverWorld extends AsyncDisposable {
  readonly driver: Driver
  /** An active, eligible device with nothing on it, another at every call; `undefined`: the MDM has no such platform. */
  freshDevice(family: Family): Promise<string | undefined>
  /** Time passes until every device that checks in has done all it was told. */
  settle(): Promise<void>
  /** How often a command took effect on its device. */
  effects(id: CommandId): Promise<number>
  /** From now on answers come back like this; `false`: cannot be done here. */
  answer(how: Answers): Promise<boolean>
  /** Cuts the MDM off, or joins it again. */
  reachable(is: boolean): Promise<void>
  /** Switches a device off or on. */
  online(id: string, is: boolean): Promise<void>
  /** Somebody retires the device in the MDM's own console. */
  retire(id: string): Promise<void>
  /** The device is wiped and enrolled again; gives the new record. `undefined`: cannot be done here. */
  reenrol(id: string): Promise<string | undefined>
}

/** Opens a world of about this many devices. */
export type OpenWorld = (devices: number) => Promise<DriverWorld>

/** A world for one test, closed when that ends. */
export async function start(open: OpenWorld, devices = 5): Promise<DriverWorld> {
  const world = await open(devices)
  onTestFinished(async () => world[Symbol.asyncDispose]())
  return world
}

/** What the suite installs. */
export const SPECS: Readonly<Record<Family, EsimSpec>> = {
  windows: {
    platform: 'windows',
    serverName: 'smdp.conform.example',
    isDiscoveryServer: false,
    autoEnable: true,
  },
  ios: { platform: 'ios', carrierUrl: 'https://smdp.conform.example/' },
}

/** The part of a vitest context that says that a test does not apply. */
export type Skippable = { readonly skip: (note?: string) => never }

/** A fresh device, or the end of the test where the MDM has none. */
export async function fresh(world: DriverWorld, family: Family | 'any', test: Skippable): Promise<string> {
  if (family !== 'any') return (await world.freshDevice(family)) ?? test.skip(`no ${family} devices`)
  return (await world.freshDevice('windows')) ?? fresh(world, 'ios', test)
}

let commands = 0

/** A command under a new id. */
export async function command(
  { driver }: Pick<DriverWorld, 'driver'>,
  device: string,
  kind: SentKind,
  rest: Partial<Command> = {},
): Promise<Command> {
  const { key, id, platform, serialNumber, eid } = await seen(driver, device)
  const hardware = {
    ...(serialNumber === undefined ? {} : { serialNumber }),
    ...(eid === undefined ? {} : { eid }),
  }
  commands += 1
  return {
    id: `conform.${commands}.1.1` as CommandId,
    kind,
    device: { key, id, platform, ...hardware },
    ...rest,
  }
}

/** The install of the suite's configuration, under a new id. */
export async function install(
  world: Pick<DriverWorld, 'driver'>,
  device: string,
  family: Family,
): Promise<Command> {
  return command(world, device, 'install', { configuration: 'conform', spec: SPECS[family] })
}

/** Reads a whole inventory, page by page. */
export async function inventory(driver: Driver): Promise<{
  readonly observations: readonly Observation[]
  readonly totals: readonly (number | undefined)[]
}> {
  const observations: Observation[] = []
  const totals: (number | undefined)[] = []
  let cursor: string | undefined
  do {
    const page = await driver.observe(cursor)
    observations.push(...page.observations)
    totals.push(page.total)
    cursor = page.next
  } while (cursor !== undefined)
  return { observations, totals }
}

/** What the driver shows of a device that is there. */
export async function seen(driver: Driver, id: string): Promise<DeviceFacts> {
  const observation = await driver.look(id)
  if (observation === undefined) throw new Error(`the driver has no device ${id}`)
  return observation.facts
}

/** The facts that change only when something happens. */
export function withoutTimes(facts: DeviceFacts): Partial<DeviceFacts> {
  const { lastSeenAt: _seen, installedObservedAt: _installed, esimsObservedAt: _esims, ...rest } = facts
  return rest
}
