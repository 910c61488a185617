import { setImmediate } from 'node:timers/promises'
import type { InForce } from '../domain/revision-store.ts'
import type { DeviceOutcome, PlanStamp, WorkBatch, WorkItem } from '../domain/work-store.ts'
import { doubtsAbout } from './ambiguous.ts'
import { allotBudgets, limitedKinds } from './budgets.ts'
import { judgeDepartures } from './departures.ts'
import type { Parts } from './parts.ts'
import { planBatch, type BatchResult } from './plan-batch.ts'
import { questionOf, type Question } from './question.ts'
import { Tally } from './tally.ts'

const BATCH = 1_000
/** Where many wait, larger ones: a commit writes each page of an index once, however many devices are on it. */
const LARGE_BATCH = 4_000
const MANY = 20_000

export type PlannedWork = {
  /** Records planned. */
  readonly planned: number
  readonly steps: number
  readonly tally: Tally
}

type Given = { readonly run: number; readonly edited: ReadonlySet<string>; readonly signal: AbortSignal }

/**
 * Plans every device on the worklist, in batches that each end in one transaction; judges who left which group; then
 * gives out the budgets. A device that changes while its batch is planned stays on the list.
 */
export async function planWork(parts: Parts, inForce: InForce, given: Given): Promise<PlannedWork> {
  const { store, clock } = parts
  const done = { planned: 0, steps: 0, tally: new Tally() }
  do {
    await planListed(parts, inForce, given, done)
    if (given.signal.aborted) return done
    // Who left a group that shrank is on the list again, to be planned as held.
  } while (await judgeDepartures(store, inForce.desired, given.edited))
  await allotBudgets(store, inForce.desired.policy, clock.now())
  return done
}

async function planListed(
  parts: Parts,
  inForce: InForce,
  { run, signal }: Given,
  done: { planned: number; steps: number; readonly tally: Tally },
): Promise<void> {
  const { store, clock } = parts
  const rivals = new Set<number>()
  let question: Question | undefined
  const size = (await store.workSize()) > MANY ? LARGE_BATCH : BATCH
  while (!signal.aborted) {
    const batch = await store.work(size, clock.now())
    if (batch.items.length === 0) return
    question ??= await beginPlanning(parts, inForce)
    await othersTurn()
    const results = await planned(parts, batch, { question, inForce, rivals })
    await othersTurn()
    const stamp: PlanStamp = {
      run,
      revision: inForce.revision.id,
      now: question.context.now,
      limited: limitedKinds(inForce.desired.policy),
    }
    await store.savePlans(results.map(outcomeOf), stamp)
    for (const { outcome, plan } of results) {
      done.planned += 1
      done.steps += outcome.steps.length
      if (plan !== undefined) done.tally.add(plan)
    }
    await othersTurn()
  }
}

/** Whoever else wants to be heard in this process is, between reading, planning and writing a batch. */
function othersTurn(): Promise<void> {
  return setImmediate()
}

/** Who could not be told from another device may be told now: something has changed, so they are looked at again. */
async function beginPlanning(parts: Parts, inForce: InForce): Promise<Question> {
  const { store, clock } = parts
  const doubtful = await store.devices({ finding: 'ambiguous-device' }, BATCH)
  const devs = doubtful.map(({ dev }) => dev)
  if (devs.length > 0) await store.enlist(devs, clock.now())
  return await questionOf(parts, inForce)
}

async function planned(
  { store, clock }: Parts,
  batch: WorkBatch,
  {
    question,
    inForce,
    rivals,
  }: { readonly question: Question; readonly inForce: InForce; readonly rivals: Set<number> },
): Promise<BatchResult<WorkItem>[]> {
  const doubts = await doubtsAbout(
    store,
    question.index,
    batch.items.map(({ device }) => device),
  )
  const fresh = doubts.rivals.filter((dev) => !rivals.has(dev))
  for (const dev of fresh) rivals.add(dev)
  if (fresh.length > 0) await store.enlist(fresh, clock.now())
  return planBatch(batch, { ...question, revision: inForce.revision.id, ambiguous: doubts.ambiguous })
}

function outcomeOf({ item, outcome }: BatchResult<WorkItem>): DeviceOutcome {
  return { ...outcome, seq: item.seq }
}
