import type { DesiredState } from '../../src/domain/desired.ts'
import type { DeviceRecord } from '../../src/domain/device.ts'
import type { FindingCode } from '../../src/domain/finding.ts'
import type { Plan, PlannedStep } from '../../src/domain/plan.ts'
import { planFleet } from '../../src/plan/fleet.ts'
import type { FleetQuestion } from '../../src/plan/fleet.ts'
import { NOW } from './builders.ts'

/** The plan of these records now. */
export function planOf(
  state: DesiredState,
  records: readonly DeviceRecord[],
  more: Partial<FleetQuestion> = {},
): Plan {
  return planFleet({ desired: state, records, now: NOW, ...more })
}

export function stepsOn(plan: Plan, id: string): readonly PlannedStep[] {
  return plan.devices.find((each) => each.device === keyOf(id))?.steps ?? []
}

/** `uninstall xk`, `reset`, `install c`, `release`: a step as a test writes it. */
export function bare(step: PlannedStep): string {
  const what = step.record ?? step.configuration
  return what === undefined ? step.kind : `${step.kind} ${what}`
}

/** The same, and why it is held: `reset [foreign-esim would-strand]`. */
function spoken(step: PlannedStep): string {
  return step.state === 'held' ? `${bare(step)} [${step.heldBy.join(' ')}]` : bare(step)
}

export function spokenOn(plan: Plan, id: string): string[] {
  return stepsOn(plan, id).map(spoken)
}

/** The codes found on this device, each once, sorted. */
export function codesOn(plan: Plan, id: string): FindingCode[] {
  const found = plan.findings.filter((each) => each.device === keyOf(id)).map((each) => each.code)
  return [...new Set(found)].sort()
}

/** A bare id is one of the simulator's. */
function keyOf(id: string): string {
  return id.includes('/') ? id : `simulator/${id}`
}
