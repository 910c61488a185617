import type { Policy } from '../../domain/desired.ts'
import type { ToldStep } from '../../domain/plan-outline.ts'
import type { PlannedStep } from '../../domain/plan.ts'
import { BUDGETED_KINDS, NOTHING_USED, remaining, withinBudget, type Remaining } from '../guard.ts'
import type { PatternBook } from './pattern-book.ts'
import type { Settled } from './settled.ts'

/**
 * Takes the steps of the fleet out of the budgets, device by device in the order of their keys: what is over is held.
 * Nothing was used up and nothing is approved where a fleet is planned in passing. Changes `patterns`.
 */
export function keepWithinBudgets(
  { patterns, order, patternBook, activeHardwares }: Settled,
  policy: Policy,
): void {
  const left = remaining(policy, activeHardwares, NOTHING_USED)
  const spends: boolean[] = patternBook.patterns.map(({ steps }) => steps.some(isSpending))
  const cuts = new Map<string, number>()
  for (const index of order) {
    const number = (patterns[index] ?? 0) - 1
    if (number < 0 || spends[number] !== true) continue
    patterns[index] = cutPattern(number, patternBook, left, cuts) + 1
  }
}

function isSpending({ kind, state }: ToldStep): boolean {
  return state === 'ready' && (BUDGETED_KINDS as readonly string[]).includes(kind)
}

/** The number of the pattern within the budgets; patterns are cut in few places, and each is written once. */
function cutPattern(number: number, book: PatternBook, left: Remaining, cuts: Map<string, number>): number {
  const pattern = book.patterns[number]
  if (pattern === undefined) return number
  const steps = pattern.steps as readonly PlannedStep[]
  const within = withinBudget(steps, left, () => false)
  const at = steps.findIndex((step, index) => step !== within[index])
  if (at < 0) return number
  const cut = `${number} ${at}`
  const known = cuts.get(cut)
  if (known !== undefined) return known
  const made = book.numberOf({ ...pattern, steps: within })
  cuts.set(cut, made)
  return made
}
