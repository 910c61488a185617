import type { Assignment } from './assignment.ts'
import type { DeviceRecord, Traits } from './device.ts'
import type { Finding } from './finding.ts'
import type { DriftCause, Verdict } from './journal.ts'
import type { Action } from './plan.ts'
import type { Instant } from './time.ts'

/** What a device looks like to the planner when nobody asks which one it is (plan/shape.ts). */
export type Shape = string & { readonly brand: 'Shape' }

/** What of a record tells which one it is and how old what is known of it is; identities trimmed, in upper case. */
export type Face = Pick<
  DeviceRecord,
  | 'key'
  | 'id'
  | 'driver'
  | 'serialNumber'
  | 'eid'
  | 'enrolledAt'
  | 'lastSeenAt'
  | 'installedObservedAt'
  | 'esimsObservedAt'
>

/** One record with what simplane derived for it. `version` grows with every change of the record. */
export type StoredDevice = {
  /** Small integer, for ever the same for a record key; never shown to people. */
  readonly dev: number
  readonly version: number
  /** Wide, so a store may read it only when it is asked for. */
  readonly record: DeviceRecord
  readonly face: Face
  /** Of the record, without reading the rest of it. */
  readonly traits: Traits
  /** Equal exactly when two records differ in nothing but identity, moments, and what only selectors ask for. */
  readonly shape: Shape
  /** true: certainly no other record shares its serial number or EID (case folded). */
  readonly isSingle?: boolean
  /** Since when a complete inventory no longer lists it. */
  readonly goneSince?: Instant
  readonly assignment?: Assignment
  readonly status: DeviceStatus
}

/** What the last plan of the device left behind. */
export type DeviceStatus = {
  readonly verdict?: Verdict
  /** Absent: no step. */
  readonly action?: Action
  readonly findings: readonly Finding[]
  readonly drift?: { readonly cause: DriftCause; readonly since: Instant }
  /** Since when it has no eSIM because simplane erased it and the wanted one is not proven yet. */
  readonly withoutEsimSince?: Instant
  /** Digest of the assignment (content included) whose goal this device was last seen to have reached. */
  readonly convergedTo?: string
  /** When its present assignment digest was first wanted of it. */
  readonly wantedSince?: Instant
  readonly wantedDigest?: string
}
