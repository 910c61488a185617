import type { RecordKey } from './device.ts'
import type { CommandId } from './driver.ts'
import type { PlannedStep } from './plan.ts'
import type { Instant } from './time.ts'

/**
 * A step's life (planning.md section 5).
 * planned (ready or held) -> issued -> accepted -> proven | failed | expired | lost | unproven.
 * `superseded`: a newer plan replaced it before it was issued. `unproven`: an effect that nothing could show;
 * a reset or retire in it is never issued again by itself.
 */
export type StepState =
  | 'ready'
  | 'held'
  | 'issued'
  | 'accepted'
  | 'proven'
  | 'failed'
  | 'expired'
  | 'lost'
  | 'unproven'
  | 'superseded'

/** One row of the journal. Written before its effect. */
export type JournalStep = {
  readonly dev: number
  /** Counts up within a device, never reused. */
  readonly n: number
  readonly device: RecordKey
  readonly step: PlannedStep
  readonly state: StepState
  /** Tries so far of this very step id; 1 for the first. */
  readonly attempt: number
  /** Set when issued. */
  readonly command?: CommandId
  readonly revision: string
  readonly run: number
  readonly plannedAt: Instant
  /** Not to be issued before (back-off, Retry-After). */
  readonly notBefore?: Instant
  readonly issuedAt?: Instant
  /** Next look at it, while issued or accepted. */
  readonly pollAt?: Instant
  /** When it expires unproven. */
  readonly deadline?: Instant
  readonly settledAt?: Instant
  /** ICCIDs listed when it was issued: a reset is proven when all of them are gone. */
  readonly baseline?: readonly string[]
  /** How it was proven; or what the MDM said went wrong. */
  readonly proof?: 'observed' | 'attested' | 'accepted' | 'already'
  readonly error?: { readonly code: string; readonly message: string; readonly permanent: boolean }
}

/** Why a device contradicts a revision already applied (planning.md section 6). */
export const DRIFT_CAUSES = [
  'removed-on-device',
  'disabled-on-device',
  'changed-outside',
  'excluded-in-mdm',
  're-enrolled',
  'failed',
  'never-applied',
] as const
export type DriftCause = (typeof DRIFT_CAUSES)[number]

/** One vocabulary everywhere (contracts.md section 4). */
export const VERDICTS = ['in-sync', 'working', 'held', 'drifted', 'failed', 'not-eligible'] as const
export type Verdict = (typeof VERDICTS)[number]
