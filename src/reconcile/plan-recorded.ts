import type { BudgetedKind, DesiredState } from '../domain/desired.ts'
import type { DeviceRecord, RecordKey } from '../domain/device.ts'
import type { Finding } from '../domain/finding.ts'
import type { Change, Plan } from '../domain/plan.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import { DAY } from '../domain/time.ts'
import type { DeviceCircumstances } from '../plan/device.ts'
import { planFleet } from '../plan/fleet.ts'
import { BUDGETED_KINDS } from '../plan/guard.ts'
import { inventoriesComplete, questionOf, type PlanningParts } from './question.ts'

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
  const devices = await allDevices(store)
  const { context, index } = await questionOf(parts, against)
  const now = clock.now()
  const used: Record<BudgetedKind, number> = { 'delete-record': 0, uninstall: 0, reset: 0, retire: 0 }
  for (const kind of BUDGETED_KINDS) used[kind] = await store.used(kind, now - DAY)
  const stored = new Map<RecordKey, StoredDevice>(devices.map((each) => [each.record.key, each]))
  const marks = await store.shrunk(devices.map((each) => each.dev))
  const busy = new Set(
    (await store.underWay(Number.MAX_SAFE_INTEGER, devices.length)).map((step) => step.dev),
  )
  const circumstances = (device: DeviceRecord): DeviceCircumstances => {
    const each = stored.get(device.key)
    return {
      underWay: each !== undefined && busy.has(each.dev),
      gone: each?.goneSince !== undefined,
      shrunk: each === undefined ? [] : (marks.get(each.dev) ?? []),
    }
  }
  const plan = planFleet({
    desired: against.desired,
    records: devices.map((each) => each.record),
    now,
    ...(against.revision === undefined ? {} : { revision: against.revision }),
    drivers: drivers.map((driver) => driver.name),
    context,
    retirements: index.memory.retirements,
    used,
    circumstances,
    changes: against.changes,
    findings: against.findings,
  })
  const seen = devices.flatMap((each) => each.record.lastSeenAt ?? [])
  const complete = await inventoriesComplete(parts)
  const range = seen.reduce((all, at) => ({ from: Math.min(all.from, at), to: Math.max(all.to, at) }), {
    from: Infinity,
    to: -Infinity,
  })
  return {
    plan,
    complete,
    devices,
    ...(seen.length === 0 ? {} : { observedFrom: range.from, observedTo: range.to }),
  }
}

export async function allDevices(store: PlanningParts['store']): Promise<StoredDevice[]> {
  const all: StoredDevice[] = []
  for (let after = 0; ;) {
    const page = await store.scan(after, 1_000)
    all.push(...page)
    const last = page.at(-1)
    if (last === undefined) return all
    after = last.dev
  }
}
