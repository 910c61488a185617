import type { BudgetedKind, DesiredState } from '../domain/desired.ts'
import type { DeviceRecord } from '../domain/device.ts'
import type { Finding } from '../domain/finding.ts'
import type { Hardware } from '../domain/hardware.ts'
import type { Change, DevicePlan, Plan, PlannedDevice } from '../domain/plan.ts'
import type { Instant } from '../domain/time.ts'
import { assign, indexAssignments, type AssignmentMemory } from './assign.ts'
import { planContext, type PlanContext } from './context.ts'
import { planDevice, type DeviceCircumstances } from './device.ts'
import { fleetFindings, namedDevices, type FleetFacts } from './fleet-findings.ts'
import { gatherHardware } from './hardware.ts'
import { gatherHolds } from './gather-holds.ts'
import { remaining, withinBudget } from './guard.ts'
import { planDigest } from './plan-digest.ts'
import { indexReferences } from './references.ts'
import { summarise } from './summary.ts'

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
  const references = indexReferences(desired).all
  const named = namedDevices(references, fleet)
  const index = indexAssignments(desired, {
    ambiguous: new Set([...named].filter(([, devices]) => devices.length > 1).map(([key]) => key)),
    retirements: question.retirements ?? new Map(),
  })
  const peopled = new Set<string>()
  const plans: PlannedDevice[] = []
  const findings: Finding[] = [...(question.findings ?? [])]
  const active = fleet.filter((hardware) => hardware.steering.registration === 'active').length
  const left = remaining(context.policy, active, question.used ?? NOTHING_USED)
  for (const hardware of fleet) {
    const assignment = assign(index, hardware.steering)
    for (const group of assignment.groups) peopled.add(group)
    const plan = planDevice(assignment, hardware, context, question.circumstances?.(hardware.steering))
    for (const finding of plan.findings) findings.push(finding)
    if (plan.steps.length === 0) continue
    const steps = withinBudget(plan.steps, left, (step) => context.approved(step.id))
    plans.push(described({ ...plan, steps }, hardware.steering))
  }
  const { holds, devices } = gatherHolds(plans)
  const facts = { desired, references, named: keysOfNamed(named), peopled, holds }
  return {
    ...(question.revision === undefined ? {} : { revision: question.revision }),
    digest: planDigest(question.revision, devices),
    createdAt: now,
    summary: summarise(
      fleet.length,
      devices.map(({ steps }) => ({ steps, devices: 1 })),
    ),
    changes: question.changes ?? [],
    holds,
    devices,
    findings: [...fleetFindings(facts), ...findings],
  }
}

function keysOfNamed(named: ReadonlyMap<string, readonly Hardware[]>): FleetFacts['named'] {
  return new Map([...named].map(([key, devices]) => [key, devices.map(({ steering }) => steering.key)]))
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
