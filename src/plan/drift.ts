import type { Assignment, Wanted } from '../domain/assignment.ts'
import type { EsimConfiguration } from '../domain/desired.ts'
import { isApple } from '../domain/device.ts'
import type { EsimSpec } from '../domain/esim.ts'
import type { DriftCause } from '../domain/journal.ts'
import type { DevicePlan, PlannedStep } from '../domain/plan.ts'
import type { DeviceStatus, StoredDevice } from '../domain/stored-device.ts'
import { DAY, type Instant } from '../domain/time.ts'
import { digest } from './step-id.ts'
import { isPresent, viewOf } from './view.ts'

/** How long a first rollout may wait for its device before it is reported as drift. */
export const NEVER_APPLIED_AFTER = DAY

/** What is wanted, content included: equal exactly when a device that reached it once has nothing new to reach. */
function wantedDigest({ wanted }: Assignment, configuration: EsimConfiguration | undefined): string {
  const known = digests.get(wanted)
  if (known !== undefined && known.spec === configuration?.spec) return known.digest
  const spec = configuration?.spec
  const made = digest([wanted, spec ?? null]).slice(0, 16)
  digests.set(wanted, { spec, digest: made })
  return made
}

/** Devices share what is wanted of them by the thousand. */
const digests = new WeakMap<Wanted, { readonly spec: EsimSpec | undefined; readonly digest: string }>()

export type DriftMemory = Pick<DeviceStatus, 'drift' | 'convergedTo' | 'wantedSince' | 'wantedDigest'>

/**
 * Whether recorded state contradicts what was already applied (drift) or only what is newly wanted (a change), since
 * when, and why (planning.md section 6). What is remembered comes back changed.
 */
export function driftOf(
  stored: Pick<StoredDevice, 'status' | 'record'>,
  plan: DevicePlan,
  given: {
    readonly assignment: Assignment
    readonly configuration: EsimConfiguration | undefined
    readonly now: Instant
  },
): DriftMemory {
  const { status } = stored
  const wanted = wantedDigest(given.assignment, given.configuration)
  const wantedSince = status.wantedDigest === wanted ? (status.wantedSince ?? given.now) : given.now
  const memory = { wantedDigest: wanted, wantedSince }
  const steps = [...plan.steps, ...plan.observed].filter((step) => step.kind !== 'delete-record')
  const failed = plan.findings.some(
    (finding) => finding.code === 'retry-exhausted' || finding.code === 'unproven',
  )
  const disabled = plan.findings.some((finding) => finding.code === 'esim-disabled')
  if (steps.length === 0 && !failed && !disabled) return { ...memory, convergedTo: wanted }
  const converged = status.convergedTo === wanted
  const kept = status.convergedTo === undefined ? {} : { convergedTo: status.convergedTo }
  const cause = causeOf(stored, steps, { ...given, converged, failed, disabled, wantedSince })
  if (cause === undefined) return { ...memory, ...kept }
  const since = status.drift?.cause === cause ? status.drift.since : given.now
  return { ...memory, ...kept, drift: { cause, since } }
}

type Circumstances = {
  readonly configuration: EsimConfiguration | undefined
  readonly now: Instant
  readonly converged: boolean
  readonly failed: boolean
  readonly disabled: boolean
  readonly wantedSince: Instant
}

function causeOf(
  stored: Pick<StoredDevice, 'status' | 'record'>,
  steps: readonly PlannedStep[],
  given: Circumstances,
): DriftCause | undefined {
  if (given.failed) return 'failed'
  if (!given.converged) {
    if (given.disabled && steps.length === 0) return 'disabled-on-device'
    return given.now - given.wantedSince > NEVER_APPLIED_AFTER ? 'never-applied' : undefined
  }
  if (steps.length === 0) return 'disabled-on-device'
  const { record } = stored
  const view = viewOf(record, given.configuration)
  if (steps.some((step) => step.kind === 'update' || step.kind === 'uninstall' || step.kind === 'forget'))
    return 'changed-outside'
  if (given.configuration === undefined) return 'changed-outside'
  if (view.c.some(isPresent)) return 'removed-on-device'
  if (view.earlierEsims.length > 0 || view.oldC.length > 0) return 'changed-outside'
  const fresh =
    record.enrolledAt !== undefined && record.enrolledAt >= (stored.status.wantedSince ?? Infinity)
  if (fresh || record.esims === 'unknown') return 're-enrolled'
  return isApple(record.platform) ? 'removed-on-device' : 'excluded-in-mdm'
}
