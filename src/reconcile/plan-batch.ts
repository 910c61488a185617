import type { Assignment } from '../domain/assignment.ts'
import type { EsimConfiguration } from '../domain/desired.ts'
import type { DeviceRecord } from '../domain/device.ts'
import type { Hardware } from '../domain/hardware.ts'
import type { Try } from '../domain/journal-store.ts'
import type { DevicePlan, PlannedStep } from '../domain/plan.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import type { DeviceOutcome, PlannedRow, StepHistory, WorkItem } from '../domain/work-store.ts'
import type { Instant } from '../domain/time.ts'
import { assign } from '../plan/assign.ts'
import type { PlanContext } from '../plan/context.ts'
import { planDevice } from '../plan/device.ts'
import { driftOf } from '../plan/drift.ts'
import { gatherHardware } from '../plan/hardware.ts'
import { eidOf, serialOf } from '../plan/identity.ts'
import { afterTries } from '../plan/retry.ts'
import { withApplied } from '../plan/settled.ts'
import { verdictOf } from '../plan/verdict.ts'
import { isOutstanding, nextVisit } from '../plan/visit.ts'
import type { Question } from './question.ts'

/** One device to be planned. */
export type BatchItem = Omit<WorkItem, 'seq'>

export type BatchQuestion = Question & {
  readonly revision: string
  /** References that fit two devices (`doubtsAbout`). */
  readonly ambiguous: ReadonlySet<string>
}

/** With the references that fit two devices in the index's memory. */
type Asked = BatchQuestion

/** What one record came to; `plan` is absent for one that does not steer its device. */
export type BatchResult<T extends BatchItem> = {
  readonly item: T
  readonly outcome: Omit<DeviceOutcome, 'seq'>
  readonly plan?: DevicePlan
}

/**
 * Plans devices from what is recorded of them alone: the same for the worklist and for planning everything from
 * scratch. `siblings`: every other record that shares an identity with one of them.
 */
export function planBatch<T extends BatchItem>(
  batch: { readonly items: readonly T[]; readonly siblings: readonly StoredDevice[] },
  question: BatchQuestion,
): BatchResult<T>[] {
  const { alone, together } = apart(batch)
  const { index, ambiguous, alikes } = question
  const asked = { ...question, index: { ...index, memory: { ...index.memory, ambiguous } } }
  const results: BatchResult<T>[] = []
  for (const item of alone) {
    const { device, history } = item
    const assignment = assign(asked.index, { ...device.traits, ...device.face })
    const setApart = item.shrunk.length > 0
    const like = setApart ? undefined : alikes.planLike(device, history, assignment)
    if (like !== undefined) {
      results.push(resultOf(item, { assignment, ...like }, asked))
      continue
    }
    for (const hardware of gatherHardware([device.record], question.order)) {
      const { bare, ...result } = planOne(item, hardware, asked, assignment)
      results.push(result)
      if (!setApart && result.outcome.record === undefined) alikes.learn(device, history, assignment, bare)
    }
  }
  return [...results, ...planTogether(together, batch.siblings, asked)]
}

/** Records that share an identity are planned as devices, not one by one. */
function planTogether<T extends BatchItem>(
  items: readonly T[],
  siblings: readonly StoredDevice[],
  question: Asked,
): BatchResult<T>[] {
  const listed = new Map<DeviceRecord, T>(items.map((item) => [item.device.record, item]))
  const records = [...listed.keys(), ...siblings.map((stored) => stored.record)]
  const results: BatchResult<T>[] = []
  for (const hardware of gatherHardware(records, question.order)) {
    const steering = listed.get(hardware.steering)
    if (steering !== undefined) results.push(planOne(steering, hardware, question))
    for (const other of hardware.others) {
      const item = listed.get(other)
      if (item !== undefined) results.push({ item, outcome: passive(item) })
    }
  }
  return results
}

/** Items that share no serial number and no EID with another item or sibling, and the others. */
function apart<T extends BatchItem>({
  items,
  siblings,
}: {
  readonly items: readonly T[]
  readonly siblings: readonly StoredDevice[]
}): { readonly alone: readonly T[]; readonly together: readonly T[] } {
  const once = new Set<string>()
  const shared = new Set<string>()
  const note = (identity: string | undefined): void => {
    if (identity === undefined) return
    if (once.has(identity)) shared.add(identity)
    else once.add(identity)
  }
  const doubtful = items.filter(({ device }) => device.isSingle !== true)
  for (const { device } of doubtful) for (const name of names(device)) note(name)
  for (const device of siblings) for (const name of names(device)) note(name)
  if (shared.size === 0) return { alone: items, together: [] }
  const isShared = ({ device }: T): boolean =>
    names(device).some((name) => name !== undefined && shared.has(name))
  return { alone: items.filter((item) => !isShared(item)), together: items.filter(isShared) }
}

/** The serial number and the EID that identify, told apart. */
function names({ face }: StoredDevice): readonly (string | undefined)[] {
  const [serial, eid] = [serialOf(face), eidOf(face)]
  return [serial === undefined ? serial : `s${serial}`, eid === undefined ? eid : `e${eid}`]
}

