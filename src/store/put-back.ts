import type { JournalStep } from '../domain/journal.ts'
import type { Revision } from '../domain/source.ts'
import type { Instant } from '../domain/time.ts'

/** What became of the past in a database that was put back. */
export type PutBack = {
  /** Steps that were under way: eSIM resets and retirements that are not sent again by themselves. */
  readonly unproven: number
  /** Other steps that were under way: planned again from what is observed. */
  readonly expired: number
  /** Approvals that ended. */
  readonly approvals: number
}

/** Why a step ended that was under way. */
export const INTERRUPTED: NonNullable<JournalStep['error']> = {
  code: 'restored',
  message: 'it was under way when the backup was made that the store was put back from',
  permanent: false,
}

/** What a database tells of itself, for a person who decides about it. */
export type DatabaseContents = {
  readonly bytes: number
  readonly format: number
  readonly devices: number
  /** In force. */
  readonly revision?: Revision
  /** Absent: no backup made by simplane. */
  readonly takenAt?: Instant
  /** The last of its runs, events, approvals, inventories and issued steps. */
  readonly newest?: Instant
  readonly lastRun?: { readonly id: number; readonly trigger: string; readonly at: Instant }
  readonly lastEvent?: { readonly kind: string; readonly message: string; readonly at: Instant }
}
