import type { Assignment } from '../domain/assignment.ts'
import type { DesiredState } from '../domain/desired.ts'
import { isApple, type DeviceRecord, type RecordKey } from '../domain/device.ts'
import type { EsimSpec } from '../domain/esim.ts'
import type { Hardware } from '../domain/hardware.ts'
import type { DevicePlan, PlannedStep } from '../domain/plan.ts'
import type { AuditItem } from '../domain/work-store.ts'
import { assign } from '../plan/assign.ts'
import { planDevice } from '../plan/device.ts'
import { ineligibility } from '../plan/eligible.ts'
import { ambiguousReferences } from '../plan/fleet-findings.ts'
import { gatherHardware } from '../plan/hardware.ts'
import { questionOf, type PlanningParts } from '../reconcile/question.ts'
import { walkPlans } from '../reconcile/walk.ts'

/** The recorded fleet at one moment. */
export type Fleet = {
  readonly hardware: readonly Hardware[]
  /** By the key of a device's steering record. */
  readonly items: ReadonlyMap<RecordKey, AuditItem>
}

/** What a desired state comes to for one device. */
export type Looked = {
  readonly hardware: Hardware
  readonly record: DeviceRecord
  readonly item: AuditItem
  readonly assignment: Assignment
  readonly plan: DevicePlan
  /** Every step, those included that a mode or a brake keeps back for now. */
  readonly steps: readonly PlannedStep[]
}

export type LookedAt = ReadonlyMap<RecordKey, Looked>

export async function readFleet({ store, clock, drivers }: PlanningParts): Promise<Fleet> {
  const items = new Map<RecordKey, AuditItem>()
  for await (const item of walkPlans(store, clock.now())) items.set(item.device.record.key, item)
  const hardware = gatherHardware(
    [...items.values()].map(({ device }) => device.record),
    drivers.map(({ name }) => name),
  )
  return { hardware, items }
}

/**
 * Plans every device as if nothing kept steps back, without a write: what a desired state would have done sooner or
 * later, whatever mode it is in now. A device with a step under way is planned too, from what is recorded now.
 */
export async function lookAtFleet(
  parts: PlanningParts,
  fleet: Fleet,
  desired: DesiredState,
): Promise<LookedAt> {
  const { context, index } = await questionOf(parts, { desired, emptySource: false })
  const ambiguous = new Set(ambiguousReferences(desired, fleet.hardware).keys())
  const here = { ...index, memory: { ...index.memory, ambiguous }, common: new Map<string, Assignment>() }
  const unbraked = { ...context, brake: () => undefined }
  const looked = new Map<RecordKey, Looked>()
  for (const hardware of fleet.hardware) {
    const record = hardware.steering
    const item = fleet.items.get(record.key)
    if (item === undefined) continue
    const assignment = assign(here, record)
    const plan = planDevice(assignment, hardware, unbraked, { shrunk: item.shrunk })
    looked.set(record.key, {
      hardware,
      record,
      item,
      assignment,
      plan,
      steps: [...plan.steps, ...plan.observed],
    })
  }
  return looked
}

/** By configuration: every active device that wants it and can have it. */
export function wantingOf(
  looked: LookedAt,
  desired: DesiredState,
): ReadonlyMap<string, ReadonlySet<RecordKey>> {
  const specs = new Map(desired.configurations.map(({ name, spec }) => [name, spec]))
  const wanting = new Map<string, Set<RecordKey>>()
  for (const { record, assignment } of looked.values()) {
    const { wanted } = assignment
    if (record.registration !== 'active' || wanted.kind !== 'configuration') continue
    const spec = specs.get(wanted.configuration)
    if (spec === undefined || ineligibility(spec, record) !== undefined) continue
    put(wanting, wanted.configuration, record.key)
  }
  return wanting
}

/** By platform and group: its active members that can have a configuration. */
export function membersOf(
  looked: LookedAt,
): Readonly<Record<EsimSpec['platform'], ReadonlyMap<string, ReadonlySet<RecordKey>>>> {
  const members = { windows: new Map<string, Set<RecordKey>>(), ios: new Map<string, Set<RecordKey>>() }
  for (const { record, assignment } of looked.values()) {
    if (record.registration !== 'active' || record.platform === 'other') continue
    const platform = isApple(record.platform) ? 'ios' : 'windows'
    if (ineligibility(ANY[platform], record) !== undefined) continue
    for (const group of assignment.groups) put(members[platform], group, record.key)
  }
  return members
}

const ANY: Readonly<Record<EsimSpec['platform'], EsimSpec>> = {
  windows: { platform: 'windows', serverName: 'any.example', isDiscoveryServer: false, autoEnable: true },
  ios: { platform: 'ios', carrierUrl: 'https://any.example/' },
}

function put(map: Map<string, Set<RecordKey>>, name: string, key: RecordKey): void {
  map.set(name, (map.get(name) ?? new Set()).add(key))
}
