import type { Budget, BudgetedKind, Policy } from '../domain/desired.ts'
import type { HoldCode, PlannedStep } from '../domain/plan.ts'
import { sortedUnique } from '../domain/text.ts'

export const BUDGETED_KINDS: readonly BudgetedKind[] = ['delete-record', 'uninstall', 'reset', 'retire']

function isBudgeted(kind: PlannedStep['kind']): kind is BudgetedKind {
  return (BUDGETED_KINDS as readonly string[]).includes(kind)
}

/** What a rolling day allows of a kind: the larger of what is written, rounded down; shares are of the active devices. */
export function allowance(budget: Budget, activeDevices: number): number {
  if (budget === 'unlimited') return Infinity
  const share = budget.share === undefined ? 0 : Math.floor((activeDevices * budget.share) / 10_000)
  return Math.max(budget.perDay ?? 0, share)
}

/** A day on which nothing was issued. */
export const NOTHING_USED: Readonly<Record<BudgetedKind, number>> = {
  'delete-record': 0,
  uninstall: 0,
  reset: 0,
  retire: 0,
}

/** How much of each budget is left, given what was issued in the last 24 hours. */
export type Remaining = Record<BudgetedKind, number>

export function remaining(
  policy: Policy,
  activeDevices: number,
  used: Readonly<Record<BudgetedKind, number>>,
): Remaining {
  const left = { ...NOTHING_USED }
  for (const kind of BUDGETED_KINDS)
    left[kind] = Math.max(0, allowance(policy.budgets[kind], activeDevices) - used[kind])
  return left
}

/**
 * Takes one device's steps out of the budgets: the first step that is over is held, with all that come after it. Steps
 * held for another reason use nothing up, approved ones are counted and never held. Devices must come by key, so that
 * the same fleet always gives the budget to the same devices.
 */
export function withinBudget(
  steps: readonly PlannedStep[],
  left: Remaining,
  approved: (step: PlannedStep) => boolean,
): readonly PlannedStep[] {
  let over: HoldCode[] = []
  if (!steps.some((step) => isBudgeted(step.kind))) return steps
  return steps.map((step) => {
    if (over.length > 0) return { ...step, state: 'held', heldBy: sortedUnique([...step.heldBy, ...over]) }
    if (step.state === 'held' || !isBudgeted(step.kind)) return step
    if (left[step.kind] >= 1 || approved(step)) {
      left[step.kind] = Math.max(0, left[step.kind] - 1)
      return step
    }
    over = ['budget-exceeded']
    const configuration = step.configuration ?? steps.find((each) => each.kind === 'install')?.configuration
    const holdsFor = { codes: over, ...(configuration === undefined ? {} : { configuration }) }
    return { ...step, state: 'held', heldBy: over, holdsFor }
  })
}
