import {
  isApple,
  type DeviceFacts,
  type DeviceRecord,
  type Esim,
  type InstalledConfiguration,
} from '../domain/device.ts'
import { specIdentity } from '../domain/esim.ts'

/**
 * An observation becomes a record: facts are replaced, memory is kept. What the MDM could not read this time keeps its
 * last known value with the age of that value; what only simplane knows (managed, onRemove, mode, when a redownload
 * was served) is carried over by identity first, then by name.
 */
export function remember(before: DeviceRecord | undefined, facts: DeviceFacts): DeviceRecord {
  if (before === undefined) return firstSeen(facts)
  const reenrolled =
    facts.enrolledAt !== undefined && before.enrolledAt !== undefined && facts.enrolledAt > before.enrolledAt
  const known = reenrolled ? afterReenrolment(before) : before
  const installed = mergeInstalled(known, facts)
  const esims = mergeEsims(known, facts, installed.installed)
  const otherConnectivity = mergeConnectivity(known, facts)
  const eraseOwed = stillOwed(known, esims)
  return {
    ...facts,
    ...(facts.labels === undefined && known.labels !== undefined ? { labels: known.labels } : {}),
    ...(facts.groups === undefined && known.groups !== undefined ? { groups: known.groups } : {}),
    ...(otherConnectivity === undefined ? {} : { otherConnectivity }),
    ...installed,
    ...esims,
    provisionedBefore: known.provisionedBefore || holdsOurs(esims.esims),
    eraseOwed,
    ...(known.released === undefined ? {} : { released: known.released }),
  }
}

/**
 * Would the same facts, reported again later, change nothing but ages of the record that they led to? Not while the
 * device has only to check in again to show another way online (S23), nor where an empty list keeps an older proof.
 */
export function repeats(record: DeviceRecord, facts: DeviceFacts): boolean {
  const { esims, esimsComplete } = facts
  if (esims !== 'unknown' && esims.length === 0 && !esimsComplete) return false
  const { otherConnectivity = 'unknown' } = record
  return otherConnectivity !== 'unknown' || !isProvenEmpty(record)
}

/** Of a device never seen before nobody knows whether it was provisioned: so it may have been. */
function firstSeen(facts: DeviceFacts): DeviceRecord {
  return { ...facts, provisionedBefore: true, eraseOwed: [] }
}

/** Another life of the device: nothing is installed any more, and what the eUICC holds is not known (S32). */
function afterReenrolment(before: DeviceRecord): DeviceRecord {
  const { released: _released, ...rest } = before
  return { ...rest, installed: [], esims: 'unknown', esimsComplete: false }
}

type Installed = Pick<DeviceRecord, 'installed' | 'installedObservedAt'>

function mergeInstalled(before: DeviceRecord, facts: DeviceFacts): Installed {
  if (facts.installed === 'unknown')
    return observed('installedObservedAt', { installed: before.installed }, before)
  const known = before.installed === 'unknown' ? [] : before.installed
  const installed = facts.installed.map((entry) => {
    // What simplane put on an iPhone is in its own record, or was forgotten (S33): whatever else is reported is not ours.
    const reported = isApple(facts.platform) ? { ...entry, managed: false } : entry
    return carryOver(reported, matching(entry, known))
  })
  return observed('installedObservedAt', { installed }, facts)
}

function matching(
  entry: InstalledConfiguration,
  known: readonly InstalledConfiguration[],
): InstalledConfiguration | undefined {
  const identity = specIdentity(entry.spec)
  return known.find((each) => specIdentity(each.spec) === identity)
}

function carryOver(
  entry: InstalledConfiguration,
  known: InstalledConfiguration | undefined,
): InstalledConfiguration {
  if (known === undefined) return entry
  const times = [entry.installedAt, known.installedAt].filter((each) => each !== undefined)
  return {
    ...entry,
    configuration: known.managed ? known.configuration : entry.configuration,
    managed: known.managed || entry.managed,
    onRemove: known.onRemove,
    ...(known.mode === undefined ? {} : { mode: known.mode }),
    ...(times.length === 0 ? {} : { installedAt: Math.max(...times) }),
  }
}

type Esims = Pick<DeviceRecord, 'esims' | 'esimsComplete' | 'esimsObservedAt'>

function mergeEsims(before: DeviceRecord, facts: DeviceFacts, installed: DeviceRecord['installed']): Esims {
  if (facts.esims === 'unknown') {
    return observed('esimsObservedAt', { esims: before.esims, esimsComplete: before.esimsComplete }, before)
  }
  // An incomplete list that shows nothing does not contradict what a proven eSIM reset left behind.
  if (!facts.esimsComplete && facts.esims.length === 0 && isProvenEmpty(before)) {
    return observed('esimsObservedAt', { esims: [], esimsComplete: true }, before)
  }
  const known = new Map(before.esims === 'unknown' ? [] : before.esims.map((esim) => [esim.iccid, esim]))
  const esims = facts.esims.map((esim) => knownOrigin(esim, known.get(esim.iccid), installed))
  return observed('esimsObservedAt', { esims, esimsComplete: facts.esimsComplete }, facts)
}

function isProvenEmpty({ esims, esimsComplete }: DeviceRecord): boolean {
  return esims !== 'unknown' && esimsComplete && esims.length === 0
}

/** Where an eSIM came from is remembered by ICCID; else the configuration of its server tells. */
function knownOrigin(esim: Esim, known: Esim | undefined, installed: DeviceRecord['installed']): Esim {
  if (known?.source !== undefined) return { ...esim, source: known.source }
  const { source } = esim
  if (source === undefined || installed === 'unknown') return esim
  const entry = installed.find((each) => specIdentity(each.spec) === source.identity)
  if (entry === undefined) return esim
  const { configuration, onRemove, mode } = entry
  return { ...esim, source: { ...source, configuration, onRemove, ...(mode === undefined ? {} : { mode }) } }
}

function observed<K extends 'installedObservedAt' | 'esimsObservedAt', T extends object>(
  key: K,
  value: T,
  from: DeviceFacts,
): T & Partial<Record<K, number>> {
  const at = from[key] ?? from.lastSeenAt
  return at === undefined ? value : { ...value, [key]: at }
}

/** A check-in while the eUICC was known empty is evidence of another way online (S23). */
function mergeConnectivity(before: DeviceRecord, facts: DeviceFacts): DeviceFacts['otherConnectivity'] {
  if (facts.otherConnectivity !== undefined && facts.otherConnectivity !== 'unknown')
    return facts.otherConnectivity
  const emptySince = before.esimsObservedAt ?? before.lastSeenAt
  if (isProvenEmpty(before) && emptySince !== undefined && (facts.lastSeenAt ?? 0) > emptySince) return 'yes'
  return before.otherConnectivity ?? facts.otherConnectivity
}

function stillOwed(before: DeviceRecord, { esims, esimsComplete }: Esims): readonly string[] {
  if (before.eraseOwed.length === 0 || esims === 'unknown' || !esimsComplete) return before.eraseOwed
  return before.eraseOwed.filter((name) => esims.some((esim) => esim.source?.configuration === name))
}

function holdsOurs(esims: DeviceRecord['esims']): boolean {
  return esims !== 'unknown' && esims.some((esim) => esim.source !== undefined)
}
