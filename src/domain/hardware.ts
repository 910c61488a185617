import type { DeviceRecord } from './device.ts'

/** All records of one hardware: one device (planning.md section 1). */
export type Hardware = {
  /** The active record enrolled last, then by the order of drivers; with no active one, the record enrolled last. */
  readonly steering: DeviceRecord
  /** Every other record; they get no step. */
  readonly others: readonly DeviceRecord[]
  /** Of the others: further active ones. */
  readonly duplicates: readonly DeviceRecord[]
  /** Of the others: stale twins of the steering record, to be deleted before it is provisioned (S14). */
  readonly stale: readonly DeviceRecord[]
  /** Of the others: twins on their way out (wipe or retire pending): they hold the install until they are gone. */
  readonly pending: readonly DeviceRecord[]
  /** Identities disagree, or an enrolment time is unknown: nothing is planned. For people. */
  readonly ambiguous?: string
  /** An identity of the steering record that is blank, masked or shared, for people. */
  readonly masked?: string
}
