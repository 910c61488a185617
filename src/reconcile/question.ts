import type { InForce } from '../domain/revision-store.ts'
import { indexAssignments, type AssignmentIndex } from '../plan/assign.ts'
import { FULL_CAPABILITIES, planContext, type PlanContext } from '../plan/context.ts'
import { gatherHardware } from '../plan/hardware.ts'
import { indexReferences, referenceKey } from '../plan/references.ts'
import type { Driver } from '../domain/driver.ts'
import type { Parts } from './parts.ts'

/** What planning from the store needs: no driver is called, only its capabilities are read. */
export type PlanningParts = Pick<Parts, 'store' | 'clock' | 'ceiling'> & {
  readonly drivers: readonly Pick<Driver, 'name' | 'capabilities'>[]
}

/** What every device of a pass is planned with: the revision in force, and what the store remembers for all. */
export async function questionOf(
  parts: PlanningParts,
  inForce: Pick<InForce, 'desired' | 'emptySource'>,
): Promise<{ index: AssignmentIndex; context: PlanContext }> {
  const { store, drivers, clock, ceiling } = parts
  const { desired, emptySource } = inForce
  const now = clock.now()
  const retirements = new Map((await store.retirements()).map((each) => [each.name, each]))
  const approved = await store.approved(now)
  const incomplete = await incompleteDrivers(parts)
  const capabilities = new Map(drivers.map((driver) => [driver.name, driver.capabilities]))
  const context = planContext(desired, {
    now,
    ceiling,
    approved: (step) => approved.has(step),
    capabilities: (driver) => capabilities.get(driver) ?? FULL_CAPABILITIES,
    brake: (driver) => {
      if (emptySource) return 'empty-source'
      return incomplete.has(driver) || !capabilities.has(driver) ? 'inventory-incomplete' : undefined
    },
  })
  return {
    context,
    index: indexAssignments(desired, { ambiguous: await ambiguous(parts, inForce), retirements }),
  }
}

/** Drivers whose last inventory did not end complete, or which have none. */
async function incompleteDrivers({
  store,
  drivers,
}: Pick<PlanningParts, 'store' | 'drivers'>): Promise<ReadonlySet<string>> {
  const ended = (await store.inventories()).filter((each) => each.endedAt !== undefined)
  const newest = new Map(
    ended.sort((a, b) => a.listing - b.listing).map((each) => [each.driver, each.complete]),
  )
  return new Set(drivers.map((driver) => driver.name).filter((name) => newest.get(name) !== true))
}

/** Has every driver's last inventory ended complete? */
export async function inventoriesComplete(parts: Pick<PlanningParts, 'store' | 'drivers'>): Promise<boolean> {
  return (await incompleteDrivers(parts)).size === 0
}

/** References of the desired state that fit two devices in the store. */
async function ambiguous(
  { store }: Pick<Parts, 'store'>,
  { desired }: Pick<InForce, 'desired'>,
): Promise<Set<string>> {
  const { all } = indexReferences(desired)
  if (all.length === 0) return new Set()
  const found = await store.referenced(all)
  const doubtful = new Set<string>()
  for (const reference of all) {
    const records = found.get(referenceKey(reference)) ?? []
    if (records.length > 1 && gatherHardware(records.map((stored) => stored.record)).length > 1)
      doubtful.add(referenceKey(reference))
  }
  return doubtful
}