const NOTHING_WANTED: Assignment = {
  wanted: { kind: 'nothing' },
  groups: [],
  outranked: [],
  otherPlatform: [],
}

/** A record that does not steer: nothing is wanted of it. */
function passive({ device }: BatchItem): Omit<DeviceOutcome, 'seq'> {
  const { dev, version } = device
  return { dev, version, assignment: NOTHING_WANTED, status: { findings: [] }, steps: [], awaitsSight: false }
}

function planOne<T extends BatchItem>(
  item: T,
  hardware: Hardware,
  question: Asked,
  assignment: Assignment = assign(question.index, hardware.steering),
): BatchResult<T> & { readonly bare: DevicePlan } {
  const { device, history } = item
  const configuration = configurationOf(assignment, question.context)
  const record =
    configuration === undefined ? hardware.steering : withApplied(hardware.steering, configuration)
  const context: PlanContext =
    history.approved.length === 0
      ? question.context
      : { ...question.context, approved: (step) => history.approved.includes(step) }
  const bare = planDevice(assignment, { ...hardware, steering: record }, context, {
    gone: device.goneSince !== undefined,
    shrunk: item.shrunk,
  })
  const learned = record === hardware.steering ? undefined : record
  return { ...resultOf(item, { assignment, plan: bare }, question, learned), bare }
}

/** What a plan comes to once the device's past is looked at. `learned`: the record with what planning learned of it. */
function resultOf<T extends BatchItem>(
  item: T,
  {
    assignment,
    plan: bare,
    likes = NO_STEPS,
  }: { readonly assignment: Assignment; readonly plan: DevicePlan; readonly likes?: readonly PlannedStep[] },
  { context, revision }: Asked,
  learned?: DeviceRecord,
): BatchResult<T> {
  const { device, history } = item
  const { now, policy } = context
  const stored = learned === undefined ? device : { ...device, record: learned }
  const outstanding = bare.steps.length > 0 && isOutstanding(device.face, history, now)
  const { plan, attempt, notBefore } = afterTries(bare, sinceChange(history), {
    policy,
    revision,
    now,
    outstanding,
  })
  const configuration = configurationOf(assignment, context)
  const status = statusOf(stored, history, { assignment, configuration, plan, now })
  const waits = notBefore === undefined ? {} : { notBefore }
  const outcome: Omit<DeviceOutcome, 'seq'> = {
    dev: device.dev,
    version: device.version,
    assignment,
    status,
    ...(learned === undefined ? {} : { record: learned }),
    steps: plan.steps.map((step, at) => ({
      step,
      ...likeness(step, bare.steps[at], likes[at]),
      ...(at === 0 ? { attempt, ...waits } : { attempt: 1 }),
    })),
    ...nextVisit(plan, { record: device.face, status, history, policy, now, outstanding }),
  }
  return { item, outcome, plan }
}

const NO_STEPS: readonly PlannedStep[] = []

/** What `step` is a copy of, if it still is what was planned before its device's past was looked at. */
function likeness(
  step: PlannedStep,
  bare: PlannedStep | undefined,
  like: PlannedStep | undefined,
): Pick<PlannedRow, 'like'> {
  return step === bare && like !== undefined ? { like } : {}
}

/** A step proven since has changed the device: what was tried in vain before it counts no more, what nobody could show does. */
function sinceChange({ tries, provenAt = -Infinity }: StepHistory): readonly Try[] {
  if (tries.length === 0) return tries
  return tries.filter((each) => each.state === 'unproven' || each.settledAt >= provenAt)
}

type Planned = {
  readonly assignment: Assignment
  readonly configuration: EsimConfiguration | undefined
  readonly plan: DevicePlan
  readonly now: Instant
}

function statusOf(stored: StoredDevice, history: StepHistory, planned: Planned): DeviceOutcome['status'] {
  const { plan, assignment } = planned
  const withoutEsimSince =
    history.erasedAt === undefined ? undefined : erasedSince(stored.record, history.erasedAt, plan)
  return {
    verdict: verdictOf(plan, assignment, false),
    ...(plan.action === undefined ? {} : { action: plan.action }),
    findings: plan.findings,
    ...driftOf(stored, plan, planned),
    ...(withoutEsimSince === undefined ? {} : { withoutEsimSince }),
  }
}

/** Since when the device has no eSIM because we erased it: the last proven reset that no proven install followed. */
function erasedSince({ esims }: DeviceRecord, erasedAt: Instant, plan: DevicePlan): Instant | undefined {
  if (esims === 'unknown' || esims.length > 0) return undefined
  const waits =
    plan.steps.some((step) => step.kind === 'install') ||
    plan.findings.some((each) => each.code === 'retry-exhausted')
  return waits ? erasedAt : undefined
}

function configurationOf({ wanted }: Assignment, context: PlanContext): EsimConfiguration | undefined {
  return wanted.kind === 'configuration' ? context.configurations.get(wanted.configuration) : undefined
}
