import type { DeviceFacts, Esim, InstalledConfiguration } from '../../domain/device.ts'

/** One simulated enrolment as it truly is, whatever the MDM has heard of it so far. */
export type SimulatedDevice = Omit<
  DeviceFacts,
  | 'key'
  | 'driver'
  | 'id'
  | 'lastSeenAt'
  | 'installed'
  | 'esims'
  | 'esimsComplete'
  | 'installedObservedAt'
  | 'esimsObservedAt'
> & {
  /** Counts from 1 in the order of enrolment; `d-7` to everybody else. */
  readonly id: number
  readonly installed: readonly InstalledConfiguration[]
  /** What the eUICC holds. */
  readonly esims: readonly Esim[]
  /** How many eSIMs this enrolment ever downloaded: numbers their ICCIDs. */
  readonly downloads: number
}

/** The MDM's id of an enrolment: `d-7`. */
export function recordId(id: number): string {
  return `d-${id}`
}

/** The number in `d-7`; `undefined` for anything else. */
export function parseRecordId(text: string): number | undefined {
  const match = /^d-([1-9]\d{0,8})$/.exec(text)
  return match === null ? undefined : Number(match[1])
}
