import { on } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { planAhead, type PlanningOrder } from './reconcile/ahead.ts'
import { openStore } from './store/sqlite/open.ts'

/** What the thread that plans is given. It answers with one `PlannedAhead` for each message it gets, and ends. */
export type PlannerWork = { readonly path: string; readonly order: PlanningOrder }

/** The worklist is read in order, each page of the database once. */
const MEGABYTES = 8

// Node calls a worker's data anything; it is what planner.ts hands over.
const { path, order } = workerData as PlannerWork
await using store = await openStore(path, { readonly: true, megabytes: MEGABYTES })
const port = parentPort
if (port !== null) {
  const planned = planAhead(store, order)
  // The first batch is begun before anybody asks; the one after it while the first is written.
  let next = planned.next()
  for await (const _asked of on(port, 'message')) {
    const batch = await next
    if (batch.done === true) break
    port.postMessage(batch.value, [batch.value.parcel.numbers.buffer])
    next = planned.next()
  }
  port.close()
}
