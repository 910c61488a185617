import type { Place } from './desired.ts'
import type { RecordKey } from './device.ts'
import type { EsimSpec, OnRemove } from './esim.ts'
import type { Finding } from './finding.ts'
import type { Instant } from './time.ts'

/** One thing done to one device (planning.md section 2), in the order in which kinds run within a device. */
export const STEP_KINDS = [
  'delete-record',
  'uninstall',
  'forget',
  'reset',
  'install',
  'update',
  'release',
  'retire',
] as const
export type StepKind = (typeof STEP_KINDS)[number]

/** What people read: an ordered run of steps. From the least to the most far-reaching. */
export const ACTIONS = [
  'clear-stale-record',
  'install',
  'uninstall',
  'reset-then-redeploy',
  'pre-retirement-reset',
] as const
export type Action = (typeof ACTIONS)[number]

/** Why a step waits for a person; each is a finding code too. */
export type HoldCode =
  | 'awaiting-approval'
  | 'budget-exceeded'
  | 'collateral-esim'
  | 'esim-state-unknown'
  | 'foreign-esim'
  | 'group-shrank'
  | 'personal-device'
  | 'registration-frozen'
  | 'stale-observation'
  | 'would-strand'

/** A step id: hash of device key, kind, spec, redownload served, cause and evidence. No clock, no counter. */
export type StepId = string & { readonly brand: 'StepId' }

export type PlannedStep = {
  readonly id: StepId
  readonly action: Action
  readonly kind: StepKind
  /** The configuration installed, updated, uninstalled or forgotten. */
  readonly configuration?: string
  /** What is put on or taken off; with install, update, uninstall and forget. */
  readonly spec?: EsimSpec
  /** The stale record that goes; with delete-record. */
  readonly record?: RecordKey
  /** With release and retire, and with the steps that lead there. */
  readonly retirement?: string
  /** With an uninstall of what may have downloaded: what becomes of its eSIMs. A failed install has downloaded nothing. */
  readonly onRemove?: OnRemove
  /** The `on` of the redownload that an install serves. */
  readonly redownload?: Instant
  /** With reset: what asks for it, and the retirement it leads to or an empty text; part of its id. */
  readonly causes?: readonly string[]
  readonly rule: string
  /** One sentence for a person. */
  readonly because: string
  readonly state: 'ready' | 'held'
  /** Sorted; empty when ready. */
  readonly heldBy: readonly HoldCode[]
  /** Why this very step is held; a step that only waits behind a held one has none. */
  readonly holdsFor?: HoldSubject
}

/** A hold gathers by reason, step and configuration. */
export type HoldSubject = { readonly codes: readonly HoldCode[]; readonly configuration?: string }

/** What is wanted of one device, and what follows. */
export type DevicePlan = {
  readonly device: RecordKey
  /** Absent when there is no step. */
  readonly action?: Action
  readonly steps: readonly PlannedStep[]
  /** What `mode: observe` only reports: the steps that would otherwise be planned. */
  readonly observed: readonly PlannedStep[]
  readonly findings: readonly Finding[]
}

export type Hold = {
  /** `h-31b0`: short, from the subject, the same for the same subject in every plan. */
  readonly id: string
  readonly code: HoldCode
  /** All of its codes, sorted; `code` is the first. */
  readonly codes: readonly HoldCode[]
  readonly step: StepKind
  readonly configuration?: string
  readonly devices: number
  /** Of the sorted step ids it holds: what an approval binds. */
  readonly digest: string
}

/** What became different in the desired state, with its line. */
export type Change = {
  readonly configuration: string
  /** Below `spec`: `windows.serverName`. */
  readonly path: string
  readonly from?: string
  readonly to?: string
  readonly source?: Place
}

export type PlannedDevice = DevicePlan & {
  readonly serialNumber?: string
  readonly name?: string
  readonly user?: string
  /** By step index; absent where the step is not held. */
  readonly holds: readonly (string | undefined)[]
}

export type PlanSummary = {
  readonly devices: number
  readonly changing: number
  readonly unchanged: number
  readonly steps: number
  readonly held: number
  readonly byAction: Readonly<Record<Action, number>>
  readonly byStep: Readonly<Record<StepKind, number>>
}

/** A plan is data: what JSON cannot hold is no plan. Devices sorted by key (code points), those with steps only. */
export type Plan = {
  readonly revision?: string
  /** `sha256:` of the revision and the sorted step ids. */
  readonly digest: string
  readonly createdAt: Instant
  readonly summary: PlanSummary
  readonly changes: readonly Change[]
  readonly holds: readonly Hold[]
  readonly devices: readonly PlannedDevice[]
  readonly findings: readonly Finding[]
}
