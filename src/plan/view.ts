import type { EsimConfiguration } from '../domain/desired.ts'
import type { DeviceRecord, Esim, InstalledConfiguration } from '../domain/device.ts'
import { specIdentity } from '../domain/esim.ts'

/** A device's two axes, sorted out for one wanted configuration C (planning.md section 3). */
export type View = {
  readonly installedKnown: boolean
  /** The list is complete: what it does not hold is not there. */
  readonly complete: boolean
  readonly listed: readonly Esim[]
  /** Entries with C's identity, under whatever name. */
  readonly c: readonly InstalledConfiguration[]
  /** Entries of C's name with another identity. */
  readonly oldC: readonly InstalledConfiguration[]
  /** Every other entry. */
  readonly others: readonly InstalledConfiguration[]
  /** eSIMs from C's server. */
  readonly cEsims: readonly Esim[]
  /** eSIMs that an earlier spec of C brought. */
  readonly earlierEsims: readonly Esim[]
  /** eSIMs of ours that are neither. */
  readonly otherEsims: readonly Esim[]
  readonly foreignEsims: readonly Esim[]
}

export function viewOf(device: DeviceRecord, wanted: EsimConfiguration | undefined): View {
  const entries = device.installed === 'unknown' ? [] : device.installed
  const listed = device.esims === 'unknown' ? [] : device.esims
  const identity = wanted === undefined ? undefined : specIdentity(wanted.spec)
  const isC = (entry: InstalledConfiguration): boolean => specIdentity(entry.spec) === identity
  const isOldC = (entry: InstalledConfiguration): boolean =>
    !isC(entry) && entry.configuration === wanted?.name
  const isCs = (esim: Esim): boolean => {
    if (wanted === undefined || esim.source === undefined) return false
    return esim.source.identity === undefined
      ? esim.source.configuration === wanted.name
      : esim.source.identity === identity
  }
  const isEarlier = (esim: Esim): boolean =>
    !isCs(esim) && wanted !== undefined && esim.source?.configuration === wanted.name
  return {
    installedKnown: device.installed !== 'unknown',
    complete: device.esims !== 'unknown' && device.esimsComplete,
    listed,
    c: entries.filter(isC),
    oldC: entries.filter(isOldC),
    others: entries.filter((entry) => !isC(entry) && !isOldC(entry)),
    cEsims: listed.filter(isCs),
    earlierEsims: listed.filter(isEarlier),
    otherEsims: listed.filter((esim) => esim.source !== undefined && !isCs(esim) && !isEarlier(esim)),
    foreignEsims: listed.filter((esim) => esim.source === undefined),
  }
}

/** A failed entry counts as not installed (it is still uninstalled when unwanted). */
export function isPresent(entry: InstalledConfiguration): boolean {
  return entry.state !== 'failed'
}

/** The eSIMs of another configuration that are to be erased: its newest applied `onRemove` says so, or its erasure is owed. */
export function eraseEsims(view: View, device: DeviceRecord): Esim[] {
  return view.otherEsims.filter((esim) => isErased(esim, view, device))
}

/** The eSIMs of another configuration that are kept. */
export function keptEsims(view: View, device: DeviceRecord): Esim[] {
  return view.otherEsims.filter((esim) => !isErased(esim, view, device))
}

function isErased(esim: Esim, view: View, device: DeviceRecord): boolean {
  const { source } = esim
  if (source === undefined) return false
  if (device.eraseOwed.includes(source.configuration)) return true
  const entry = view.others.find((each) => each.managed && bringsFrom(each, source))
  return (entry?.onRemove ?? source.onRemove) === 'erase-all-esims'
}

function bringsFrom(entry: InstalledConfiguration, source: NonNullable<Esim['source']>): boolean {
  return source.identity === undefined
    ? entry.configuration === source.configuration
    : specIdentity(entry.spec) === source.identity
}
