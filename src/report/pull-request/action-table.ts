import type { BudgetedKind } from '../../domain/desired.ts'
import type { Action } from '../../domain/plan.ts'
import type { PlanOutline } from '../../domain/plan-outline.ts'
import type { MarkdownTable } from '../markdown.ts'
import { count } from '../numbers.ts'
import { ACTION_MARKS, actionCell } from '../plan-markdown.ts'
import { heldDevices } from '../plan-totals.ts'
import { STEPS_WORDS } from '../words.ts'
import type { BudgetUse, PlanReview } from './review.ts'
import { shareText } from './share.ts'

/** What cannot be taken back first. */
export const DESTRUCTIVE_FIRST: readonly Action[] = [
  'reset-then-redeploy',
  'pre-retirement-reset',
  'uninstall',
  'clear-stale-record',
  'install',
]

const BUDGETED_FIRST: readonly BudgetedKind[] = ['reset', 'retire', 'uninstall', 'delete-record']

/** Devices by action: how many, which share of the scope, what the budget leaves, what is held. */
export function actionTable({ plan, scope, budgets }: PlanReview): MarkdownTable {
  const actions = DESTRUCTIVE_FIRST.filter((action) => plan.summary.byAction[action] > 0)
  const rows = actions.map((action) => {
    const devices = plan.summary.byAction[action]
    return [
      ACTION_MARKS[action],
      actionCell(action),
      count(devices),
      shareText(devices, scope.devices),
      budgetText(plan, action, budgets),
      heldText(plan, action),
    ]
  })
  const unchanged = Math.max(0, scope.devices - plan.summary.changing)
  if (unchanged > 0)
    rows.push(['⚪', 'unchanged', count(unchanged), shareText(unchanged, scope.devices), '', ''])
  return {
    titles: ['', 'Action', 'Devices', 'Of scope', 'Budget of 24 hours', 'Held'],
    align: 'llrrll',
    rows,
  }
}

/** The budgets that the steps of an action count against. */
function budgetText(plan: PlanOutline, action: Action, budgets: PlanReview['budgets']): string {
  const kinds = new Set(
    plan.patterns
      .filter((pattern) => pattern.action === action)
      .flatMap(({ steps }) => steps.map(({ kind }) => kind)),
  )
  return BUDGETED_FIRST.filter((kind) => kinds.has(kind))
    .map((kind) => useText(STEPS_WORDS[kind], budgets[kind]))
    .join('; ')
}

function useText(words: string, { allowed, used }: BudgetUse): string {
  if (!Number.isFinite(allowed)) return `${words} unlimited`
  const left = Math.max(0, allowed - used)
  return `${count(allowed)} ${words}, ${left === 0 ? '**none left**' : `${count(left)} left`}`
}

function heldText(plan: PlanOutline, action: Action): string {
  const held = heldDevices(plan, action)
  if (held === 0) return 'none'
  const over = plan.patterns
    .filter((pattern) => pattern.action === action)
    .filter(({ steps }) => steps.some(({ heldBy }) => heldBy.includes('budget-exceeded')))
    .reduce((sum, { devices }) => sum + devices, 0)
  if (over === 0) return `**${count(held)}**`
  return `**${count(held)}**, ${over === held ? 'all' : count(over)} over budget`
}
