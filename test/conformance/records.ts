import type { Assignment } from '../../src/domain/assignment.ts'
import { type DeviceRecord, type RecordKey, recordKey } from '../../src/domain/device.ts'
import type { Observation } from '../../src/domain/driver.ts'
import type { PlannedStep, StepId, StepKind } from '../../src/domain/plan.ts'
import type { Merge } from '../../src/domain/fleet-store.ts'
import type { DeviceOutcome, PlannedRow, WorkItem } from '../../src/domain/work-store.ts'

/** 2026-11-23T08:00:00Z: when tests begin. */
export const T0 = Date.UTC(2026, 10, 23, 8)

/** A Windows 11 laptop that is active, with nothing on it; whatever a test says instead. */
export function deviceRecord(overrides: Partial<Omit<DeviceRecord, 'key'>> = {}): DeviceRecord {
  const { driver = 'mdm', id = 'd-1' } = overrides
  return {
    driver,
    id,
    name: `LT-${id}`,
    platform: 'windows',
    osVersion: '10.0.22631',
    edition: 'Enterprise',
    serialNumber: `SN-${driver}-${id}`,
    registration: 'active',
    enrolledAt: T0 - 86_400_000,
    lastSeenAt: T0,
    labels: {},
    groups: [],
    installed: [],
    esims: [],
    esimsComplete: true,
    provisionedBefore: false,
    eraseOwed: [],
    ...overrides,
    key: recordKey(driver, id),
  }
}

/** A driver saw this. */
export function seen(overrides: Partial<Omit<DeviceRecord, 'key'>> = {}, at = T0): Observation {
  return { facts: deviceRecord({ lastSeenAt: at, ...overrides }), at }
}

/** Takes the facts as they are and remembers nothing. */
export const takeFacts: Merge = (before, { facts }) => ({
  ...facts,
  provisionedBefore: before?.record.provisionedBefore ?? false,
  eraseOwed: before?.record.eraseOwed ?? [],
})

/** A step; its id is its name. */
export function step(
  id: string,
  kind: StepKind = 'install',
  overrides: Partial<PlannedStep> = {},
): PlannedStep {
  return {
    id: id as StepId,
    action: 'install',
    kind,
    rule: 'S15',
    because: `because of ${id}`,
    state: 'ready',
    heldBy: [],
    ...overrides,
  }
}

export const NOTHING_WANTED: Assignment = {
  wanted: { kind: 'nothing' },
  groups: [],
  outranked: [],
  otherPlatform: [],
}

/** Nothing is wanted of a member of these groups. */
export function inGroups(...groups: string[]): { readonly assignment: Assignment } {
  return { assignment: { ...NOTHING_WANTED, groups } }
}

/** The plan of one device as the worklist gave it. */
export function outcome(
  { device, seq }: WorkItem,
  steps: readonly (PlannedStep | PlannedRow)[] = [],
  overrides: Partial<DeviceOutcome> = {},
): DeviceOutcome {
  return {
    dev: device.dev,
    version: device.version,
    seq,
    assignment: NOTHING_WANTED,
    status: { findings: [] },
    steps: steps.map((each) => ('step' in each ? each : { step: each, attempt: 1 })),
    awaitsSight: false,
    ...overrides,
  }
}

export function keyOf(id: string, driver = 'mdm'): RecordKey {
  return recordKey(driver, id)
}
