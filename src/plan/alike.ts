import type { Assignment } from '../domain/assignment.ts'
import type { DevicePlan, PlannedStep, StepKind } from '../domain/plan.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import type { StepHistory } from '../domain/work-store.ts'
import type { AssignmentIndex } from './assign.ts'
import type { PlanContext } from './context.ts'
import { evidenceTime, isStale } from './hold.ts'
import { stepId } from './step-id.ts'

/**
 * Plans once for all devices that look alike and of which the same is wanted. Two devices of one shape get the same plan
 * but for its step ids when nothing sets one of them apart: no other record of its hardware, no list that names it, no
 * earlier try, approval or group that shrank. What asks a record for more than its shape is planned by itself: what a
 * person is told of, a retirement, a redownload, a record that learns something. Good for one revision and one moment.
 */
export type Alikes = {
  /** The plan of a device that looks like one planned before; `undefined`: it has to be planned. */
  planLike(device: StoredDevice, history: StepHistory, assignment: Assignment): Alike | undefined
  /** Remembers a plan for those that look like it, where its kind can be shared. */
  learn(device: StoredDevice, history: StepHistory, assignment: Assignment, plan: DevicePlan): void
}

/** `likes`: the steps that were planned before, of which those of the plan are copies with ids of their own. */
export type Alike = { readonly plan: DevicePlan; readonly likes: readonly PlannedStep[] }

/** Bounds the memory, not the number of likenesses. */
const REMEMBERED = 20_000

/** Kinds whose steps ask a record for its shape, and for what their ids are made of. */
const SHARED: ReadonlySet<StepKind> = new Set(['install', 'update', 'uninstall', 'forget', 'reset'])

export function rememberAlikes(index: AssignmentIndex, context: PlanContext): Alikes {
  const plans = new Map<string, DevicePlan>()
  const numbers = new Map<Assignment, number>()
  const { references, memory } = index
  const members = [...memory.retirements.values()].map((each) => each.members).filter((each) => each.size > 0)

  /** `undefined`: something sets it apart. */
  function likenessOf(
    { face, shape, goneSince }: StoredDevice,
    history: StepHistory,
    assignment: Assignment,
  ): string | undefined {
    if (goneSince !== undefined || !isUntried(history)) return undefined
    if (references.all.length > 0 && references.listsNaming(face).size > 0) return undefined
    if (members.some((each) => each.has(face.key))) return undefined
    const number = numbers.get(assignment)
    if (number === undefined) return undefined
    const stale = Number(isStale(evidenceTime(face), context)) + 2 * Number(isStale(face.lastSeenAt, context))
    return `${shape}${stale}${number}`
  }

  return {
    planLike(device, history, assignment) {
      const likeness = likenessOf(device, history, assignment)
      const like = likeness === undefined ? undefined : plans.get(likeness)
      if (like === undefined) return undefined
      const { key } = device.face
      const steps = like.steps.map((step) => stepLike(step, device))
      return { plan: { ...like, device: key, steps }, likes: like.steps }
    },
    learn(device, history, assignment, plan) {
      if (plans.size >= REMEMBERED || !isShared(assignment, plan)) return
      if (!numbers.has(assignment)) numbers.set(assignment, numbers.size)
      const likeness = likenessOf(device, history, assignment)
      if (likeness !== undefined) plans.set(likeness, plan)
    },
  }
}

function isUntried({ tries, approved, unansweredAt, erasedAt }: StepHistory): boolean {
  return tries.length === 0 && approved.length === 0 && unansweredAt === undefined && erasedAt === undefined
}

/** A finding may name what only this device has; a redownload asks when it was installed, a retirement when it enrolled. */
function isShared({ wanted, returned }: Assignment, { steps, observed, findings }: DevicePlan): boolean {
  if (findings.length > 0 || observed.length > 0 || returned !== undefined) return false
  if (wanted.kind === 'configuration' ? wanted.redownload !== undefined : wanted.kind !== 'nothing')
    return false
  return steps.every(({ kind }) => SHARED.has(kind))
}

/** The same step on another device. What a reset would erase is evidence, and differs. */
function stepLike(step: PlannedStep, device: StoredDevice): PlannedStep {
  return { ...step, id: stepId(step.kind === 'reset' ? device.record : device.face, step) }
}
