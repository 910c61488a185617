import type { Assignment } from '../domain/assignment.ts'
import type { BudgetedKind, DesiredState } from '../domain/desired.ts'
import type { DeviceRecord } from '../domain/device.ts'
import type { Finding } from '../domain/finding.ts'
import type { Hardware } from '../domain/hardware.ts'
import {
  ACTIONS,
  STEP_KINDS,
  type Change,
  type DevicePlan,
  type Plan,
  type PlannedDevice,
  type PlanSummary,
} from '../domain/plan.ts'
import type { Instant } from '../domain/time.ts'
import { assign, indexAssignments, type AssignmentMemory } from './assign.ts'
import { planContext, type PlanContext } from './context.ts'
import { planDevice, type DeviceCircumstances } from './device.ts'
import { ambiguousReferences, fleetFindings } from './fleet-findings.ts'
import { foremostAction } from './steps.ts'
import { gatherHardware } from './hardware.ts'
import { gatherHolds } from './gather-holds.ts'
import { remaining, withinBudget } from './guard.ts'
import { planDigest } from './plan-digest.ts'

/** Everything a plan is made of. */
export type FleetQuestion = {
  readonly desired: DesiredState
  readonly records: readonly DeviceRecord[]
  readonly now: Instant
  readonly revision?: string
  /** Order of the drivers; the tie-breaker between active records of one hardware. */
  readonly drivers?: readonly string[]
  readonly context?: Partial<PlanContext>
  readonly retirements?: AssignmentMemory['retirements']
  /** Steps of each kind issued in the last 24 hours. */
  readonly used?: Readonly<Record<BudgetedKind, number>>
  readonly circumstances?: (device: DeviceRecord) => DeviceCircumstances
  readonly changes?: readonly Change[]
  /** Findings about the desired state or the snapshot, to stand in front. */
  readonly findings?: readonly Finding[]
}

const NOTHING_USED: Readonly<Record<BudgetedKind, number>> = {
  'delete-record': 0,
  uninstall: 0,
  reset: 0,
  retire: 0,
}

/** The plan of a whole fleet: the sum of its devices' plans within the budgets. */
export function planFleet(question: FleetQuestion): Plan {
  const { desired, records, now } = question
  const fleet = gatherHardware(records, question.drivers)
  const context = planContext(desired, { ...question.context, now })
  const ambiguous = ambiguousReferences(desired, fleet)
  const index = indexAssignments(desired, {
    ambiguous: new Set(ambiguous.keys()),
    retirements: question.retirements ?? new Map(),
  })
  const assignments = new Map<Hardware, Assignment>()
  const plans: PlannedDevice[] = []
  const findings: Finding[] = [...(question.findings ?? [])]
  const active = fleet.filter((hardware) => hardware.steering.registration === 'active').length
  const left = remaining(context.policy, active, question.used ?? NOTHING_USED)
  for (const hardware of fleet) {
    const assignment = assign(index, hardware.steering)
    assignments.set(hardware, assignment)
    const plan = planDevice(assignment, hardware, context, question.circumstances?.(hardware.steering))
    findings.push(...plan.findings)
    if (plan.steps.length === 0) continue
    const steps = withinBudget(plan.steps, left, (step) => context.approved(step.id))
    plans.push(described({ ...plan, steps }, hardware.steering))
  }
  const { holds, devices } = gatherHolds(plans)
  return {
    ...(question.revision === undefined ? {} : { revision: question.revision }),
    digest: planDigest(question.revision, devices),
    createdAt: now,
    summary: summarise(fleet.length, devices),
    changes: question.changes ?? [],
    holds,
    devices,
    findings: [...fleetFindings({ desired, fleet, assignments, ambiguous, holds, index }), ...findings],
  }
}

function described(plan: DevicePlan, device: DeviceRecord): PlannedDevice {
  const { serialNumber, name, user } = device
  return {
    ...plan,
    ...(serialNumber === undefined ? {} : { serialNumber }),
    ...(name === undefined ? {} : { name }),
    ...(user === undefined ? {} : { user }),
    holds: [],
  }
}

/** Counts; `byAction` counts each device once, `held` counts steps. */
function summarise(total: number, devices: readonly Pick<PlannedDevice, 'steps'>[]): PlanSummary {
  const byAction = Object.fromEntries(ACTIONS.map((action) => [action, 0])) as Record<
    (typeof ACTIONS)[number],
    number
  >
  const byStep = Object.fromEntries(STEP_KINDS.map((kind) => [kind, 0])) as Record<
    (typeof STEP_KINDS)[number],
    number
  >
  let steps = 0
  let held = 0
  for (const device of devices) {
    const action = foremostAction(device.steps)
    if (action !== undefined) byAction[action] += 1
    for (const step of device.steps) {
      steps += 1
      byStep[step.kind] += 1
      if (step.state === 'held') held += 1
    }
  }
  return {
    devices: total,
    changing: devices.length,
    unchanged: total - devices.length,
    steps,
    held,
    byAction,
    byStep,
  }
}
