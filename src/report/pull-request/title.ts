import type { PlanOutline } from '../../domain/plan-outline.ts'
import { count, counted } from '../numbers.ts'
import { destroys } from '../plan-markdown.ts'
import { erasedDevices, heldDevices } from '../plan-totals.ts'
import { severityCounts } from '../severity.ts'
import type { PlanReview, Review } from './review.ts'
import { shareText } from './share.ts'

/** The first line of a comment: a mark and plain words, numbers and no data. It is what a notification shows. */
export type Title = { readonly mark: string; readonly text: string }

/** What was found, in one line. */
export function reviewTitle(review: Review): Title {
  switch (review.kind) {
    case 'plan':
      return planTitle(review)
    case 'untouched':
      return { mark: '✅', text: 'No device changes' }
    case 'invalid': {
      const { error } = severityCounts(review.findings)
      return { mark: '❌', text: `Not valid: ${counted(error, 'error')}, no plan` }
    }
    case 'conflict':
      return {
        mark: '⚠',
        text: `Does not merge: ${counted(review.files.length, 'conflicting file')}, no plan`,
      }
    case 'fork':
      return { mark: '⚪', text: 'Not planned: this comes from a fork' }
    case 'unavailable':
      return { mark: '⚪', text: 'No plan for now' }
  }
}

function planTitle({ plan, context, withdrawn = 0, underWay = 0 }: PlanReview): Title {
  if (plan.summary.steps === 0) {
    if (withdrawn > 0) return { mark: '🟢', text: `${counted(withdrawn, 'planned change')} withdrawn` }
    if (underWay > 0)
      return {
        mark: '🟡',
        text: `No plan yet for ${counted(underWay, 'device')} that a step is on its way to`,
      }
    return { mark: '✅', text: 'No device changes' }
  }
  const held = heldDevices(plan)
  return {
    mark: destroys(plan) ? '🔴' : '🟢',
    text: `${effects(plan, context.state.devices).join(', ')}${held > 0 ? ` · ${count(held)} held` : ''}`,
  }
}

/** What becomes of devices, the destructive first: `3,000 eSIM resets (30% of the fleet)`, `188 installs`. */
function effects(plan: PlanOutline, fleet: number): readonly string[] {
  const { byAction } = plan.summary
  const retired = byAction['pre-retirement-reset']
  const resets = erasedDevices(plan).devices
  const onlyRetired = retired > 0 && retired === plan.summary.changing
  const updates = devicesOnlyUpdated(plan)
  const installs = byAction.install - updates
  return [
    ...(onlyRetired ? [`${counted(retired, 'device')} will be emptied for retirement`] : []),
    ...(resets > 0 ? [`${counted(resets, 'eSIM reset')}${ofFleet(resets, fleet)}`] : []),
    ...(retired > 0 && !onlyRetired ? [counted(retired, 'retirement')] : []),
    ...(byAction.uninstall > 0
      ? [`${counted(byAction.uninstall, 'uninstall')}${ofFleet(byAction.uninstall, fleet)}`]
      : []),
    ...(byAction['clear-stale-record'] > 0 ? [counted(byAction['clear-stale-record'], 'stale record')] : []),
    ...(installs > 0 ? [counted(installs, 'install')] : []),
    ...(updates > 0 ? [counted(updates, 'update')] : []),
  ]
}

function devicesOnlyUpdated({ patterns }: PlanOutline): number {
  const updated = patterns.filter(
    ({ action, steps }) => action === 'install' && !steps.some(({ kind }) => kind === 'install'),
  )
  return updated.reduce((sum, { devices }) => sum + devices, 0)
}

/** Said from one in a hundred on. */
function ofFleet(devices: number, fleet: number): string {
  return fleet > 0 && devices * 100 >= fleet ? ` (${shareText(devices, fleet)} of the fleet)` : ''
}
