import type { Assignment } from './assignment.ts'
import type { BudgetedKind } from './desired.ts'
import type { DeviceRecord } from './device.ts'
import type { JournalStep } from './journal.ts'
import type { Try } from './journal-store.ts'
import type { PlannedStep, StepId } from './plan.ts'
import type { DeviceStatus, StoredDevice } from './stored-device.ts'
import type { Instant } from './time.ts'

/** A device as the worklist gives it, with all that planning it needs; `seq` must be handed back to leave the list. */
export type WorkItem = {
  readonly seq: number
  readonly device: StoredDevice
  /** The groups judged shrunk that it left, sorted. */
  readonly shrunk: readonly string[]
  readonly history: StepHistory
}

/** What of a device's settled steps a plan depends on. */
export type StepHistory = {
  /** Failed, expired and unproven tries that nobody forgot, newest first. */
  readonly tries: readonly Try[]
  /** When a step was proven last. */
  readonly provenAt?: Instant
  /** When a step last ended unanswered (expired or unproven): its command may still run. */
  readonly unansweredAt?: Instant
  /** When an eSIM reset was proven that no proven install has followed. */
  readonly erasedAt?: Instant
  /** Steps of the device that an approval covers now and that were not proven under it yet. */
  readonly approved: readonly StepId[]
}

export type WorkBatch = {
  /** In order of entry. */
  readonly items: readonly WorkItem[]
  /** Every other record that shares a serial number or EID (case folded) with one of the items. */
  readonly siblings: readonly StoredDevice[]
  /** The place on the list where it ends; no item: where it began. */
  readonly end: number
}

export type PlannedRow = {
  readonly step: PlannedStep
  /** A step that is the same in everything but its id, and one object for all devices that look alike. */
  readonly like?: PlannedStep
  readonly attempt: number
  readonly notBefore?: Instant
}

/** The result of planning one record. */
export type DeviceOutcome = {
  readonly dev: number
  /** The version that was planned; another one now: the device stays on the list and these rows are not written. */
  readonly version: number
  readonly seq: number
  readonly assignment: Assignment
  readonly status: DeviceStatus
  /** The record with what planning learned to remember of it; written along, and no reason to plan again. */
  readonly record?: DeviceRecord
  /** Replace every row of the device that is not issued yet (those become `superseded` when they differ by step id, and vanish). */
  readonly steps: readonly PlannedRow[]
  /** When time alone may change this plan: `enlist('due')` enters the device then. Absent: never. */
  readonly visitAt?: Instant
  /** The plan waits for the device to be seen: any later sight of it enters the worklist, whatever it shows. */
  readonly awaitsSight: boolean
}

/** What a batch of plans is written with. */
export type PlanStamp = {
  readonly run: number
  readonly revision: string
  readonly now: Instant
  /** Kinds with a budget: a step of one waits over budget until `allot` lets it go. */
  readonly limited: readonly BudgetedKind[]
}

/** A device with all that planning it from scratch needs, and what is planned for it. */
export type AuditItem = Omit<WorkItem, 'seq'> & {
  /** A step of it is issued or accepted. */
  readonly underWay: boolean
  /** It is on the worklist. */
  readonly waiting: boolean
  /** Its steps that are planned and not issued, in the order in which they run. */
  readonly steps: readonly JournalStep[]
}

export type AuditPage = {
  /** In order of `dev`. */
  readonly items: readonly AuditItem[]
  /** As in a `WorkBatch`. */
  readonly siblings: readonly StoredDevice[]
}

export interface WorkStore {
  /**
   * The oldest of the worklist, or what is on it after a place. Devices with an issued or accepted step are left out until
   * it settles.
   */
  work(limit: number, now: Instant, after?: WorkBatch['end']): Promise<WorkBatch>
  /** How many wait, those with a step under way included. */
  workSize(): Promise<number>
  /** Puts devices on the worklist: all, these, or the ones whose visit has come; gives how many. */
  enlist(which: 'all' | 'due' | readonly number[], now: Instant): Promise<number>
  /**
   * What every plan depends on beside the desired state and the records: program, drivers, ceiling. Another text than
   * last time (or the first ever): every device enters the worklist, and true.
   */
  planUnder(circumstances: string): Promise<boolean>
  /** Keyset walk over all devices in order of `dev`, with what is planned for each; `after` 0 begins, no item: the end. */
  audit(after: number, limit: number, now: Instant): Promise<AuditPage>
  /** Writes the result of planning a batch and takes it off the list. */
  savePlans(outcomes: readonly DeviceOutcome[], stamp: PlanStamp): Promise<void>
  /** Steps of a kind issued at or after `since`. */
  used(kind: BudgetedKind, since: Instant): Promise<number>
  /**
   * Gives `left` of a budget (Infinity: it is unlimited) to the unissued steps of its kind that nothing but a budget
   * holds and whose earlier steps are not held: by device key (code points), then n. Each takes one while there is
   * some; one approved at `now` goes in any case. The rest is over budget, with every later unissued step of its device.
   */
  allot(kind: BudgetedKind, left: number, now: Instant): Promise<void>
  /** Groups that devices left since they were last judged; their steps are not issued until then. */
  departures(): Promise<readonly Departure[]>
  /** Judges who left a group: not shrunk (forgets them), or shrunk (their steps stay held until approved). */
  judgeGroup(group: string, shrank: boolean): Promise<void>
  /** The groups judged shrunk that each of these devices left, sorted; devices without any are absent. */
  shrunk(devs: readonly number[]): Promise<ReadonlyMap<number, readonly string[]>>
}

/** `members`: how many it has now; `left`: how many left it and are not judged. */
export type Departure = { readonly group: string; readonly members: number; readonly left: number }
