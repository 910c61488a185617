import type { Plan } from '../domain/plan.ts'
import { count, counted } from './numbers.ts'

function devicesWith(plan: Plan, test: (device: Plan['devices'][number]) => boolean): number {
  return plan.devices.reduce((sum, device) => sum + (test(device) ? 1 : 0), 0)
}

/** Devices of a plan with a held step. */
export function heldDevices(plan: Plan): number {
  return devicesWith(plan, (device) => device.steps.some((step) => step.state === 'held'))
}

type PlannedDevices = Plan['devices'][number]

function resets(device: PlannedDevices): boolean {
  return device.steps.some((step) => step.kind === 'reset')
}

function resetsForeign(device: PlannedDevices): boolean {
  return device.steps.some((step) => step.kind === 'reset' && step.heldBy.includes('foreign-esim'))
}

/** Devices whose every eSIM goes, and those of them on which one is known not to be ours. */
export function erasedDevices(plan: Plan): { readonly devices: number; readonly foreign: number } {
  return { devices: devicesWith(plan, resets), foreign: devicesWith(plan, resetsForeign) }
}

/**
 * The lines that sum a plan up. What is taken off devices is said first: not wanted any more means uninstalled, never
 * left alone (planning.md section 3).
 */
export function planTotals(plan: Plan): readonly string[] {
  const { byAction } = plan.summary
  const held = heldDevices(plan)
  const lines: string[] = []
  const leaving = devicesWith(plan, (device) =>
    device.steps.some((step) => step.kind === 'uninstall' || step.kind === 'forget'),
  )
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
