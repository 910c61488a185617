import type { Action } from '../domain/plan.ts'
import type { PlanOutline, ToldStep } from '../domain/plan-outline.ts'
import { count, counted } from './numbers.ts'

type Told = Pick<PlanOutline, 'patterns'>

function devicesWith({ patterns }: Told, test: (step: ToldStep) => boolean): number {
  return patterns.reduce((sum, { steps, devices }) => sum + (steps.some(test) ? devices : 0), 0)
}

/** Devices of a plan with a held step; `action`: only those with this one. */
export function heldDevices({ patterns }: Told, action?: Action): number {
  const of = action === undefined ? patterns : patterns.filter((pattern) => pattern.action === action)
  return devicesWith({ patterns: of }, (step) => step.state === 'held')
}

function resets(step: ToldStep): boolean {
  return step.kind === 'reset'
}

function resetsForeign(step: ToldStep): boolean {
  return step.kind === 'reset' && step.heldBy.includes('foreign-esim')
}

/** Devices whose every eSIM goes, and those of them on which one is known not to be ours. */
export function erasedDevices(plan: Told): { readonly devices: number; readonly foreign: number } {
  return { devices: devicesWith(plan, resets), foreign: devicesWith(plan, resetsForeign) }
}

/**
 * The lines that sum a plan up. What is taken off devices is said first: not wanted any more means uninstalled, never
 * left alone (planning.md section 3).
 */
export function planTotals(plan: PlanOutline): readonly string[] {
  const { byAction } = plan.summary
  const held = heldDevices(plan)
  const lines: string[] = []
  const leaving = devicesWith(plan, ({ kind }) => kind === 'uninstall' || kind === 'forget')
  if (leaving > 0) {
    lines.push(
      `A configuration leaves ${counted(leaving, 'device')}: what is not wanted any more is uninstalled, not left alone.`,
    )
  }
  lines.push(
    `Plan: ${[
      `${count(byAction.install)} to install`,
      `${count(byAction['reset-then-redeploy'])} to install after an eSIM reset`,
      `${count(byAction.uninstall)} to uninstall`,
      `${count(byAction['pre-retirement-reset'])} to retire`,
      ...(byAction['clear-stale-record'] === 0
        ? []
        : [`${counted(byAction['clear-stale-record'], 'stale record')} to delete`]),
    ].join(', ')}${held === 0 ? '' : `; ${count(held)} held`}.`,
  )
  const erased = erasedDevices(plan)
  if (erased.devices > 0) lines.push(erasedLine(erased.devices, erased.foreign))
  return lines
}

function erasedLine(devices: number, foreign: number): string {
  const whose = devices === 1 ? 'it' : 'them'
  const loses = devices === 1 ? 'loses' : 'lose'
  const others =
    foreign === 0 ? 'none known to be foreign' : `foreign ones too on ${counted(foreign, 'device')} (held)`
  return `${counted(devices, 'device')} ${loses} every eSIM on ${whose}, ${others}; no laptop itself is erased.`
}
