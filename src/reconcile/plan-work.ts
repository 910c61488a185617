import { setImmediate } from 'node:timers/promises'
import type { InForce } from '../domain/revision-store.ts'
import type { DeviceOutcome, PlanStamp, WorkBatch } from '../domain/work-store.ts'
import type { Planner } from './ahead.ts'
import { doubtsAbout } from './ambiguous.ts'
import { allotBudgets, limitedKinds } from './budgets.ts'
import { judgeDepartures } from './departures.ts'
import { openUnpacking } from './parcel.ts'
import type { Parts } from './parts.ts'
import { planBatch } from './plan-batch.ts'
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

/** A turn of planning: what it is for, and what it has come to. */
type Turn = Given & {
  readonly inForce: InForce
  /** Who was entered again because a reference may mean somebody else. */
  readonly rivals: Set<number>
  readonly done: { planned: number; steps: number; readonly tally: Tally }
}

/**
 * Plans every device on the worklist, in batches that each end in one transaction; judges who left which group; then
 * gives out the budgets. A device that changes while its batch is planned stays on the list.
 */
export async function planWork(parts: Parts, inForce: InForce, given: Given): Promise<PlannedWork> {
  const { store, clock, planner } = parts
  const done = { planned: 0, steps: 0, tally: new Tally() }
  do {
    const turn: Turn = { ...given, inForce, done, rivals: new Set() }
    const waiting = await store.workSize()
    if (planner !== undefined && waiting >= planner.from) await writeAhead(parts, turn, planner)
    await planListed(parts, turn, waiting)
    if (given.signal.aborted) return done
    // Who left a group that shrank is on the list again, to be planned as held.
  } while (await judgeDepartures(store, inForce.desired, given.edited))
  await allotBudgets(store, inForce.desired.policy, clock.now())
  return done
}

async function planListed(parts: Parts, turn: Turn, waiting: number): Promise<void> {
  const { store, clock } = parts
  let question: Question | undefined
  const size = waiting > MANY ? LARGE_BATCH : BATCH
  while (!turn.signal.aborted) {
    const batch = await store.work(size, clock.now())
    if (batch.items.length === 0) return
    question ??= await beginPlanning(parts, turn)
    await othersTurn()
    const outcomes = await planned(parts, turn, batch, question)
    await othersTurn()
    await save(parts, turn, outcomes, question.context.now)
    await othersTurn()
  }
}

/** Writes what the planner has planned meanwhile; what changed since stays on the list. */
async function writeAhead(parts: Parts, turn: Turn, planner: Planner): Promise<void> {
  const { clock, drivers, ceiling } = parts
  await enlistDoubtful(parts)
  const now = clock.now()
  const order = {
    revision: turn.inForce.revision.id,
    now,
    ceiling,
    drivers: drivers.map(({ name, capabilities }) => ({ name, capabilities })),
    batch: planner.batch,
  }
  const unpack = openUnpacking()
  for await (const { parcel, rivals } of planner.plan(order)) {
    await enlistRivals(parts, turn, rivals)
    await save(parts, turn, unpack(parcel), now)
    await othersTurn()
    if (turn.signal.aborted) return
  }
}

async function save(
  { store }: Parts,
  { run, inForce, done }: Turn,
  outcomes: readonly DeviceOutcome[],
  now: PlanStamp['now'],
): Promise<void> {
  const { revision, desired } = inForce
  await store.savePlans(outcomes, { run, revision: revision.id, now, limited: limitedKinds(desired.policy) })
  for (const { status, steps } of outcomes) {
    done.planned += 1
    done.steps += steps.length
    if (status.action !== undefined)
      done.tally.add({ action: status.action, steps: steps.map(({ step }) => step) })
  }
}

/** Whoever else wants to be heard in this process is, between reading, planning and writing a batch. */
function othersTurn(): Promise<void> {
  return setImmediate()
}

async function beginPlanning(parts: Parts, { inForce }: Turn): Promise<Question> {
  await enlistDoubtful(parts)
  return await questionOf(parts, inForce)
}

/** Who could not be told from another device may be told now: something has changed, so they are looked at again. */
async function enlistDoubtful({ store, clock }: Parts): Promise<void> {
  const doubtful = await store.devices({ finding: 'ambiguous-device' }, BATCH)
  const devs = doubtful.map(({ dev }) => dev)
  if (devs.length > 0) await store.enlist(devs, clock.now())
}

async function enlistRivals(
  { store, clock }: Parts,
  { rivals }: Turn,
  found: readonly number[],
): Promise<void> {
  const fresh = found.filter((dev) => !rivals.has(dev))
  for (const dev of fresh) rivals.add(dev)
  if (fresh.length > 0) await store.enlist(fresh, clock.now())
}

async function planned(
  parts: Parts,
  turn: Turn,
  batch: WorkBatch,
  question: Question,
): Promise<DeviceOutcome[]> {
  const devices = batch.items.map(({ device }) => device)
  const { ambiguous, rivals } = await doubtsAbout(parts.store, question.index, devices)
  await enlistRivals(parts, turn, rivals)
  const asked = { ...question, revision: turn.inForce.revision.id, ambiguous }
  return planBatch(batch, asked).map(({ item, outcome }) => ({ ...outcome, seq: item.seq }))
}
