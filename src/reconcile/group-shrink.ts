import type { Store } from '../domain/store.ts'
import { membershipsOf, type AssignmentIndex } from '../plan/assign.ts'

/** A group may lose this many members, or this share of them, without a question. */
const LOST_MEMBERS = 10
const LOST_SHARE = 0.1

const PAGE = 1_000

/**
 * Groups whose text did not change and which are about to lose more than a tenth of their members, and more than ten:
 * more likely a directory that was half read than a decision. Looked at before anything is planned, because the first
 * device of such a group looks like any other.
 */
export async function shrunkGroups(
  store: Pick<Store, 'work' | 'memberships'>,
  index: AssignmentIndex,
  edited: ReadonlySet<string>,
): Promise<Set<string>> {
  const existing = new Set(index.desired.groups.map((group) => group.name))
  const leaving = new Map<string, number>()
  for (let after = 0; existing.size > 0;) {
    const page = await store.work(PAGE, after)
    for (const { device } of page) {
      const before = device.assignment?.groups ?? []
      if (before.length === 0) continue
      const now = membershipsOf(index, device.record)
      for (const group of before) {
        if (!now.includes(group) && existing.has(group) && !edited.has(group))
          leaving.set(group, (leaving.get(group) ?? 0) + 1)
      }
    }
    const last = page.at(-1)
    if (last === undefined) break
    after = last.seq
  }
  const shrunk = new Set<string>()
  for (const { group, members, left } of await store.memberships()) {
    const lost = (leaving.get(group) ?? 0) + (edited.has(group) ? 0 : left.length)
    const former = members + left.length
    if (lost > LOST_MEMBERS && lost > former * LOST_SHARE) shrunk.add(group)
  }
  return shrunk
}

/** After planning: who left a shrunk group stays marked until approved, who left another is forgotten. */
export async function judgeGroups(
  store: Pick<Store, 'memberships' | 'judgeGroup'>,
  shrunk: ReadonlySet<string>,
): Promise<void> {
  for (const { group, left } of await store.memberships()) {
    if (left.length > 0) await store.judgeGroup(group, shrunk.has(group))
  }
}
