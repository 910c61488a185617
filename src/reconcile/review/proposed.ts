import { setImmediate } from 'node:timers/promises'
import type { BudgetedKind, DesiredState } from '../../domain/desired.ts'
import type { Finding } from '../../domain/finding.ts'
import type { Action, Change, Plan, PlannedDevice, PlannedStep } from '../../domain/plan.ts'
import type { StoredDevice } from '../../domain/stored-device.ts'
import { compareText } from '../../domain/text.ts'
import { DAY, type Duration, type Instant } from '../../domain/time.ts'
import type { AuditItem } from '../../domain/work-store.ts'
import { actionsByGroup, areSameSteps, type GroupedDevice } from '../../plan/difference.ts'
import { gatherHolds } from '../../plan/gather-holds.ts'
import { allowance, BUDGETED_KINDS, remaining, withinBudget } from '../../plan/guard.ts'
import { planDigest } from '../../plan/plan-digest.ts'
import { summarise } from '../../plan/summary.ts'
import { doubtsAbout } from '../ambiguous.ts'
import { usedToday } from '../budgets.ts'
import { planBatch, type BatchResult } from '../plan-batch.ts'
import { inventoriesComplete, questionOf, type PlanningParts, type Question } from '../question.ts'
import { newFleetFindings } from './fleet-wide.ts'

const PAGE = 1_000
/** Who was not seen for so long may have changed without anybody knowing. */
export const UNSEEN: Duration = 7 * DAY

/** A desired state that is proposed in place of another one. */
export type Proposed = {
  readonly revision: string
  readonly desired: DesiredState
  readonly emptySource: boolean
  readonly changes: readonly Change[]
  /** Of the proposed documents. */
  readonly findings: readonly Finding[]
}

/** What a proposal comes to, beside what would happen without it. */
export type ProposedPlan = {
  /** Of the devices for which it plans other steps than are planned now; `summary.devices` counts the fleet. */
  readonly plan: Plan
  readonly complete: boolean
  readonly active: number
  readonly unseen: number
  readonly observedFrom?: Instant
  readonly observedTo?: Instant
  /** Devices whose planned steps would not come. */
  readonly withdrawn: number
  /** Not looked at: a step of them is under way, and they are planned when that is over. */
  readonly underWay: number
  /** Drifted devices among those that change, and in all. */
  readonly drifted: number
  readonly openDrift: number
  /** Of each budgeted kind: what a rolling day allows, and what of it is used. Infinity: unlimited. */
  readonly budgets: Readonly<Record<BudgetedKind, { readonly allowed: number; readonly used: number }>>
  /** By group: its devices that change, by what becomes of them. */
  readonly groups: ReadonlyMap<string, Readonly<Partial<Record<Action, number>>>>
}

type Sums = {
  readonly changed: GroupedDevice[]
  readonly findings: Finding[]
  readonly peopled: Set<string>
  readonly peopledBefore: Set<string>
  devices: number
  withdrawn: number
  underWay: number
  drifted: number
  openDrift: number
  unseen: number
  observedFrom: Instant | undefined
  observedTo: Instant | undefined
}

/**
 * Plans the whole fleet for a proposed desired state and keeps what differs from what is planned now, page by page and
 * without a write: memory grows with what changes. What is in force already, and on its way, is none of a proposal's
 * doing. `undefined`: it was stopped.
 */
export async function planProposed(
  parts: PlanningParts,
  proposed: Proposed,
  inForce: { readonly desired: DesiredState; readonly emptySource: boolean } | undefined,
  signal: AbortSignal,
): Promise<ProposedPlan | undefined> {
  const { store, clock } = parts
  const now = clock.now()
  const question = await questionOf(parts, proposed)
  const present = inForce === undefined ? undefined : await questionOf(parts, inForce)
  const sums = noSums()
  for (let after = 0; ;) {
    if (signal.aborted) return undefined
    const page = await store.audit(after, PAGE, now)
    const last = page.items.at(-1)
    if (last === undefined) break
    after = last.device.dev
    const planned = await planPage(parts, page, question, proposed.revision)
    const waits = page.items.some(({ waiting }) => waiting)
    const without = !waits || present === undefined ? [] : await planPage(parts, page, present, '')
    const stepsWithout = new Map(without.map(({ item, plan }) => [item, plan?.steps ?? []]))
    for (const result of planned) addTo(sums, result, stepsWithout.get(result.item), now)
    await setImmediate()
  }
  return await summed(parts, proposed, inForce?.desired, { question, sums, now })
}

