import type { RecordKey } from '../domain/device.ts'
import type { InForce, RetirementMemory } from '../domain/revision-store.ts'
import type { Store } from '../domain/store.ts'
import { retirementGroupKey } from '../plan/assign.ts'
import { walkMatching } from './walk.ts'

/**
 * Remembers retirements that are in force for the first time, and who is in their groups now, as planned just before:
 * who joins later is only reported. Waits for complete inventories, for from half a fleet half of the members would be
 * missed for ever; until then nothing destructive is planned anyway. Puts whom such a retirement selects on the
 * worklist; true: there are some.
 */
export async function rememberRetirements(
  store: Store,
  { desired, at }: InForce,
  complete: boolean,
): Promise<boolean> {
  if (!complete || desired.retirements.length === 0) return false
  const known = new Set((await store.retirements()).map((each) => each.name))
  const memories: RetirementMemory[] = []
  const selected = new Set<number>()
  for (const { name, select } of desired.retirements) {
    if (!known.has(name)) memories.push({ name, firstAppliedAt: at, members: new Set() })
    const groups = select.groups.filter((group) => !known.has(retirementGroupKey(name, group)))
    for (const group of groups) {
      const members = new Set<RecordKey>()
      for await (const { dev, record } of walkMatching(store, { group })) {
        members.add(record.key)
        selected.add(dev)
      }
      memories.push({ name: retirementGroupKey(name, group), firstAppliedAt: at, members })
    }
    if (known.has(name) && groups.length === 0) continue
    for await (const { dev } of walkMatching(store, { retirement: name })) selected.add(dev)
  }
  if (memories.length > 0) await store.rememberRetirements(memories)
  if (selected.size > 0) await store.enlist([...selected], at)
  return selected.size > 0
}
