import {
  isApple,
  recordKey,
  windowsBuild,
  type DeviceFacts,
  type Esim,
  type InstalledConfiguration,
} from '../../domain/device.ts'
import { iosIdentity, specIdentity, type WindowsSpec } from '../../domain/esim.ts'
import { DISCOVERY_SERVER_BUILD } from '../../syncml/csp-nodes.ts'
import { observedEuiccs } from '../../syncml/observed.ts'
import type { EuiccReading } from '../../syncml/reading.ts'
import { withoutAbsent } from './json.ts'
import { platformOf, registrationOf } from './registration.ts'
import type { CommandRow, DeviceRow, Membership, Origin, ReadingRow, Target } from './rows.ts'
import { readInventory } from './script-output.ts'

/** Everything that is known of one device. */
export type Known = {
  readonly device: DeviceRow
  readonly memberships: readonly Membership[]
  readonly targets: ReadonlyMap<string, Target>
  readonly commands: readonly CommandRow[]
  readonly reading: ReadingRow
  readonly origins: readonly Origin[]
}

type Axes = Pick<
  DeviceFacts,
  'installed' | 'esims' | 'esimsComplete' | 'installedObservedAt' | 'esimsObservedAt' | 'euicc' | 'eid'
>

/** What Intune and, where it is allowed, the inventory script show of a device. */
export function factsOf(driver: string, known: Known): DeviceFacts {
  const { managed, retiredAt, groups } = known.device
  const { id, name, user, osVersion, edition, model, serialNumber, imei, ownership, userEnrolled } = managed
  const platform = platformOf(managed)
  const { eid = managed.eid, ...axes } = isApple(platform) ? appleAxes(known) : windowsAxes(known)
  return {
    key: recordKey(driver, id),
    driver,
    id,
    platform,
    registration: retiredAt === undefined ? registrationOf(managed) : 'retired',
    ...withoutAbsent({
      name,
      user,
      osVersion,
      edition,
      model,
      serialNumber,
      imei,
      ownership,
      userEnrolled,
      eid,
      groups,
    }),
    ...(eid === undefined ? {} : { euicc: 'present' as const }),
    ...withoutAbsent({ enrolledAt: managed.enrolledAt, lastSeenAt: managed.lastSyncAt }),
    labels: managed.category === undefined ? {} : { category: managed.category },
    ...axes,
  }
}

/**
 * One ICCID is shown, of an eSIM or of a SIM in the tray: nothing is ever known to be absent, and what is installed
 * leaves nothing behind that could be listed.
 */
function appleAxes({ device, origins }: Known): Axes {
  const { iccid } = device.managed
  if (iccid === undefined) return { installed: 'unknown', esims: 'unknown', esimsComplete: false }
  const origin = origins.find((each) => each.iccid === iccid)
  const esim: Esim =
    origin === undefined
      ? { iccid }
      : {
          iccid,
          source: {
            configuration: origin.configuration,
            identity: origin.identity,
            onRemove: 'keep-esims',
          },
        }
  return { installed: 'unknown', esims: [esim], esimsComplete: false }
}

function windowsAxes(known: Known): Axes {
  const { at } = known.reading
  const readings = readEuiccsOf(known)
  if (readings === undefined || at === undefined) return assignedAxes(known)
  const facts = observedEuiccs(readings, at)
  const { installed, esims } = facts
  return {
    ...facts,
    installed:
      installed === 'unknown'
        ? 'unknown'
        : installed.map((entry) => ({ ...entry, ...placed(known, entry.spec as WindowsSpec, at) })),
    esims: esims === 'unknown' ? 'unknown' : esims.map((esim) => named(known, esim)),
  }
}

/** What the device showed in this enrolment, with the flag that its bridge does not know filled in from what was sent to it. */
export function readEuiccsOf(known: Known): readonly EuiccReading[] | undefined {
  const { reading, device } = known
  if (reading.at === undefined || reading.at < (device.managed.enrolledAt ?? -Infinity)) return undefined
  const readings = readInventory(reading.output ?? '')
  const old = (windowsBuild(device.managed.osVersion) ?? Infinity) < DISCOVERY_SERVER_BUILD
  return readings?.map((euicc) => ({
    ...euicc,
    servers:
      euicc.servers === 'unknown'
        ? 'unknown'
        : euicc.servers.map((server) => {
            if (server.isDiscoveryServer !== undefined) return server
            if (old) return { ...server, isDiscoveryServer: 'absent' as const }
            const sent = sentTo(known, server.name.toLowerCase())
            return sent === undefined ? server : { ...server, isDiscoveryServer: sent.isDiscoveryServer }
          }),
  }))
}

