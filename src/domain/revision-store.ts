import type { DesiredState } from './desired.ts'
import type { RecordKey } from './device.ts'
import type { Finding } from './finding.ts'
import type { Reach } from './reach.ts'
import type { Revision } from './source.ts'
import type { Instant } from './time.ts'

/** A revision and what became of it. */
export type StoredRevision = {
  readonly seq: number
  readonly revision: Revision
  readonly at: Instant
  readonly state: 'in-force' | 'superseded' | 'refused'
  readonly findings: readonly Finding[]
  /** No EsimConfiguration where the one before had one: nothing destructive is planned from it. */
  readonly emptySource: boolean
  readonly rewritten: boolean
}

export type InForce = StoredRevision & { readonly desired: DesiredState }

/** When a retirement (or, as `retirement/group`, one of its groups) was first applied, and who was in that group then. */
export type RetirementMemory = {
  readonly name: string
  readonly firstAppliedAt: Instant
  readonly members: ReadonlySet<RecordKey>
}

export interface RevisionStore {
  /** The last good one; absent before the first. */
  inForce(): Promise<InForce | undefined>
  /** The last one seen, good or refused. */
  latest(): Promise<StoredRevision | undefined>
  /**
   * Puts a revision in force; whom it reaches, and whoever gave up a step under another one (finding
   * `retry-exhausted`), enters the worklist in the same transaction.
   */
  apply(
    entry: Omit<StoredRevision, 'seq' | 'state'> & { readonly desired: DesiredState; readonly reach: Reach },
  ): Promise<StoredRevision>
  /** Notes a revision that is not valid; what is in force stays. */
  refuse(entry: Omit<StoredRevision, 'seq' | 'state' | 'emptySource'>): Promise<StoredRevision>
  /** Remembers retirements that are applied for the first time; one that is remembered stays as it is. */
  rememberRetirements(retirements: readonly RetirementMemory[]): Promise<void>
  retirements(): Promise<readonly RetirementMemory[]>
}
