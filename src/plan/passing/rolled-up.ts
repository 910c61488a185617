import type { RecordKey } from '../../domain/device.ts'
import type { Finding, Severity } from '../../domain/finding.ts'
import type { FindingGroup } from '../../domain/plan-outline.ts'
import { findingKind } from './finding-book.ts'
import type { Settled } from './settled.ts'

const WORST_FIRST: readonly Severity[] = ['error', 'warning', 'info']
/** As many devices of a kind of findings are named. */
const SHOWN = 10

type Growing = { readonly finding: Finding; count: number; readonly devices: RecordKey[] }

/**
 * The findings of a fleet gathered by code, severity and configuration, those `before` first. Findings without a device
 * stand alone. Of devices whose findings were counted in passing only the first of a kind is planned again, for its
 * words.
 */
export function rollUpFleet(fleet: Settled, before: readonly Finding[]): readonly FindingGroup[] {
  const groups: Growing[] = []
  const byKind = new Map<string, Growing>()
  for (const finding of before) roll(finding, groups, byKind)
  const { findingBook, findings, hardware } = fleet
  for (const index of fleet.order) {
    const list = findings[index] ?? 0
    if (list === 0) continue
    if (hardware.has(index)) {
      for (const finding of fleet.planAt(index).findings) roll(finding, groups, byKind)
      continue
    }
    for (const [at, number] of (findingBook.lists[list] ?? []).entries()) {
      const known = byKind.get(findingBook.kinds[number] ?? '')
      if (known === undefined) {
        const finding = fleet.planAt(index).findings[at]
        if (finding !== undefined) roll(finding, groups, byKind)
        continue
      }
      known.count += 1
      if (known.devices.length < SHOWN) known.devices.push(fleet.keyOf(index))
    }
  }
  return WORST_FIRST.flatMap((severity) => groups.filter(({ finding }) => finding.severity === severity))
}

function roll(finding: Finding, groups: Growing[], byKind: Map<string, Growing>): void {
  const { device } = finding
  const kind = findingKind(finding)
  const known = device === undefined ? undefined : byKind.get(kind)
  if (known === undefined) {
    const group = { finding, count: 1, devices: device === undefined ? [] : [device] }
    groups.push(group)
    if (device !== undefined) byKind.set(kind, group)
    return
  }
  known.count += 1
  if (device !== undefined && known.devices.length < SHOWN) known.devices.push(device)
}

/** Every finding of the fleet in the order of the plan, those `before` first; the devices are planned again. */
export function* everyFinding(fleet: Settled, before: readonly Finding[]): Generator<Finding, void> {
  yield* before
  for (const index of fleet.order) if ((fleet.findings[index] ?? 0) > 0) yield* fleet.planAt(index).findings
}
