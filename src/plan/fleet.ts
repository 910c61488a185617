import type { BudgetedKind, DesiredState } from '../domain/desired.ts'
import type { DeviceRecord } from '../domain/device.ts'
import type { Finding } from '../domain/finding.ts'
import type { Hardware } from '../domain/hardware.ts'
import type { Change, DevicePlan, Plan, PlannedDevice } from '../domain/plan.ts'
import type { Instant } from '../domain/time.ts'
import { assign, indexAssignments, type AssignmentMemory } from './assign.ts'
import { planContext, type PlanContext } from './context.ts'
import { planDevice, type DeviceCircumstances } from './device.ts'
import type { GroupedDevice } from './difference.ts'
import { fleetFindings, namedDevices, type FleetFacts } from './fleet-findings.ts'
import { gatherHardware } from './hardware.ts'
import { gatherHolds } from './gather-holds.ts'
import { NOTHING_USED, remaining, withinBudget } from './guard.ts'
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

/** Every device of a fleet planned by itself: no budget is counted yet, and nothing is gathered. */
export type EachPlanned = {
  /** How many devices there are, and how many of them are enrolled. */
  readonly devices: number
  readonly active: number
  readonly context: PlanContext
  /** Those with steps, by key. */
  readonly planned: readonly GroupedDevice[]
  /** Of single devices, those without steps too. */
  readonly findings: readonly Finding[]
  readonly facts: Omit<FleetFacts, 'holds'>
}

/** Plans every device of a fleet. */
export function planEach(question: FleetQuestion): EachPlanned {
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
  const planned: GroupedDevice[] = []
  const findings: Finding[] = []
  for (const hardware of fleet) {
    const assignment = assign(index, hardware.steering)
    const { groups } = assignment
    for (const group of groups) peopled.add(group)
    const circumstances = question.circumstances?.(hardware.steering)
    const plan = planDevice(assignment, hardware, context, circumstances)
    for (const finding of plan.findings) findings.push(finding)
    if (plan.steps.length > 0) planned.push({ device: described(plan, hardware.steering), groups })
  }
  return {
    devices: fleet.length,
    active: fleet.filter((hardware) => hardware.steering.registration === 'active').length,
    context,
    planned,
    findings,
    facts: { desired, references, named: keysOfNamed(named), peopled },
  }
}

/** The plan of a whole fleet: the sum of its devices' plans within the budgets. */
export function planFleet(question: FleetQuestion): Plan {
  const { planned, findings, facts, context, active, devices: many } = planEach(question)
  const left = remaining(context.policy, active, question.used ?? NOTHING_USED)
  const within = planned.map(({ device }) => ({
    ...device,
    steps: withinBudget(device.steps, left, (step) => context.approved(step.id)),
  }))
  const { holds, devices } = gatherHolds(within)
  return {
    ...(question.revision === undefined ? {} : { revision: question.revision }),
    digest: planDigest(question.revision, devices),
    createdAt: question.now,
    summary: summarise(
      many,
      devices.map(({ steps }) => ({ steps, devices: 1 })),
    ),
    changes: question.changes ?? [],
    holds,
    devices,
    findings: [...fleetFindings({ ...facts, holds }), ...(question.findings ?? []), ...findings],
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
