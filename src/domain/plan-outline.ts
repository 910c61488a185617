import type { RecordKey } from './device.ts'
import type { Finding } from './finding.ts'
import type { Plan, PlannedDevice, PlannedStep } from './plan.ts'

/** A step without what only its own device has, and without what no report tells. */
export type ToldStep = Omit<PlannedStep, 'id' | 'spec' | 'onRemove'>

/** A device of a plan by what people call it. */
export type PlanMember = Pick<PlannedDevice, 'device' | 'serialNumber' | 'name' | 'user'> & {
  /** Where it comes among all changing devices of the plan, from 0. */
  readonly position: number
}

/** Devices whose plans read alike: the same steps for the same reasons, held by the same holds. */
export type PlanPattern = Pick<PlannedDevice, 'action' | 'holds'> & {
  readonly steps: readonly ToldStep[]
  /** How many devices. */
  readonly devices: number
  /** They themselves by key, anew at each call. */
  readonly members: () => Iterable<PlanMember>
}

/** Findings of many devices as one: the first stands for all. */
export type FindingGroup = {
  readonly finding: Finding
  /** How many findings it stands for. */
  readonly count: number
  /** At most ten of their devices, by key. */
  readonly devices: readonly RecordKey[]
}

/** One device of a plan with its steps, as JSON tells it. */
export type ToldDevice = Pick<PlannedDevice, 'device' | 'serialNumber' | 'name' | 'action' | 'holds'> & {
  readonly steps: readonly (ToldStep & Pick<PlannedStep, 'id'>)[]
}

/**
 * A plan as reports need it: what is alike is told once, whatever grows with the fleet is given out one by one. So a
 * plan of a million devices need not be in memory, and reads like one that is.
 */
export type PlanOutline = Omit<Plan, 'devices' | 'findings'> & {
  /** In the order of their first device. */
  readonly patterns: readonly PlanPattern[]
  /** By code, severity and configuration: the worst severity first, then in the order of the plan. */
  readonly findings: readonly FindingGroup[]
  /** Every changing device by key, anew at each call. */
  readonly eachDevice: () => Iterable<ToldDevice>
  /** Every finding in the order of the plan, anew at each call. */
  readonly eachFinding: () => Iterable<Finding>
}
