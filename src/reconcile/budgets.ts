import type { BudgetedKind, Policy } from '../domain/desired.ts'
import type { Store } from '../domain/store.ts'
import { DAY, type Instant } from '../domain/time.ts'
import { BUDGETED_KINDS, remaining, type Remaining } from '../plan/guard.ts'

type BudgetStore = Pick<Store, 'candidates' | 'used' | 'allot' | 'counts'>

/**
 * Gives what is left of each budget of the rolling day to the waiting steps, by device key, and holds the rest. Kinds
 * go in the order in which they run on a device, for a step behind a held one uses nothing up.
 */
export async function allotBudgets(store: BudgetStore, policy: Policy, now: Instant): Promise<Remaining> {
  const used: Record<BudgetedKind, number> = { 'delete-record': 0, uninstall: 0, reset: 0, retire: 0 }
  for (const kind of BUDGETED_KINDS) {
    if (policy.budgets[kind] !== 'unlimited') used[kind] = await store.used(kind, now - DAY)
  }
  const left = remaining(policy, (await store.counts()).active, used)
  for (const kind of BUDGETED_KINDS) {
    const changes: { dev: number; n: number; over: boolean }[] = []
    for (const { dev, n, over, approved } of await store.candidates(kind, now)) {
      const within = approved || left[kind] >= 1
      if (within) left[kind] = Math.max(0, left[kind] - 1)
      if (over === within) changes.push({ dev, n, over: !within })
    }
    if (changes.length > 0) await store.allot(changes)
  }
  return left
}
