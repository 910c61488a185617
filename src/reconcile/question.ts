import type { DesiredState } from '../domain/desired.ts'
import type { Driver } from '../domain/driver.ts'
import type { InForce } from '../domain/revision-store.ts'
import { rememberAlikes, type Alikes } from '../plan/alike.ts'
import { indexAssignments, type AssignmentIndex } from '../plan/assign.ts'
import { FULL_CAPABILITIES, planContext, type PlanContext } from '../plan/context.ts'
import type { Parts } from './parts.ts'

/** What planning from the store needs: no driver is called, only its capabilities are read. */
export type PlanningParts = Pick<Parts, 'store' | 'clock' | 'ceiling'> & {
  readonly drivers: readonly Pick<Driver, 'name' | 'capabilities'>[]
}

/** What every device of a pass is planned with: the revision in force, and what the store remembers for all. */
export type Question = {
  readonly index: AssignmentIndex
  /** Without approvals: those come with each device. */
  readonly context: PlanContext
  /** Order of the drivers: the tie-breaker between active records of one hardware. */
  readonly order: readonly string[]
  /** Plans of devices that look alike. */
  readonly alikes: Alikes
}

export async function questionOf(
  parts: PlanningParts,
  inForce: Pick<InForce, 'desired' | 'emptySource'>,
): Promise<Question> {
  const { store, drivers, clock, ceiling } = parts
  const { desired, emptySource } = inForce
  const incomplete = await incompleteDrivers(parts)
  const capabilities = new Map(drivers.map((driver) => [driver.name, driver.capabilities]))
  const context = planContext(desired, {
    now: clock.now(),
    ceiling,
    capabilities: (driver) => capabilities.get(driver) ?? FULL_CAPABILITIES,
    brake: (driver) => {
      if (emptySource) return 'empty-source'
      return incomplete.has(driver) || !capabilities.has(driver) ? 'inventory-incomplete' : undefined
    },
  })
  const order = drivers.map((driver) => driver.name)
  const index = await remembering(store, indexOnce(desired))
  return { context, order, index, alikes: rememberAlikes(index, context) }
}

/** With what the store remembers of retirements, where there are any. */
async function remembering(store: Parts['store'], index: AssignmentIndex): Promise<AssignmentIndex> {
  if (index.desired.retirements.length === 0) return index
  const retirements = new Map((await store.retirements()).map((each) => [each.name, each]))
  return { ...index, memory: { ...index.memory, retirements } }
}

const indexes = new WeakMap<DesiredState, AssignmentIndex>()

/** A revision stays in force for days, and is planned against at every turn. */
function indexOnce(desired: DesiredState): AssignmentIndex {
  const known = indexes.get(desired)
  if (known !== undefined) return known
  const index = indexAssignments(desired)
  indexes.set(desired, index)
  return index
}

/** What every plan depends on beside the desired state and the records, as one text (`planUnder`). */
export function circumstancesOf({ drivers, ceiling, program }: Parts): string {
  const faces = drivers.map(({ name, capabilities }) => ({ name, capabilities }))
  return JSON.stringify({ program, ceiling, drivers: faces })
}

/** Drivers whose last inventory did not end complete, or which have none. */
export async function incompleteDrivers({
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
