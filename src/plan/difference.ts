import type { Finding } from '../domain/finding.ts'
import type { Action, PlannedDevice } from '../domain/plan.ts'
import { foremostAction } from './steps.ts'

/** A device with steps, and the groups it is in. */
export type GroupedDevice = { readonly device: PlannedDevice; readonly groups: readonly string[] }

/** What a fleet comes to, device by device: only those with steps are named. */
export type Planned = { readonly planned: readonly GroupedDevice[]; readonly findings: readonly Finding[] }

/** What one plan of a fleet has and another has not. */
export type PlanDifference = {
  /** Devices for which other steps are planned, as they are planned now; in the order of the plan. */
  readonly changed: readonly GroupedDevice[]
  /** Devices for which no step is planned any more. */
  readonly withdrawn: number
  /** Findings that were not there before. */
  readonly findings: readonly Finding[]
}

/**
 * What a merged desired state plans otherwise than its base. A step is the same by its id, so that what is planned
 * without the merge is none of its doing. `base` absent: all of it is new.
 */
export function differenceOf(base: Planned | undefined, merged: Planned): PlanDifference {
  const before = new Map((base?.planned ?? []).map(({ device }) => [device.device, device.steps]))
  const changed = merged.planned.filter(
    ({ device }) => !areSameSteps(before.get(device.device) ?? [], device.steps),
  )
  const still = new Set(merged.planned.map(({ device }) => device.device))
  const withdrawn = [...before.keys()].filter((key) => !still.has(key)).length
  const known = new Set((base?.findings ?? []).map(findingKey))
  const findings = merged.findings.filter((finding) => !known.has(findingKey(finding)))
  return { changed, withdrawn, findings }
}

type Identified = { readonly id: string }

/** The same steps in the same order; whether they are held says nothing about what they are. */
export function areSameSteps(before: readonly Identified[], after: readonly Identified[]): boolean {
  return before.length === after.length && before.every(({ id }, at) => id === after[at]?.id)
}

/** By group: how many of these devices are in it, by what becomes of them. */
export function actionsByGroup(
  devices: Iterable<GroupedDevice>,
): ReadonlyMap<string, Readonly<Partial<Record<Action, number>>>> {
  const groups = new Map<string, Partial<Record<Action, number>>>()
  for (const { device, groups: names } of devices) {
    const action = foremostAction(device.steps)
    if (action === undefined) continue
    for (const name of names) {
      const counts = groups.get(name) ?? {}
      counts[action] = (counts[action] ?? 0) + 1
      groups.set(name, counts)
    }
  }
  return groups
}

/** Of a device, what it is about; of the fleet, what it says. */
function findingKey({ code, device, configuration, message }: Finding): string {
  return JSON.stringify(device === undefined ? [code, message] : [code, device, configuration])
}
