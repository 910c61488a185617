import type { DeviceRecord, RecordKey } from './device.ts'
import type { CommandId } from './driver.ts'
import type { JournalStep, StepState } from './journal.ts'
import type { StepId } from './plan.ts'
import type { StoredDevice } from './stored-device.ts'
import type { Instant } from './time.ts'

/** What became of a step that was under way. */
export type Settlement = {
  readonly dev: number
  readonly n: number
  readonly state: StepState
  readonly at: Instant
  readonly pollAt?: Instant
  readonly deadline?: Instant
  readonly proof?: NonNullable<JournalStep['proof']>
  readonly error?: NonNullable<JournalStep['error']>
  /** The record as it now is, where the settlement changed what is remembered; same transaction. */
  readonly record?: DeviceRecord
  /** true: the record is gone from the MDM (delete-record proven on `record` of the step). */
  readonly deleted?: RecordKey
}

export interface JournalStore {
  /**
   * Takes up to `limit` ready steps, the first unsettled one of its device, whose `notBefore` has come and whose
   * device has no step under way, and writes them as issued: command id `epoch.dev.n.attempt`, baseline, deadline.
   * Journal before effect: only what this returns may be sent. `drivers`: only devices of these.
   */
  claim(
    limit: number,
    drivers: readonly string[],
    run: number,
    now: Instant,
    deadline: Instant,
  ): Promise<readonly ClaimedStep[]>
  /** Steps issued or accepted whose `pollAt` (absent: at once) has come. */
  underWay(now: Instant, limit: number): Promise<readonly ClaimedStep[]>
  /** Writes settlements in one transaction; a terminal state puts the device and its siblings on the worklist. */
  settle(settlements: readonly Settlement[]): Promise<void>
  /** The earliest moment at which something is to be polled, issued or visited; absent: nothing is. */
  nextDue(now: Instant): Promise<Instant | undefined>
  /** Failed, expired and unproven tries of the same step id, newest first. */
  tries(steps: readonly { readonly dev: number; readonly id: StepId }[]): Promise<readonly Try[]>
  /** Forgets tries, so that the step is tried again; gives the number of devices. */
  forgetTries(devs: readonly number[] | 'all'): Promise<number>
  /** All steps of one device, newest first. */
  steps(dev: number, limit: number): Promise<readonly JournalStep[]>
}

export type ClaimedStep = JournalStep & { readonly command: CommandId; readonly stored: StoredDevice }

export type Try = {
  readonly dev: number
  readonly id: StepId
  readonly state: StepState
  readonly revision: string
  readonly attempt: number
  readonly settledAt: Instant
  readonly error?: NonNullable<JournalStep['error']>
}
