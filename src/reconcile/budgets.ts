import type { BudgetedKind, Policy } from '../domain/desired.ts'
import type { Store } from '../domain/store.ts'
import { DAY, type Instant } from '../domain/time.ts'
import { BUDGETED_KINDS, NOTHING_USED, remaining } from '../plan/guard.ts'

/** The kinds that the Policy gives a budget; the others are unlimited. */
export function limitedKinds({ budgets }: Policy): readonly BudgetedKind[] {
  return BUDGETED_KINDS.filter((kind) => budgets[kind] !== 'unlimited')
}

/** Steps of these kinds that were issued in the rolling day; 0 for the others. */
export async function usedToday(
  store: Pick<Store, 'used'>,
  kinds: readonly BudgetedKind[],
  now: Instant,
): Promise<Readonly<Record<BudgetedKind, number>>> {
  const used = { ...NOTHING_USED }
  for (const kind of kinds) used[kind] = await store.used(kind, now - DAY)
  return used
}

/**
 * Gives what is left of each budget of the rolling day to the waiting steps, by device key, and holds the rest. Kinds
 * go in the order in which they run on a device, for a step behind a held one uses nothing up.
 */
export async function allotBudgets(
  store: Pick<Store, 'allot' | 'used' | 'active'>,
  policy: Policy,
  now: Instant,
): Promise<void> {
  const used = await usedToday(store, limitedKinds(policy), now)
  const left = remaining(policy, await store.active(), used)
  for (const kind of BUDGETED_KINDS) await store.allot(kind, left[kind], now)
}