async function planPage(
  { store }: PlanningParts,
  page: { readonly items: readonly AuditItem[]; readonly siblings: readonly StoredDevice[] },
  question: Question,
  revision: string,
): Promise<BatchResult<AuditItem>[]> {
  const devices = page.items.map(({ device }) => device)
  const { ambiguous } = await doubtsAbout(store, question.index, devices)
  return planBatch(page, { ...question, revision, ambiguous })
}

function addTo(
  sums: Sums,
  { item, outcome, plan }: BatchResult<AuditItem>,
  without: readonly PlannedStep[] | undefined,
  now: Instant,
): void {
  const { device } = item
  for (const group of outcome.assignment.groups) sums.peopled.add(group)
  for (const group of device.assignment?.groups ?? []) sums.peopledBefore.add(group)
  if (plan === undefined) return
  sums.devices += 1
  seen(sums, device, now)
  if (device.status.drift !== undefined) sums.openDrift += 1
  const known = new Set(device.status.findings.map(findingKey))
  for (const finding of plan.findings) if (!known.has(findingKey(finding))) sums.findings.push(finding)
  if (item.underWay) {
    sums.underWay += 1
    return
  }
  const before = item.waiting && without !== undefined ? without : item.steps.map(({ step }) => step)
  if (areSameSteps(before, plan.steps)) return
  if (plan.steps.length === 0) {
    sums.withdrawn += 1
    return
  }
  if (device.status.drift !== undefined) sums.drifted += 1
  const { serialNumber, name, user } = device.record
  const described: PlannedDevice = {
    ...plan,
    ...(serialNumber === undefined ? {} : { serialNumber }),
    ...(name === undefined ? {} : { name }),
    ...(user === undefined ? {} : { user }),
    holds: [],
  }
  sums.changed.push({ device: described, groups: outcome.assignment.groups })
}

function findingKey({ code, configuration = '' }: Finding): string {
  return `${code} ${configuration}`
}

function seen(sums: Sums, { face: { lastSeenAt } }: StoredDevice, now: Instant): void {
  if (lastSeenAt === undefined || now - lastSeenAt > UNSEEN) sums.unseen += 1
  if (lastSeenAt === undefined) return
  sums.observedFrom = Math.min(sums.observedFrom ?? lastSeenAt, lastSeenAt)
  sums.observedTo = Math.max(sums.observedTo ?? lastSeenAt, lastSeenAt)
}

async function summed(
  parts: PlanningParts,
  proposed: Proposed,
  before: DesiredState | undefined,
  { question, sums, now }: { readonly question: Question; readonly sums: Sums; readonly now: Instant },
): Promise<ProposedPlan> {
  const { store } = parts
  const { policy } = question.context
  const used = await usedToday(store, BUDGETED_KINDS, now)
  const active = await store.active()
  const left = remaining(policy, active, used)
  const approved = await store.approved(now)
  const byKey = sums.changed.sort((a, b) => compareText(a.device.device, b.device.device))
  const within = byKey.map(({ device }) => ({
    ...device,
    steps: withinBudget(device.steps, left, ({ id }) => approved.has(id)),
  }))
  const { holds, devices } = gatherHolds(within)
  const { peopled, peopledBefore, findings } = sums
  const wide = await newFleetFindings(
    store,
    { desired: proposed.desired, peopled, holds },
    before,
    peopledBefore,
  )
  const { withdrawn, underWay, drifted, openDrift, unseen, observedFrom, observedTo } = sums
  return {
    plan: {
      revision: proposed.revision,
      digest: planDigest(proposed.revision, devices),
      createdAt: now,
      summary: summarise(
        sums.devices,
        devices.map(({ steps }) => ({ steps, devices: 1 })),
      ),
      changes: proposed.changes,
      holds,
      devices,
      findings: [...proposed.findings, ...wide, ...findings],
    },
    complete: await inventoriesComplete(parts),
    active,
    unseen,
    ...(observedFrom === undefined ? {} : { observedFrom }),
    ...(observedTo === undefined ? {} : { observedTo }),
    withdrawn,
    underWay,
    drifted,
    openDrift,
    budgets: Object.fromEntries(
      BUDGETED_KINDS.map((kind) => [
        kind,
        { allowed: allowance(policy.budgets[kind], active), used: used[kind] },
      ]),
    ) as ProposedPlan['budgets'],
    groups: actionsByGroup(byKey),
  }
}

function noSums(): Sums {
  return {
    changed: [],
    findings: [],
    peopled: new Set(),
    peopledBefore: new Set(),
    devices: 0,
    withdrawn: 0,
    underWay: 0,
    drifted: 0,
    openDrift: 0,
    unseen: 0,
    observedFrom: undefined,
    observedTo: undefined,
  }
}
