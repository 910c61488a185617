import type { RecordKey } from './device.ts'
import type { Hold, HoldCode, StepId } from './plan.ts'
import type { Instant } from './time.ts'

export type StoredHold = Hold & {
  readonly since: Instant
  readonly steps: readonly {
    readonly dev: number
    readonly n: number
    readonly id: StepId
    readonly device: RecordKey
  }[]
}

export type Approval = {
  readonly id: number
  readonly hold: string
  readonly codes: readonly HoldCode[]
  readonly by: string
  readonly reason?: string
  readonly at: Instant
  readonly expiresAt: Instant
  readonly steps: readonly StepId[]
}

export interface HoldStore {
  /** Every held step now, gathered by `hold`. */
  holds(): Promise<readonly StoredHold[]>
  /**
   * Binds exactly these step ids; the devices that hold one enter the worklist, now and (as a visit) when it expires.
   * Nothing for an empty list: throws `not-found`.
   */
  approve(
    approval: Omit<Approval, 'id' | 'steps'> & {
      readonly steps: readonly { readonly dev: number; readonly id: StepId }[]
    },
  ): Promise<Approval>
  /** Step ids that an approval covers now. */
  approved(now: Instant): Promise<ReadonlySet<StepId>>
  approvals(limit: number): Promise<readonly Approval[]>
}
