import type { Mode } from '../domain/desired.ts'
import type { Store } from '../domain/store.ts'
import type { Instant } from '../domain/time.ts'
import { doubtsAbout } from './ambiguous.ts'
import { openPacking, type Parcel } from './parcel.ts'
import { planBatch } from './plan-batch.ts'
import { questionOf, type PlanningParts } from './question.ts'

/** What is to be planned, as data that another thread can be handed. */
export type PlanningOrder = {
  /** The revision in force; under another one nothing is planned. */
  readonly revision: string
  readonly now: Instant
  readonly ceiling: Mode
  readonly drivers: PlanningParts['drivers']
  /** Devices a batch. */
  readonly batch: number
}

/** A planned batch. */
export type PlannedAhead = {
  readonly parcel: Parcel
  /** Devices that a reference fits as well as one of these, and whose plan does not say so yet. */
  readonly rivals: readonly number[]
}

/**
 * Plans the worklist ahead of whoever writes the plans, so that both are done at once. What is given is a proposal: the
 * store writes an outcome only if it still speaks of what is stored, and what it does not write stays on the list.
 */
export interface Planner {
  /** Where fewer devices wait it is not worth its while. */
  readonly from: number
  /** Devices a batch. */
  readonly batch: number
  /** Batches in the order of the worklist; ends with it. Breaking off ends the planning. */
  plan(order: PlanningOrder): AsyncIterable<PlannedAhead>
}

/** The planning itself, on a store that nobody writes through. */
export async function* planAhead(
  store: Store,
  { revision, now, ceiling, drivers, batch }: PlanningOrder,
): AsyncGenerator<PlannedAhead> {
  const inForce = await store.inForce()
  if (inForce?.revision.id !== revision) return
  const question = await questionOf({ store, drivers, ceiling, clock: standing(now) }, inForce)
  const pack = openPacking()
  for (let after: number | undefined; ;) {
    const work = await store.work(batch, now, after)
    if (work.items.length === 0) return
    after = work.end
    const devices = work.items.map(({ device }) => device)
    const { ambiguous, rivals } = await doubtsAbout(store, question.index, devices)
    const results = planBatch(work, { ...question, revision, ambiguous })
    yield { parcel: pack(results.map(({ item, outcome }) => ({ ...outcome, seq: item.seq }))), rivals }
  }
}

/** One moment for all of it. */
function standing(now: Instant): PlanningParts['clock'] {
  return { now: () => now, sleep: () => Promise.resolve() }
}
