import type { BudgetedKind, Policy } from '../domain/desired.ts'
import type { Store } from '../domain/store.ts'
import { DAY, type Instant } from '../domain/time.ts'
import { BUDGETED_KINDS, remaining } from '../plan/guard.ts'

/** The kinds that the Policy gives a budget; the others are unlimited. */
export function limitedKinds({ budgets }: Policy): readonly BudgetedKind[] {
  return BUDGETED_KINDS.filter((kind) => budgets[kind] !== 'unlimited')
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
  const used: Record<BudgetedKind, number> = { 'delete-record': 0, uninstall: 0, reset: 0, retire: 0 }
  for (const kind of limitedKinds(policy)) used[kind] = await store.used(kind, now - DAY)
  const left = remaining(policy, await store.active(), used)
  for (const kind of BUDGETED_KINDS) await store.allot(kind, left[kind], now)
}
