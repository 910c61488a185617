import type { DesiredState } from '../domain/desired.ts'
import type { Store } from '../domain/store.ts'

/** A group may lose this many members, or this share of them, without a question. */
const LOST_MEMBERS = 10
const LOST_SHARE = 0.1

/**
 * Judges the groups that devices left: one whose text this revision did not change (`edited`) and which lost more than a
 * tenth of its members, and more than ten, shrank; more likely a directory that was half read than a decision. Until
 * then no step of who left is issued. true: somebody left a group that shrank, and is to be planned again.
 */
export async function judgeDepartures(
  store: Pick<Store, 'departures' | 'judgeGroup'>,
  desired: DesiredState,
  edited: ReadonlySet<string>,
): Promise<boolean> {
  const existing = new Set(desired.groups.map((group) => group.name))
  let again = false
  for (const { group, members, left } of await store.departures()) {
    const meant = edited.has(group) || !existing.has(group)
    const shrank = !meant && left > LOST_MEMBERS && left > (members + left) * LOST_SHARE
    await store.judgeGroup(group, shrank)
    again ||= shrank
  }
  return again
}
