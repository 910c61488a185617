import { describe } from 'vitest'
import { approvalPromises } from './store/approvals.ts'
import { auditPromises } from './store/audits.ts'
import { budgetPromises } from './store/budgets.ts'
import { comingPromises } from './store/comings.ts'
import { decisionPromises } from './store/decisions.ts'
import { desiredPromises } from './store/desired.ts'
import { documentPromises } from './store/documents.ts'
import { facePromises } from './store/faces.ts'
import { fleetPromises } from './store/fleet.ts'
import { groupPromises } from './store/groups.ts'
import { historyOfStepsPromises } from './store/histories.ts'
import { historyPromises } from './store/history.ts'
import { journalPromises } from './store/journal.ts'
import { memoryPromises } from './store/memories.ts'
import { noticePromises } from './store/notices.ts'
import { planPromises } from './store/plans.ts'
import { reachPromises } from './store/reach.ts'
import { readingPromises } from './store/reading.ts'
import { retentionPromises } from './store/retention.ts'
import { workPromises } from './store/work.ts'
import { promiseOn, type StoreWorld } from './store/world.ts'

/** What every engine promises. `open` gives an empty store each time; disposing its world removes it. */
export function storeConformance(name: string, open: () => Promise<StoreWorld>): void {
  const promise = promiseOn(open)
  describe(`${name} keeps its promises:`, () => {
    fleetPromises(promise)
    facePromises(promise)
    comingPromises(promise)
    workPromises(promise)
    planPromises(promise)
    auditPromises(promise)
    historyOfStepsPromises(promise)
    groupPromises(promise)
    budgetPromises(promise)
    journalPromises(promise)
    decisionPromises(promise)
    reachPromises(promise)
    approvalPromises(promise)
    retentionPromises(promise)
    readingPromises(promise)
    historyPromises(promise)
    desiredPromises(promise)
    documentPromises(promise)
    memoryPromises(promise)
    noticePromises(promise)
  })
}
