import type { Assignment } from '../domain/assignment.ts'
import type { DeviceRecord, Ternary } from '../domain/device.ts'
import type { Hardware } from '../domain/hardware.ts'
import type { HoldCode, HoldSubject, PlannedStep } from '../domain/plan.ts'
import { sortedUnique } from '../domain/text.ts'
import type { PlanContext } from './context.ts'
import type { Decision } from './decide.ts'
import type { BareStep } from './steps.ts'
import { keptEsims } from './view.ts'

export type HoldQuestion = {
  readonly hardware: Hardware
  readonly assignment: Assignment
  readonly decision: Decision
  readonly context: PlanContext
  /** Groups the device left when they shrank suspiciously: everything that follows is held. */
  readonly shrunk: readonly string[]
  /** The governing mode is `propose`. */
  readonly proposed: boolean
}

/**
 * Says of each step whether it is held. A held step holds every step after it; steps before it proceed. An approved
 * step is ready whatever holds it, for it was approved for exactly this evidence.
 */
export function holdSteps(steps: readonly BareStep[], question: HoldQuestion): PlannedStep[] {
  const held: PlannedStep[] = []
  let carried: readonly HoldCode[] = []
  for (const [at, step] of steps.entries()) {
    const own = question.context.approved(step.id)
      ? []
      : holdCodes(step, at, steps, question).filter((code) => !isGiven(code, carried))
    const subject = own.length === 0 ? undefined : subjectOf(step, own, question)
    carried = sortedUnique([...carried, ...own])
    held.push({
      ...step,
      state: carried.length === 0 ? 'ready' : 'held',
      heldBy: carried,
      ...(subject === undefined ? {} : { holdsFor: subject }),
    })
  }
  return held
}

/** Asked once for all that follows: who approves the first step approves what comes of it. */
function isGiven(code: HoldCode, carried: readonly HoldCode[]): boolean {
  return (code === 'awaiting-approval' || code === 'group-shrank') && carried.includes(code)
}

function subjectOf(step: BareStep, codes: readonly HoldCode[], { decision }: HoldQuestion): HoldSubject {
  const configuration =
    step.configuration ?? decision.install?.configuration.name ?? decision.reset?.configuration
  return { codes: sortedUnique(codes), ...(configuration === undefined ? {} : { configuration }) }
}

function holdCodes(
  step: BareStep,
  at: number,
  steps: readonly BareStep[],
  question: HoldQuestion,
): HoldCode[] {
  const codes: HoldCode[] = []
  if (question.proposed) codes.push('awaiting-approval')
  if (question.shrunk.length > 0) codes.push('group-shrank')
  const redeploys = steps.slice(at + 1).some((each) => each.kind === 'install')
  if (
    question.hardware.pending.length > 0 &&
    (step.kind === 'install' || (step.kind === 'reset' && redeploys))
  ) {
    codes.push('registration-frozen')
  }
  switch (step.kind) {
    case 'reset':
      codes.push(...resetCodes(redeploys, question))
      break
    case 'release':
    case 'retire':
      if (isStale(evidenceTime(question.hardware.steering), question.context)) codes.push('stale-observation')
      break
    case 'delete-record':
      if (isStale(question.hardware.steering.lastSeenAt, question.context)) codes.push('stale-observation')
      break
    case 'uninstall':
    case 'forget':
    case 'install':
    case 'update':
      break
  }
  return codes
}

/** Everything an eSIM reset could do that nobody asked for (planning.md section 3, "Held resets"). */
function resetCodes(
  redeploys: boolean,
  { hardware, assignment, decision, context }: HoldQuestion,
): HoldCode[] {
  const { steering: device } = hardware
  const { view } = decision
  const codes: HoldCode[] = []
  if (!(view.complete && view.installedKnown) && holdsUnknown(decision, context))
    codes.push('esim-state-unknown')
  if (view.foreignEsims.length > 0) codes.push('foreign-esim')
  if (decision.goal.kind !== 'retirement' && keptEsims(view, device).length > 0) codes.push('collateral-esim')
  if (device.ownership === 'personal') codes.push('personal-device')
  if (isStale(evidenceTime(device), context)) codes.push('stale-observation')
  if (redeploys && strands(otherConnectivity(device, assignment), context)) codes.push('would-strand')
  return codes
}

/** Naming a device in a Retirement is the decision; else the Policy's `unknownEsims` says, for each cause. */
function holdsUnknown({ goal, reset }: Decision, { policy }: PlanContext): boolean {
  if (goal.kind === 'retirement' && goal.named) return false
  return reset?.causes.some((cause) => policy.unknownEsims[cause] === 'hold') ?? true
}

/** What people declared for its groups stands above what the MDM reports. */
function otherConnectivity(device: DeviceRecord, assignment: Assignment): Ternary {
  return assignment.otherConnectivity ?? device.otherConnectivity ?? 'unknown'
}

function strands(other: Ternary, { policy }: PlanContext): boolean {
  return other === 'no' || (other === 'unknown' && policy.stranding.unknown === 'hold')
}

/** The older of the two observations a decision rests on; `undefined`: nobody knows how old it is. */
export function evidenceTime(
  device: Pick<DeviceRecord, 'lastSeenAt' | 'esimsObservedAt' | 'installedObservedAt'>,
): number | undefined {
  const esims = device.esimsObservedAt ?? device.lastSeenAt
  const installed = device.installedObservedAt ?? device.lastSeenAt
  return esims === undefined || installed === undefined ? undefined : Math.min(esims, installed)
}

/** Older than the Policy's `freshness.destructive`, or nobody knows how old. */
export function isStale(
  observedAt: number | undefined,
  { policy, now }: Pick<PlanContext, 'policy' | 'now'>,
): boolean {
  return observedAt === undefined || now - observedAt > policy.freshness.destructive
}
