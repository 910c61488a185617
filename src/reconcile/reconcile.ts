import type { FleetCounts } from '../domain/read-store.ts'
import type { InForce } from '../domain/revision-store.ts'
import { NO_COUNTS, type RunCounts } from '../domain/run-store.ts'
import { executeOnce, type Executed } from './execute.ts'
import { rememberRetirements } from './first-applied.ts'
import { observeAll } from './observe.ts'
import type { Parts, PassPlan } from './parts.ts'
import { planWork, type PlannedWork } from './plan-work.ts'
import { circumstancesOf, inventoriesComplete } from './question.ts'
import { keepInForce, readOrKeep } from './read.ts'

/** What a pass is asked to do beside planning. */
export type PassRequest = {
  /** start, schedule, change, request, webhook: for the history. */
  readonly trigger: string
  /** Ask the source for a newer revision. */
  readonly read: boolean
  /** Read the inventories. */
  readonly observe: boolean
  readonly signal: AbortSignal
}

export type PassResult = {
  readonly run: number
  /** Absent: there never was a good revision, so nothing can be done. */
  readonly inForce?: InForce
  readonly counts: RunCounts
  readonly moved: boolean
  /** The source was out of reach: the pass went by the last good revision. */
  readonly unread?: string
}

/**
 * One pass: read, observe, plan, and a first turn of executing. Level-based: it looks at what is, whatever woke it, so
 * a trigger lost or folded into another costs nothing.
 */
export async function reconcile(parts: Parts, request: PassRequest): Promise<PassResult> {
  const { store, clock, log, screen } = parts
  const known = await store.inForce()
  const run = await store.beginRun(request.trigger, known?.revision.id, clock.now())
  let counts = NO_COUNTS
  try {
    const read = request.read ? await readOrKeep(parts) : keepInForce(known)
    const { inForce } = read
    if (request.observe) {
      const observed = await observeAll(parts, request.signal)
      counts = { ...counts, observed: observed.devices, changed: observed.changed }
      if (read.moved || observed.changed > 0 || !observed.complete) screen.observed(observed)
    }
    if (inForce === undefined) {
      await store.endRun(run, counts, undefined, clock.now(), 'no valid revision yet')
      return { run, counts, moved: false }
    }
    const given = { run, edited: read.edited, signal: request.signal }
    const planned = await plan(parts, inForce, given)
    const { held } = await store.unsettled()
    counts = { ...counts, planned: planned.planned, steps: planned.steps, held }
    if (screen.showsFleet && (read.moved || counts.changed > 0)) {
      const fleet = await store.counts()
      const holds = await holdsWithExamples(parts, fleet)
      screen.planned({ counts: fleet, tally: planned.tally, changes: read.changes, holds })
    }
    log.info('planned', `${planned.planned} records planned, ${planned.steps} steps, ${held} held`, {
      run,
      revision: inForce.revision.id,
      held,
    })
    await store.endRun(run, counts, inForce.revision.id, clock.now(), read.unread)
    return {
      run,
      inForce,
      counts,
      moved: read.moved,
      ...(read.unread === undefined ? {} : { unread: read.unread }),
    }
  } catch (error) {
    await store.endRun(
      run,
      counts,
      known?.revision.id,
      clock.now(),
      error instanceof Error ? error.message : String(error),
    )
    throw error
  }
}

/** Plans what changed since the last pass, or may have by the time it is now. */
async function plan(
  parts: Parts,
  inForce: InForce,
  given: { readonly run: number; readonly edited: ReadonlySet<string>; readonly signal: AbortSignal },
): Promise<PlannedWork> {
  const { store, clock } = parts
  await store.planUnder(circumstancesOf(parts))
  await store.enlist('due', clock.now())
  const first = await planWork(parts, inForce, given)
  if (given.signal.aborted) return first
  if (!(await rememberRetirements(store, inForce, await inventoriesComplete(parts)))) return first
  // What a retirement remembers from now on is what these plans must rest on.
  const { planned, steps } = await planWork(parts, inForce, given)
  return { planned: first.planned + planned, steps: first.steps + steps, tally: first.tally }
}

/** One turn of the executor and, where it settled something, the planning that follows. */
export async function work(
  parts: Parts,
  { run, inForce }: { run: number; inForce: InForce },
  signal: AbortSignal,
): Promise<Executed> {
  await parts.store.enlist('due', parts.clock.now())
  const executed = await executeOnce(parts, inForce, run)
  await planWork(parts, inForce, { run, edited: new Set(), signal })
  return executed
}

async function holdsWithExamples({ store }: Parts, fleet: FleetCounts): Promise<PassPlan['holds']> {
  if (fleet.open.held === 0) return []
  const holds = await store.holds()
  const first = await store.get(holds.flatMap((hold) => hold.steps.slice(0, 1).map((step) => step.device)))
  const names = new Map(
    first.map((stored) => [stored.record.key, stored.record.name ?? stored.record.serialNumber]),
  )
  return holds.map((hold) => {
    const device = hold.steps[0]?.device
    return { hold, example: (device === undefined ? undefined : names.get(device)) ?? device ?? '' }
  })
}
