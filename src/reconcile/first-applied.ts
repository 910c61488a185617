import type { RecordKey } from '../domain/device.ts'
import type { InForce, RetirementMemory } from '../domain/revision-store.ts'
import { indexAssignments, membershipsOf, retirementGroupKey } from '../plan/assign.ts'
import type { Parts } from './parts.ts'

const PAGE = 1_000

/**
 * Remembers retirements that are in force for the first time, and resolves their groups as they are now: who joins
 * later is only reported. Waits for complete inventories, for from half a fleet half of the members would be missed
 * for ever; until then nothing destructive is planned anyway.
 */
export async function rememberRetirements(
  parts: Pick<Parts, 'store'>,
  { desired, at }: InForce,
  complete: boolean,
): Promise<void> {
  const { store } = parts
  const known = new Set((await store.retirements()).map((each) => each.name))
  const names = desired.retirements.map((each) => each.name).filter((name) => !known.has(name))
  const grouped = desired.retirements.flatMap(({ name, select }) =>
    select.groups
      .map((group) => ({ group, name: retirementGroupKey(name, group) }))
      .filter((each) => !known.has(each.name)),
  )
  if (!complete || names.length + grouped.length === 0) return
  const members = new Map(grouped.map((each) => [each.name, new Set<RecordKey>()]))
  const index = indexAssignments(desired)
  for (let after = 0; grouped.length > 0;) {
    const page = await store.scan(after, PAGE)
    for (const { record } of page) {
      const groups = membershipsOf(index, record)
      for (const { name, group } of grouped) if (groups.includes(group)) members.get(name)?.add(record.key)
    }
    const last = page.at(-1)
    if (last === undefined) break
    after = last.dev
  }
  const memories: RetirementMemory[] = [
    ...names.map((name) => ({ name, firstAppliedAt: at, members: new Set<RecordKey>() })),
    ...[...members].map(([name, keys]) => ({ name, firstAppliedAt: at, members: keys })),
  ]
  await store.rememberRetirements(memories)
}
