import type { DesiredState } from '../domain/desired.ts'
import type { DeviceRecord, RecordKey } from '../domain/device.ts'
import type { Finding } from '../domain/finding.ts'
import type { Change, Plan } from '../domain/plan.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import type { AuditItem } from '../domain/work-store.ts'
import type { DeviceCircumstances } from '../plan/device.ts'
import { planFleet } from '../plan/fleet.ts'
import { BUDGETED_KINDS } from '../plan/guard.ts'
import { usedToday } from './budgets.ts'
import { inventoriesComplete, questionOf, type PlanningParts } from './question.ts'
import { walkPlans } from './walk.ts'

/** What a plan is to be made for. */
export type Against = {
  readonly desired: DesiredState
  readonly emptySource: boolean
  readonly revision?: string
  readonly changes: readonly Change[]
  readonly findings: readonly Finding[]
}

export type RecordedPlan = {
  readonly plan: Plan
  readonly observedFrom?: number
  readonly observedTo?: number
  readonly complete: boolean
  readonly devices: readonly StoredDevice[]
}

/**
 * The plan of a desired state against the recorded state, from scratch and without a write: what `simplane plan` shows,
 * and what the incremental planning must equal.
 */
export async function planRecorded(parts: PlanningParts, against: Against): Promise<RecordedPlan> {
  const { store, clock, drivers } = parts
  const now = clock.now()
  const items = new Map<RecordKey, AuditItem>()
  for await (const item of walkPlans(store, now)) items.set(item.device.record.key, item)
  const { context, index } = await questionOf(parts, against)
  const approved = await store.approved(now)
  const used = await usedToday(store, BUDGETED_KINDS, now)
  const circumstances = (device: DeviceRecord): DeviceCircumstances => {
    const item = items.get(device.key)
    return {
      underWay: item?.underWay ?? false,
      gone: item?.device.goneSince !== undefined,
      shrunk: item?.shrunk ?? [],
    }
  }
  const devices = [...items.values()].map(({ device }) => device)
  const plan = planFleet({
    desired: against.desired,
    records: devices.map((each) => each.record),
    now,
    ...(against.revision === undefined ? {} : { revision: against.revision }),
    drivers: drivers.map((driver) => driver.name),
    context: { ...context, approved: (step) => approved.has(step) },
    retirements: index.memory.retirements,
    used,
    circumstances,
    changes: against.changes,
    findings: against.findings,
  })
  const complete = await inventoriesComplete(parts)
  return { plan, complete, devices, ...observedBetween(devices) }
}

function observedBetween(
  devices: readonly StoredDevice[],
): Pick<RecordedPlan, 'observedFrom' | 'observedTo'> {
  let range: { readonly observedFrom: number; readonly observedTo: number } | undefined
  for (const { record } of devices) {
    const { lastSeenAt: at } = record
    if (at === undefined) continue
    const { observedFrom, observedTo } = range ?? { observedFrom: at, observedTo: at }
    range = { observedFrom: Math.min(observedFrom, at), observedTo: Math.max(observedTo, at) }
  }
  return range ?? {}
}
