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
  /** As the step was given: a settlement of a step that another process has taken meanwhile is void. */
  readonly lease?: Lease
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
   * device has no step under way, does not wait to be planned, and left no group that is not judged yet, and writes
   * them as issued: command id `epoch.dev.n.attempt`, baseline, deadline. Journal before effect: only what this returns
   * may be sent. `drivers`: only devices of these. Where several processes work on one store, each step goes to one.
   */
  claim(
    limit: number,
    drivers: readonly string[],
    run: number,
    now: Instant,
    deadline: Instant,
  ): Promise<readonly ClaimedStep[]>
  /**
   * Takes steps issued or accepted whose `pollAt` (absent: at once) has come. Where several processes work on one
   * store, no other is given them until they are settled or the lease is over.
   */
  underWay(now: Instant, limit: number): Promise<readonly ClaimedStep[]>
  /**
   * Writes settlements in one transaction; a terminal state puts the device and its siblings on the worklist. One whose
   * step is not under way any more, or under another lease, is void, its record included.
   */
  settle(settlements: readonly Settlement[]): Promise<void>
  /** The earliest moment at which something is to be polled, issued or visited; absent: nothing is. */
  nextDue(now: Instant): Promise<Instant | undefined>
  /** Forgets tries, so that the step is tried again; gives the number of devices. */
  forgetTries(devs: readonly number[] | 'all'): Promise<number>
  /** All steps of one device, newest first. */
  steps(dev: number, limit: number): Promise<readonly JournalStep[]>
}

export type ClaimedStep = JournalStep & {
  readonly command: CommandId
  readonly stored: StoredDevice
  /** Absent where one process alone works on the store. */
  readonly lease?: Lease
  /** Not to be sent after this, for another process may be given it then. Absent: none will be. */
  readonly sendBefore?: Instant
}

/** Says who was given a step to send or ask about; a later one ends the one before. */
export type Lease = string & { readonly brand: 'Lease' }

export type Try = {
  readonly dev: number
  readonly id: StepId
  readonly state: StepState
  readonly revision: string
  readonly attempt: number
  readonly settledAt: Instant
  readonly error?: NonNullable<JournalStep['error']>
}
