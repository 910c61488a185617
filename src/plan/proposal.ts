import type { BudgetedKind, DesiredState } from '../domain/desired.ts'
import type { Finding } from '../domain/finding.ts'
import type { Action, Plan } from '../domain/plan.ts'
import { changesBetween } from './changes.ts'
import type { PlanContext } from './context.ts'
import { actionsByGroup, differenceOf } from './difference.ts'
import { planEach, type EachPlanned, type FleetQuestion } from './fleet.ts'
import { fleetFindings } from './fleet-findings.ts'
import { gatherHolds } from './gather-holds.ts'
import { allowance, BUDGETED_KINDS, NOTHING_USED, remaining, withinBudget } from './guard.ts'
import { planDigest } from './plan-digest.ts'
import { summarise } from './summary.ts'

/** A desired state that is proposed in place of another one, and the fleet it would meet. */
export type ProposalQuestion = Pick<FleetQuestion, 'records' | 'now' | 'drivers'> & {
  /** With what each of the two is planned. */
  readonly contextOf: (desired: DesiredState) => Partial<PlanContext>
  readonly revision: string
  readonly merged: DesiredState
  /** Absent: what the branch holds is not valid, so that everything of the proposal is new. */
  readonly base?: DesiredState
  /** Of the proposed documents. */
  readonly findings: readonly Finding[]
}

/** What merging would do beside what happens without it. */
export type ProposalAnswer = {
  /** Of the devices that change; `summary.devices` counts the fleet. */
  readonly plan: Plan
  readonly active: number
  /** Devices whose planned steps would not come. */
  readonly withdrawn: number
  readonly budgets: Readonly<Record<BudgetedKind, { readonly allowed: number; readonly used: number }>>
  readonly groups: ReadonlyMap<string, Readonly<Partial<Record<Action, number>>>>
}

/**
 * Plans a fleet for both desired states and keeps what differs. Budgets are counted as if nothing of them were used, and
 * for what changes alone: what is planned without the proposal has them for itself.
 */
export function planProposal(question: ProposalQuestion): ProposalAnswer {
  const { merged, base, revision, now } = question
  const fleet = planned(question, merged)
  const before = base === undefined ? undefined : planned(question, base)
  const { changed, withdrawn, findings } = differenceOf(before, fleet)
  const { policy } = fleet.context
  const left = remaining(policy, fleet.active, NOTHING_USED)
  const within = changed.map(({ device }) => ({
    ...device,
    steps: withinBudget(device.steps, left, ({ id }) => fleet.context.approved(id)),
  }))
  const { holds, devices } = gatherHolds(within)
  const known = before === undefined ? [] : fleetFindings({ ...before.facts, holds: [] })
  const texts = new Set(known.map(textOf))
  const wide = fleetFindings({ ...fleet.facts, holds }).filter((finding) => !texts.has(textOf(finding)))
  return {
    plan: {
      revision,
      digest: planDigest(revision, devices),
      createdAt: now,
      summary: summarise(
        fleet.devices,
        devices.map(({ steps }) => ({ steps, devices: 1 })),
      ),
      changes: base === undefined ? [] : changesBetween(base, merged),
      holds,
      devices,
      findings: [...question.findings, ...wide, ...findings],
    },
    active: fleet.active,
    withdrawn,
    budgets: Object.fromEntries(
      BUDGETED_KINDS.map((kind) => [
        kind,
        { allowed: allowance(policy.budgets[kind], fleet.active), used: 0 },
      ]),
    ) as ProposalAnswer['budgets'],
    groups: actionsByGroup(changed),
  }
}

function planned({ records, now, drivers, contextOf }: ProposalQuestion, desired: DesiredState): EachPlanned {
  const order = drivers === undefined ? {} : { drivers }
  return planEach({ records, now, ...order, desired, context: contextOf(desired) })
}

function textOf({ code, message }: Finding): string {
  return `${code} ${message}`
}
