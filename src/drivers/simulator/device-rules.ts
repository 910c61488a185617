import { WINDOWS_11, isApple, windowsBuild } from '../../domain/device.ts'
import type { Esim, InstalledConfiguration } from '../../domain/device.ts'
import type { Command, Outcome, SentKind } from '../../domain/driver.ts'
import { specAddress, specIdentity } from '../../domain/esim.ts'
import type { EsimSpec } from '../../domain/esim.ts'
import type { Instant } from '../../domain/time.ts'
import type { SimulatedDevice } from './device.ts'
import { iccidOf } from './identities.ts'

/** What a device is told: the part of a command that concerns it. */
export type Order = Pick<Command, 'configuration' | 'spec'> & {
  readonly kind: Exclude<SentKind, 'delete-record'>
}

/** Why a device did not do it; nothing on it changed. */
export type Failure = Omit<Extract<Outcome, { kind: 'failed' }>, 'at'>

/** What became of an order on the device. */
export type Execution = { readonly kind: 'done'; readonly device: SimulatedDevice } | Failure

/** The first Windows build that knows discovery servers (planning.md section 3). */
const DISCOVERY_SERVERS = 22_621

const RULES: Readonly<
  Record<Order['kind'], (device: SimulatedDevice, order: Order, at: Instant) => Execution>
> = {
  install,
  update,
  uninstall,
  reset,
  retire,
}

/** Carries out an order as a device would: the effects and preconditions of planning.md section 2. */
export function execute(device: SimulatedDevice, order: Order, at: Instant): Execution {
  return RULES[order.kind](device, order, at)
}

function install(device: SimulatedDevice, order: Order, at: Instant): Execution {
  const { configuration, spec } = order
  if (configuration === undefined || spec === undefined) return incomplete(order)
  const unfit = unfitFor(device, spec)
  if (unfit !== undefined) return unfit
  if (device.platform === 'windows' && blocks(device.esims, configuration, spec)) {
    return {
      ...failure(
        'already-downloaded',
        `An eSIM of ${specAddress(spec)} or of an earlier ${configuration} is there: nothing was downloaded (S15).`,
      ),
      alreadyDownloaded: true,
    }
  }
  return {
    kind: 'done',
    device: download(put(device, { configuration, spec, at, managed: true }), configuration, spec),
  }
}

/** Whether an eSIM on the chip keeps a Windows device from downloading this configuration's (S15). */
export function blocks(esims: readonly Esim[], configuration: string, spec: EsimSpec): boolean {
  const identity = specIdentity(spec)
  return esims.some(({ source }) => source?.identity === identity || source?.configuration === configuration)
}

type Entry = {
  readonly configuration: string
  readonly spec: EsimSpec
  readonly at: Instant
  readonly managed: boolean
}

/** Puts a configuration on the device in place of one of the same identity or name. Downloads nothing. */
export function put(device: SimulatedDevice, entry: Entry): SimulatedDevice {
  const { configuration, spec, at: installedAt, managed } = entry
  const identity = specIdentity(spec)
  const others = device.installed.filter(
    (other) => other.configuration !== configuration && specIdentity(other.spec) !== identity,
  )
  const installed: InstalledConfiguration = {
    configuration,
    spec,
    installedAt,
    managed,
    onRemove: 'keep-esims',
    state: 'installed',
  }
  return { ...device, installed: [...others, installed] }
}

/** One new eSIM from the configuration's server. */
export function download(device: SimulatedDevice, configuration: string, spec: EsimSpec): SimulatedDevice {
  const downloads = device.downloads + 1
  const esim: Esim = {
    iccid: iccidOf(device.id, downloads),
    source: { configuration, identity: specIdentity(spec), onRemove: 'keep-esims' },
    enabled: spec.platform === 'ios' || spec.autoEnable,
  }
  return { ...device, downloads, esims: [...device.esims, esim] }
}

/** Changes flags only: an eSIM already there stays as its user set it, whatever `autoEnable` says now. */
function update(device: SimulatedDevice, order: Order): Execution {
  const { configuration, spec } = order
  if (configuration === undefined || spec === undefined) return incomplete(order)
  const found = findInstalled(device, order)
  if (found === undefined) return notInstalled(order)
  const updated = { ...found, configuration, spec, managed: true }
  return {
    kind: 'done',
    device: { ...device, installed: device.installed.map((entry) => (entry === found ? updated : entry)) },
  }
}

function uninstall(device: SimulatedDevice, order: Order): Execution {
  const found = findInstalled(device, order)
  if (found === undefined) return notInstalled(order)
  return {
    kind: 'done',
    device: { ...device, installed: device.installed.filter((entry) => entry !== found) },
  }
}

/** By identity where the order carries a spec, by name where it does not (planning.md section 1). */
function findInstalled(device: SimulatedDevice, order: Order): InstalledConfiguration | undefined {
  const { configuration, spec } = order
  if (spec === undefined) return device.installed.find((entry) => entry.configuration === configuration)
  const identity = specIdentity(spec)
  return device.installed.find((entry) => specIdentity(entry.spec) === identity)
}

function reset(device: SimulatedDevice): Execution {
  if (device.euicc === 'none')
    return failure('no-euicc', 'The device has no eUICC: there is nothing to erase.')
  return { kind: 'done', device: { ...device, esims: [] } }
}

function retire(device: SimulatedDevice): Execution {
  return { kind: 'done', device: { ...device, registration: 'retired' } }
}

function unfitFor(device: SimulatedDevice, spec: EsimSpec): Failure | undefined {
  if (isApple(device.platform)) {
    if (device.euicc === 'none') return failure('36002', 'The hardware does not support the command.')
    if (device.userEnrolled === true)
      return failure('user-enrolled', 'User Enrollment does not let the MDM install eSIMs.')
    return undefined
  }
  if (device.euicc === 'none') return failure('no-euicc', 'The device has no eUICC.')
  const build = windowsBuild(device.osVersion) ?? 0
  if (build < WINDOWS_11)
    return failure('unsupported-os', `Windows build ${build} cannot download eSIMs; 22000 or later can.`)
  if (device.edition === 'Home')
    return failure('unsupported-edition', 'Windows Home is not managed for eSIMs.')
  if (spec.platform === 'windows' && spec.isDiscoveryServer && build < DISCOVERY_SERVERS) {
    return failure(
      'unsupported-os',
      `Windows build ${build} knows no discovery servers; ${DISCOVERY_SERVERS} or later does.`,
    )
  }
  return undefined
}

function notInstalled(order: Order): Failure {
  return failure(
    'not-installed',
    `${order.configuration ?? 'The configuration'} is not installed on the device.`,
  )
}

function incomplete(order: Order): Failure {
  return failure('incomplete-command', `The ${order.kind} names no configuration or says nothing about it.`)
}

function failure(code: string, message: string): Failure {
  return { kind: 'failed', code, message, permanent: true }
}
