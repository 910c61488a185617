import { on } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import type { Store } from './domain/store.ts'
import { planAhead, type PlanningOrder } from './reconcile/ahead.ts'

/** Where the recorded state is: a file, or a database with its password in the address. */
export type StorePlace =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }

/** What the thread that plans is given. It answers with one `PlannedAhead` for each message it gets, and ends. */
export type PlannerWork = { readonly place: StorePlace; readonly order: PlanningOrder }

/** The worklist is read in order, each page of a file once. */
const MEGABYTES = 8

async function open(place: StorePlace): Promise<Store> {
  if (place.kind === 'postgres') {
    const { openPostgres } = await import('./store/postgres/open.ts')
    return openPostgres(place.url)
  }
  const { openStore } = await import('./store/sqlite/open.ts')
  return openStore(place.path, { readonly: true, megabytes: MEGABYTES })
}

// Node calls a worker's data anything; it is what planner.ts hands over.
const { place, order } = workerData as PlannerWork
await using store = await open(place)
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
