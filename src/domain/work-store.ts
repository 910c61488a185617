import type { Assignment } from './assignment.ts'
import type { BudgetedKind } from './desired.ts'
import type { DeviceRecord, RecordKey } from './device.ts'
import type { PlannedStep } from './plan.ts'
import type { DeviceStatus, StoredDevice } from './stored-device.ts'
import type { Instant } from './time.ts'

/** A device as the worklist gives it: `seq` must be handed back to leave the list. */
export type WorkItem = { readonly seq: number; readonly device: StoredDevice }

export type PlannedRow = {
  readonly step: PlannedStep
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
}

export interface WorkStore {
  /** The worklist in order of entry. Devices with an issued or accepted step are left out until it settles. */
  work(limit: number, after?: number): Promise<readonly WorkItem[]>
  /** How many wait, those with a step under way included. */
  workSize(): Promise<number>
  /** Puts devices on the worklist: all, these, the ones whose due time has come, or (open) those with a step not issued yet. */
  enlist(which: 'all' | 'due' | 'open' | readonly number[], now: Instant): Promise<number>
  /** A later visit: the device enters the worklist when `enlist('due')` is asked at or after `at`. */
  visitAt(visits: readonly { readonly dev: number; readonly at: Instant }[]): Promise<void>
  /** Writes the result of planning a batch and takes it off the list. */
  savePlans(outcomes: readonly DeviceOutcome[], run: number, revision: string, now: Instant): Promise<void>
  /** Unissued steps of the budgeted kinds that nothing but a budget holds and whose earlier steps are not held, by device key (code points), then n. */
  candidates(kind: BudgetedKind, now: Instant): Promise<readonly Candidate[]>
  /** Steps of a kind issued at or after `since`. */
  used(kind: BudgetedKind, since: Instant): Promise<number>
  /** Sets and clears `budget-exceeded` on these steps and on every later unissued step of their devices. */
  allot(
    changes: readonly { readonly dev: number; readonly n: number; readonly over: boolean }[],
  ): Promise<void>
  /** Members now of each group named by an assignment, and who left it since it was last judged. */
  memberships(): Promise<
    readonly { readonly group: string; readonly members: number; readonly left: readonly number[] }[]
  >
  /** Judges who left a group: not shrunk (forgets them), or shrunk (their steps stay held until approved). */
  judgeGroup(group: string, shrank: boolean): Promise<void>
  /** The groups judged shrunk that each of these devices left; devices without any are absent. */
  shrunk(devs: readonly number[]): Promise<ReadonlyMap<number, readonly string[]>>
}

export type Candidate = {
  readonly dev: number
  readonly n: number
  readonly device: RecordKey
  readonly over: boolean
  readonly approved: boolean
}
