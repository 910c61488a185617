import type { Verdict } from '../domain/journal.ts'

/**
 * A device's verdict, true to its first step: `held` when that waits, over a budget included, else `working`. Planning
 * knows no budgets, so only the store can tell. Other verdicts, and devices without steps, stay as they are.
 */
export function verdictBy(
  first: 'ready' | 'held' | undefined,
  planned: Verdict | undefined,
): Verdict | undefined {
  if (first === undefined || (planned !== 'working' && planned !== 'held')) return planned
  return first === 'held' ? 'held' : 'working'
}
