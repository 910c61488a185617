import { on } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Log } from './domain/log.ts'
import type { PlannedAhead, Planner } from './reconcile/ahead.ts'
import type { PlannerWork, StorePlace } from './planner-thread.ts'

/** Where fewer devices wait, a thread has hardly started when they are planned. */
const FROM = 20_000
/** Devices a batch: a commit to a file costs little, a round trip to a server more. */
const BATCH = { sqlite: 1_000, postgres: 4_000 } as const
/** Batches on their way: one is planned and one waits while another is written. */
const AHEAD = 2
/** Megabytes of new objects in the thread; nothing of a device outlives its batch. */
const YOUNG_MEGABYTES = 8

/**
 * Plans in a thread of its own, which reads the recorded state and writes nothing of it. Where the thread fails, its batches
 * end and the failure is logged: the rest is planned without it.
 */
export function openPlanner(place: StorePlace, log: Log, from = FROM): Planner {
  return {
    from,
    batch: BATCH[place.kind],
    plan: async function* plan(order) {
      const work: PlannerWork = { place, order }
      const worker = new Worker(new URL('planner-thread.ts', import.meta.url), {
        workerData: work,
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
      })
      try {
        for (let asked = 0; asked < AHEAD; asked += 1) worker.postMessage('next', [])
        for await (const [planned] of on(worker, 'message', { close: ['exit'] })) {
          worker.postMessage('next', [])
          // Node calls a message anything; it is what planner-thread.ts posts.
          yield planned as PlannedAhead
        }
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        log.warn('planner-failed', `Planning goes on in one thread: the other one failed (${why})`)
      } finally {
        await worker.terminate()
      }
    },
  }
}