/** What Intune said last that the device has of a server: it reads back what it sets. */
function sentTo({ memberships, targets, commands }: Known, serverName: string): WindowsSpec | undefined {
  const now = memberships.filter(({ confirmed }) => confirmed).map(({ target }) => targets.get(target)?.spec)
  const before = commands
    .filter(({ kind, end }) => (kind === 'install' || kind === 'update') && end?.kind === 'done')
    .map(({ spec }) => spec)
  const specs = [...before, ...now].filter((spec) => spec?.platform === 'windows')
  return specs.findLast((spec) => spec.serverName === serverName)
}

/** Without a script, what Intune says was applied: that it took a configuration, and nothing of an eSIM. */
function assignedAxes({ memberships, targets, device }: Known): Axes {
  const installed = memberships.flatMap((each) => assigned(targets, each))
  const observedAt = device.managed.lastSyncAt
  return {
    installed,
    ...(observedAt === undefined ? {} : { installedObservedAt: observedAt }),
    esims: 'unknown',
    esimsComplete: false,
  }
}

function assigned(
  targets: Known['targets'],
  { target, configuration, state, confirmed, since, confirmedAt }: Membership,
): readonly InstalledConfiguration[] {
  const spec = targets.get(target)?.spec
  if (spec === undefined || !confirmed) return []
  const entry = { configuration, spec, installedAt: since, managed: true, onRemove: 'keep-esims' } as const
  if (state !== 'error' && state !== 'conflict') return [{ ...entry, state: 'installed' }]
  const error = { code: state, message: ERRORS[state], at: confirmedAt ?? since }
  return [{ ...entry, state: 'failed', error }]
}

const ERRORS = {
  error: 'The device could not apply the configuration.',
  conflict: 'Another configuration of Intune sets the same nodes to other values.',
} as const

/** A server on the device that is there because of us. */
function placed(known: Known, spec: WindowsSpec, at: number): object {
  const identity = specIdentity(spec)
  const command = known.commands.findLast(
    (each) =>
      (each.kind === 'install' || each.kind === 'update') &&
      each.spec !== undefined &&
      specIdentity(each.spec) === identity &&
      each.end?.kind !== 'refused' &&
      each.at <= at,
  )
  return command?.configuration === undefined ? {} : { configuration: command.configuration, managed: true }
}

function named(known: Known, esim: Esim): Esim {
  const { source } = esim
  if (source === undefined) return esim
  const command = known.commands.findLast(
    (each) =>
      each.kind === 'install' && each.spec !== undefined && specIdentity(each.spec) === source.identity,
  )
  return command?.configuration === undefined
    ? esim
    : { ...esim, source: { ...source, configuration: command.configuration } }
}

/**
 * The install that a new ICCID comes from: the newest that reached the device, within four days. While it is not known
 * whether the newest reached Intune, nothing can be said: the ICCID may be of that one.
 */
export function originOf(known: Known, iccid: string, now: number, within: number): Origin | undefined {
  if (known.origins.some((each) => each.iccid === iccid)) return undefined
  const install = known.commands.findLast(
    (each) =>
      each.kind === 'install' &&
      (each.phase === 'sent' || each.end === undefined || each.end.kind === 'done'),
  )
  if (install?.phase === 'sending' && install.end === undefined) return undefined
  if (install?.spec?.platform !== 'ios' || install.configuration === undefined) return undefined
  const before = (JSON.parse(install.before ?? '{}') as { iccid?: string }).iccid
  if (before === iccid || now - install.at > within) return undefined
  if ((known.device.managed.lastSyncAt ?? -Infinity) <= install.at) return undefined
  return { iccid, configuration: install.configuration, identity: iosIdentity(install.spec.carrierUrl) }
}
