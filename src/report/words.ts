import type { Action, StepKind } from '../domain/plan.ts'

/** What one step is called. An eSIM reset is never a bare "reset": it must not be taken for a reset of the device. */
export const STEP_WORDS: Readonly<Record<StepKind, string>> = {
  'delete-record': 'delete stale record',
  uninstall: 'uninstall',
  forget: 'forget',
  reset: 'eSIM reset',
  install: 'install',
  update: 'update',
  release: 'release',
  retire: 'retire',
}

/** Several of one step: `2,959 eSIM resets`. */
export const STEPS_WORDS: Readonly<Record<StepKind, string>> = {
  'delete-record': 'deletions of stale records',
  uninstall: 'uninstalls',
  forget: 'records forgotten',
  reset: 'eSIM resets',
  install: 'installs',
  update: 'updates',
  release: 'releases',
  retire: 'retirements',
}

export const ACTION_WORDS: Readonly<Record<Action, string>> = {
  install: 'install',
  'reset-then-redeploy': 'eSIM reset, then install',
  uninstall: 'uninstall',
  'pre-retirement-reset': 'empty for retirement',
  'clear-stale-record': 'delete stale record',
}

export const ACTION_SYMBOLS: Readonly<Record<Action, string>> = {
  install: '+',
  'reset-then-redeploy': '-/+',
  uninstall: '-',
  'pre-retirement-reset': '!',
  'clear-stale-record': 'x',
}

/** The most far-reaching last, as a person reads a plan: what is new first. */
export const ACTION_ORDER: readonly Action[] = [
  'install',
  'reset-then-redeploy',
  'uninstall',
  'clear-stale-record',
  'pre-retirement-reset',
]

export const LEGEND =
  '+ install   -/+ eSIM reset, then install   - uninstall   ! retire   x delete stale record'
