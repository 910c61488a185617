import type { RecordKey } from './device.ts'
import type { FindingCode } from './finding.ts'
import type { DriftCause, Verdict } from './journal.ts'
import type { StoredDevice } from './stored-device.ts'
import type { Instant } from './time.ts'

export type DeviceFilter = {
  readonly verdict?: Verdict
  readonly finding?: FindingCode
  readonly configuration?: string
  readonly group?: string
  readonly retirement?: string
  readonly platform?: string
  readonly drift?: boolean
  readonly withoutEsim?: boolean
}

/** The numbers of the status screen. */
export type FleetCounts = {
  readonly devices: number
  /** Records with registration active. */
  readonly active: number
  readonly byVerdict: Readonly<Record<Verdict, number>>
  readonly byPlatform: Readonly<Record<string, number>>
  readonly withoutEsim: number
  readonly withoutEsimSince?: Instant
  readonly findings: readonly { readonly code: FindingCode; readonly devices: number }[]
  readonly drift: readonly { readonly cause: DriftCause; readonly devices: number; readonly since: Instant }[]
  readonly configurations: readonly ({ readonly name: string; readonly wanted: number } & Readonly<
    Record<Verdict, number>
  >)[]
  readonly retirements: readonly {
    readonly name: string
    readonly devices: number
    readonly ready: number
    readonly working: number
    readonly held: number
  }[]
  /** Steps not settled yet, by state. */
  readonly open: { readonly ready: number; readonly held: number; readonly underWay: number }
  readonly oldestSeen?: Instant
  readonly newestSeen?: Instant
}

export interface ReadStore {
  counts(): Promise<FleetCounts>
  /** Records with registration active; does not walk the fleet. */
  active(): Promise<number>
  /** Steps not settled yet, by state; does not walk the fleet. */
  unsettled(): Promise<FleetCounts['open']>
  /** Matching devices by key (code points). */
  devices(filter: DeviceFilter, limit: number, after?: RecordKey): Promise<readonly StoredDevice[]>
  /** Grows whenever another process wrote: how a service notices an approval made beside it. */
  dataVersion(): Promise<number>
}
