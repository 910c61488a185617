import { describe } from 'vitest'
import { budgetPromises } from './store/budgets.ts'
import { comingPromises } from './store/comings.ts'
import { decisionPromises } from './store/decisions.ts'
import { fleetPromises } from './store/fleet.ts'
import { groupPromises } from './store/groups.ts'
import { historyPromises } from './store/history.ts'
import { journalPromises } from './store/journal.ts'
import { readingPromises } from './store/reading.ts'
import { workPromises } from './store/work.ts'
import { promiseOn, type StoreWorld } from './store/world.ts'

/** What every engine promises. `open` gives an empty store each time; disposing its world removes it. */
export function storeConformance(name: string, open: () => Promise<StoreWorld>): void {
  const promise = promiseOn(open)
  describe(`${name} keeps its promises:`, () => {
    fleetPromises(promise)
    comingPromises(promise)
    workPromises(promise)
    groupPromises(promise)
    budgetPromises(promise)
    journalPromises(promise)
    decisionPromises(promise)
    readingPromises(promise)
    historyPromises(promise)
  })
}
