import type { Assignment } from '../domain/assignment.ts'
import type { Hardware } from '../domain/hardware.ts'
import type { DevicePlan } from '../domain/plan.ts'
import type { Try } from '../domain/journal-store.ts'
import type { InForce } from '../domain/revision-store.ts'
import type { DeviceStatus, StoredDevice } from '../domain/stored-device.ts'
import type { DeviceOutcome, WorkItem } from '../domain/work-store.ts'
import { MINUTE, type Duration, type Instant } from '../domain/time.ts'
import { assign, type AssignmentIndex } from '../plan/assign.ts'
import type { PlanContext } from '../plan/context.ts'
import { planDevice } from '../plan/device.ts'
import { driftOf } from '../plan/drift.ts'
import { gatherHardware } from '../plan/hardware.ts'
import { afterTries } from '../plan/retry.ts'
import { withApplied } from '../plan/settled.ts'
import { verdictOf } from '../plan/verdict.ts'
import { allotBudgets } from './budgets.ts'
import { judgeGroups, shrunkGroups } from './group-shrink.ts'
import type { Parts } from './parts.ts'
import { questionOf } from './question.ts'
import { Tally } from './tally.ts'

const BATCH = 1_000
/** A device seen this recently is there: no need to look what it was sent long ago. */
const SEEN_JUST_NOW: Duration = 15 * MINUTE

export type PlannedWork = {
  /** Records planned. */
  readonly planned: number
  readonly steps: number
  readonly tally: Tally
}

/** One device of a batch, planned and not yet written. */
type Draft = {
  readonly item: WorkItem
  readonly stored: StoredDevice
  readonly assignment: Assignment
  readonly plan: DevicePlan
  readonly changed: boolean
}

/**
 * Plans every device on the worklist, in batches that each end in one transaction; then gives out the budgets. A
 * device that changes while its batch is planned stays on the list.
 */
export async function planWork(
  parts: Parts,
  inForce: InForce,
  given: { readonly run: number; readonly edited: ReadonlySet<string>; readonly signal: AbortSignal },
): Promise<PlannedWork> {
  const { store, clock } = parts
  if ((await store.workSize()) === 0) return { planned: 0, steps: 0, tally: new Tally() }
  const question = await questionOf(parts, inForce)
  const shrunk = await shrunkGroups(store, question.index, given.edited)
  const tally = new Tally()
  let planned = 0
  let steps = 0
  for (;;) {
    const items = given.signal.aborted ? [] : await store.work(BATCH)
    if (items.length === 0) break
    const outcomes = await planBatch(parts, items, { ...question, shrunk, inForce })
    await store.savePlans(
      outcomes.map(({ outcome }) => outcome),
      given.run,
      inForce.revision.id,
      clock.now(),
    )
    for (const { outcome, plan } of outcomes) {
      planned += 1
      steps += outcome.steps.length
      if (plan !== undefined) tally.add(plan)
    }
  }
  await judgeGroups(store, shrunk)
  await allotBudgets(store, question.context.policy, clock.now())
  return { planned, steps, tally }
}

type BatchQuestion = {
  readonly index: AssignmentIndex
  readonly context: PlanContext
  readonly shrunk: ReadonlySet<string>
  readonly inForce: InForce
}

type Result = { readonly outcome: DeviceOutcome; readonly plan?: DevicePlan }

async function planBatch(
  parts: Parts,
  items: readonly WorkItem[],
  question: BatchQuestion,
): Promise<Result[]> {
  const { store, drivers } = parts
  const devs = items.map(({ device }) => device.dev)
  const family = await store.siblings(devs)
  const marks = await store.shrunk(devs)
  const byKey = new Map(family.map((stored) => [stored.record.key, stored]))
  const listed = new Map(items.map((item) => [item.device.record.key, item]))
  const order = drivers.map((driver) => driver.name)
  const drafts: Draft[] = []
  const results: Result[] = []
  for (const hardware of gatherHardware(
    family.map((stored) => stored.record),
    order,
  )) {
    const item = listed.get(hardware.steering.key)
    const stored = byKey.get(hardware.steering.key)
    if (item !== undefined && stored !== undefined)
      drafts.push(draft(item, stored, hardware, marks, question))
    for (const other of hardware.others) {
      const otherItem = listed.get(other.key)
      if (otherItem !== undefined) results.push({ outcome: passive(otherItem) })
    }
  }
  return [...results, ...(await finish(parts, drafts, question))]
}

/** A record that does not steer: nothing is wanted of it. */
function passive({ seq, device }: WorkItem): DeviceOutcome {
  const assignment: Assignment = { wanted: { kind: 'nothing' }, groups: [], outranked: [], otherPlatform: [] }
  return { dev: device.dev, version: device.version, seq, assignment, status: { findings: [] }, steps: [] }
}

