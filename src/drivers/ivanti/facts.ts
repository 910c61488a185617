import { recordKey, type DeviceFacts, type Esim, type InstalledConfiguration } from '../../domain/device.ts'
import { specAddress, specIdentity, type SpecIdentity } from '../../domain/esim.ts'
import type { Duration } from '../../domain/time.ts'
import type { IvantiDevice } from './device.ts'
import type { Assigned, Memory } from './rows.ts'
import { heldValue, NOTHING, specFor, type Targeting } from './targeting.ts'

/** How a device of Neurons for MDM is read. */
export type Reading = {
  readonly driver: string
  readonly targeting: Targeting
  /** A device has heard of a change when it checked in this long after it. */
  readonly heardAfter: Duration
  /** `trust`: the ICCIDs on a device's record are taken for its eSIMs. */
  readonly iccids: 'ignore' | 'trust'
}

/**
 * What Neurons for MDM lets us know of a device. `installed` is what it is pointed at since its last check-in: whether
 * the device took it is in the console only. The list of eSIMs is never complete.
 */
export function factsOf(reading: Reading, device: IvantiDevice, memory: Memory): DeviceFacts {
  const { driver, targeting } = reading
  const { id, attributes, iccids: _iccids, lastCheckin, ...said } = device
  const ours = [targeting.attribute, targeting.resetAttribute]
  return {
    key: recordKey(driver, id),
    driver,
    id,
    ...said,
    ...(said.eid === undefined ? {} : { euicc: 'present' as const }),
    ...(lastCheckin === undefined ? {} : { lastSeenAt: lastCheckin }),
    ...(attributes === undefined
      ? {}
      : { labels: Object.fromEntries(Object.entries(attributes).filter(([key]) => !ours.includes(key))) }),
    installed: installedOn(reading, device, memory.assigned),
    esims: esimsOn(reading, device, memory),
    esimsComplete: false,
  }
}

/** The value in effect on the device, with the name of the configuration it was given for; `undefined`: not known. */
export function effective(
  { targeting, heardAfter }: Pick<Reading, 'targeting' | 'heardAfter'>,
  { attributes, lastCheckin }: Pick<IvantiDevice, 'attributes' | 'lastCheckin'>,
  assigned: Assigned | undefined,
): { readonly value: string; readonly configuration?: string; readonly since?: number } | undefined {
  if (assigned !== undefined && !hasHeard(lastCheckin, assigned.changedAt, heardAfter)) {
    const { before, beforeConfiguration } = assigned
    return {
      value: before,
      ...(beforeConfiguration === undefined ? {} : { configuration: beforeConfiguration }),
    }
  }
  if (attributes === undefined) return undefined
  const value = heldValue(targeting, attributes)
  if (value !== assigned?.value) return { value }
  const { configuration, changedAt } = assigned
  return { value, since: changedAt, ...(configuration === undefined ? {} : { configuration }) }
}

/** Did the device check in long enough after the change for its groups to have been worked out? */
export function hasHeard(lastCheckin: number | undefined, changedAt: number, heardAfter: Duration): boolean {
  return lastCheckin !== undefined && lastCheckin > changedAt + heardAfter
}

/** Is the device's attribute another than the one we last wrote? Then it is worth asking for once more. */
export function contradicts(
  { targeting }: Reading,
  { attributes }: IvantiDevice,
  { assigned }: Memory,
): boolean {
  return (
    attributes !== undefined && assigned !== undefined && heldValue(targeting, attributes) !== assigned.value
  )
}

function installedOn(
  reading: Reading,
  device: IvantiDevice,
  assigned: Assigned | undefined,
): DeviceFacts['installed'] {
  const now = effective(reading, device, assigned)
  if (now === undefined) return 'unknown'
  if (now.value === NOTHING) return []
  const spec = specFor(reading.targeting, now.value)
  if (spec === 'nothing') return []
  if (spec === 'unknown' || (spec.platform === 'windows') !== (device.platform === 'windows'))
    return 'unknown'
  const entry: InstalledConfiguration = {
    configuration: now.configuration ?? specAddress(spec),
    spec,
    managed: now.configuration !== undefined,
    onRemove: 'keep-esims',
    state: 'installed',
    ...(now.since === undefined ? {} : { installedAt: now.since }),
  }
  return [entry]
}

function esimsOn({ iccids }: Reading, device: IvantiDevice, memory: Memory): readonly Esim[] | 'unknown' {
  if (iccids === 'ignore') return 'unknown'
  return device.iccids.map((iccid) => {
    const origin = memory.iccids.find((each) => each.iccid === iccid)?.origin
    return origin === undefined ? { iccid } : { iccid, source: { ...origin, onRemove: 'keep-esims' } }
  })
}

/** Does the device show an eSIM that an install of ours from this server brought? */
export function showsEsimOf(identity: SpecIdentity, device: IvantiDevice, memory: Memory): boolean {
  return memory.iccids.some(
    (each) => each.origin?.identity === identity && device.iccids.includes(each.iccid),
  )
}

/**
 * The install that a new ICCID came with: the newest one on the device that was heard of since, on a device whose SIMs
 * were known before it, and that brought none yet. `not-yet`: the one that asked for it may or may not be in the MDM.
 */
export function originOf(
  { sent, iccids }: Memory,
  seenAt: number,
  knownSince: number | undefined,
): SeenOrigin | 'not-yet' | undefined {
  const install = sent.findLast(
    (each) =>
      each.kind === 'install' &&
      each.position >= each.writes.length - 1 &&
      each.sentAt < seenAt &&
      each.error === undefined,
  )
  const { spec, configuration, sentAt } = install ?? {}
  if (spec === undefined || configuration === undefined || sentAt === undefined) return undefined
  if (seenAt - sentAt > ATTRIBUTED_WITHIN || (knownSince ?? Infinity) > sentAt) return undefined
  const identity = specIdentity(spec)
  if (iccids.some((each) => each.origin?.identity === identity && each.seenAt > sentAt)) return undefined
  return install?.writtenAt === undefined ? 'not-yet' : { configuration, identity }
}

type SeenOrigin = { readonly configuration: string; readonly identity: SpecIdentity }

/** What shows so long after an install came from elsewhere. */
const ATTRIBUTED_WITHIN: Duration = 4 * 24 * 60 * 60 * 1000