function draft(
  item: WorkItem,
  stored: StoredDevice,
  hardware: Hardware,
  marks: ReadonlyMap<number, readonly string[]>,
  { index, context, shrunk }: BatchQuestion,
): Draft {
  const assignment = assign(index, hardware.steering)
  const configuration = configurationOf(assignment, context)
  const record =
    configuration === undefined ? hardware.steering : withApplied(hardware.steering, configuration)
  const left =
    stored.assignment?.groups.filter((group) => shrunk.has(group) && !assignment.groups.includes(group)) ?? []
  const plan = planDevice(assignment, { ...hardware, steering: record }, context, {
    gone: stored.goneSince !== undefined,
    shrunk: [...left, ...(marks.get(stored.dev) ?? [])],
  })
  return { item, stored: { ...stored, record }, assignment, plan, changed: record !== hardware.steering }
}

async function finish(
  { store, clock }: Parts,
  drafts: readonly Draft[],
  { context, inForce }: BatchQuestion,
): Promise<Result[]> {
  const now = clock.now()
  const tries = await store.tries(
    drafts.flatMap(({ stored, plan }) =>
      plan.steps.slice(0, 1).map((step) => ({ dev: stored.dev, id: step.id })),
    ),
  )
  const byDev = Map.groupBy(tries, (each) => each.dev)
  const results: Result[] = []
  for (const { item, stored, assignment, plan: bare, changed } of drafts) {
    const { record } = stored
    const outstanding = bare.steps.length > 0 && (await isOutstanding(store, stored, now))
    const retried = afterTries(bare, await sinceChange(store, stored, byDev.get(stored.dev)), {
      policy: context.policy,
      revision: inForce.revision.id,
      now,
      outstanding,
    })
    const { plan, attempt, notBefore } = retried
    const waits = notBefore === undefined ? {} : { notBefore }
    const outcome: DeviceOutcome = {
      dev: stored.dev,
      version: item.device.version,
      seq: item.seq,
      assignment,
      status: await statusOf(store, { stored, assignment, plan, context, now }),
      ...(changed ? { record } : {}),
      steps: plan.steps.map((step, at) => (at === 0 ? { step, attempt, ...waits } : { step, attempt: 1 })),
    }
    results.push({ outcome, plan })
  }
  return results
}

/** A step proven since has changed the device: what was tried in vain before it counts no more, what nobody could show does. */
async function sinceChange(
  store: Parts['store'],
  { dev }: StoredDevice,
  tries: readonly Try[] = [],
): Promise<readonly Try[]> {
  if (tries.length === 0) return tries
  const proven = (await store.steps(dev, 20)).filter(({ state }) => state === 'proven')
  const changedAt = Math.max(...proven.map(({ settledAt }) => settledAt ?? -Infinity))
  return tries.filter((each) => each.state === 'unproven' || each.settledAt >= changedAt)
}

/** May a command that expired in the MDM's queue still run? Until the device is seen again nothing further is sent to it. */
async function isOutstanding(
  store: Parts['store'],
  { dev, record }: StoredDevice,
  now: Instant,
): Promise<boolean> {
  const seenAt = record.lastSeenAt ?? -Infinity
  if (now - seenAt < SEEN_JUST_NOW) return false
  const steps = await store.steps(dev, 20)
  return steps.some(
    ({ state, settledAt }) => (state === 'expired' || state === 'unproven') && (settledAt ?? 0) >= seenAt,
  )
}

type StatusQuestion = {
  readonly stored: StoredDevice
  readonly assignment: Assignment
  readonly plan: DevicePlan
  readonly context: PlanContext
  readonly now: Instant
}

async function statusOf(
  store: Parts['store'],
  { stored, assignment, plan, context, now }: StatusQuestion,
): Promise<DeviceStatus> {
  const configuration = configurationOf(assignment, context)
  const memory = driftOf(stored, plan, { assignment, configuration, now })
  const withoutEsimSince = await erasedSince(store, stored, plan)
  return {
    verdict: verdictOf(plan, assignment, false),
    ...(plan.action === undefined ? {} : { action: plan.action }),
    findings: plan.findings,
    ...memory,
    ...(withoutEsimSince === undefined ? {} : { withoutEsimSince }),
  }
}

/** Since when the device has no eSIM because we erased it: the last proven reset that no proven install followed. */
async function erasedSince(
  store: Parts['store'],
  { dev, record }: StoredDevice,
  plan: DevicePlan,
): Promise<Instant | undefined> {
  const empty = record.esims !== 'unknown' && record.esims.length === 0
  const waits =
    plan.steps.some((step) => step.kind === 'install') ||
    plan.findings.some((each) => each.code === 'retry-exhausted')
  if (!empty || !waits) return undefined
  for (const { step, state, settledAt } of await store.steps(dev, 20)) {
    if (state !== 'proven') continue
    if (step.kind === 'reset') return settledAt
    if (step.kind === 'install') return undefined
  }
  return undefined
}

function configurationOf(
  { wanted }: Assignment,
  context: PlanContext,
): ReturnType<PlanContext['configurations']['get']> {
  return wanted.kind === 'configuration' ? context.configurations.get(wanted.configuration) : undefined
}
