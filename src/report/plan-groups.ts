import type { Action, HoldCode, Plan, PlannedDevice, PlannedStep } from '../domain/plan.ts'
import { HOLD_RULES, HOLD_WORDS } from './hold-words.ts'
import { brief } from './visible.ts'
import { ACTION_ORDER, STEP_WORDS } from './words.ts'

/** Devices that read alike: same action, same steps, same reason. */
export type PlanGroup = {
  readonly action: Action
  readonly steps: readonly PlannedStep[]
  readonly because: string
  readonly rule: string
  readonly held: boolean
  readonly devices: readonly PlannedDevice[]
  /** Devices by the hold that keeps them. */
  readonly holds: ReadonlyMap<string, { readonly code: HoldCode; readonly devices: number }>
}

/** All that becomes of one configuration, of one retirement, or of records that are nobody's. */
export type PlanSection = {
  readonly kind: 'configuration' | 'retirement' | 'other'
  readonly name: string
  readonly devices: number
  readonly groups: readonly PlanGroup[]
}

type Growing = Omit<PlanGroup, 'devices' | 'holds'> & {
  readonly devices: PlannedDevice[]
  readonly holds: Map<string, { readonly code: HoldCode; devices: number }>
}

/**
 * The plan as people read it: by configuration or retirement, then by action and reason; ready before held, many
 * before few. `heldApart`: held devices are groups of their own; otherwise a group tells its holds.
 */
export function planSections(plan: Plan, heldApart: boolean): readonly PlanSection[] {
  const sections = new Map<
    string,
    { kind: PlanSection['kind']; name: string; groups: Map<string, Growing> }
  >()
  for (const device of plan.devices) {
    const subject = subjectOf(device)
    const key = `${subject.kind}/${subject.name}`
    const section = sections.get(key) ?? { ...subject, groups: new Map<string, Growing>() }
    sections.set(key, section)
    const group = groupOf(device, heldApart)
    const signature = JSON.stringify([
      group.action,
      group.because,
      group.rule,
      stepsText(group.steps, heldApart),
    ])
    const known = section.groups.get(signature) ?? group
    section.groups.set(signature, known)
    known.devices.push(device)
    countHold(device, known.holds)
  }
  return [...sections.values()].map((section) => ({
    kind: section.kind,
    name: section.name,
    devices: [...section.groups.values()].reduce((sum, group) => sum + group.devices.length, 0),
    groups: [...section.groups.values()].sort(byWeight),
  }))
}

function byWeight(a: PlanGroup, b: PlanGroup): number {
  if (a.held !== b.held) return a.held ? 1 : -1
  const order = ACTION_ORDER.indexOf(a.action) - ACTION_ORDER.indexOf(b.action)
  return order === 0 ? b.devices.length - a.devices.length : order
}

function subjectOf(device: PlannedDevice): { readonly kind: PlanSection['kind']; readonly name: string } {
  const { steps } = device
  const retirement = steps.find((step) => step.retirement !== undefined)?.retirement
  if (retirement !== undefined) return { kind: 'retirement', name: retirement }
  const wanted = steps.findLast((step) => step.kind === 'install' || step.kind === 'update')
  const any = wanted ?? steps.find((step) => step.configuration !== undefined)
  if (any?.configuration !== undefined) return { kind: 'configuration', name: any.configuration }
  return {
    kind: 'other',
    name: steps.some((step) => step.kind === 'reset') ? 'eSIM resets still owed' : 'stale records',
  }
}

function groupOf(device: PlannedDevice, heldApart: boolean): Growing {
  const holding =
    device.steps.find((step) => step.holdsFor !== undefined) ??
    device.steps.find((step) => step.state === 'held')
  const main = mainStep(device.steps)
  const first = holding?.heldBy[0]
  const codes = holding?.heldBy ?? []
  const told = heldApart && first !== undefined
  return {
    action: device.action ?? main?.action ?? 'install',
    steps: device.steps,
    because: told ? `${HOLD_WORDS[first]} (${codes.join(', ')})` : (main?.because ?? ''),
    rule: (told ? HOLD_RULES[first] : undefined) ?? main?.rule ?? '',
    held: holding !== undefined && heldApart,
    devices: [],
    holds: new Map(),
  }
}

/** The step that a person asks about: the most far-reaching one. */
function mainStep(steps: readonly PlannedStep[]): PlannedStep | undefined {
  const kinds = ['reset', 'retire', 'release', 'uninstall', 'install', 'update'] as const
  for (const kind of kinds) {
    const step = steps.find((each) => each.kind === kind)
    if (step !== undefined) return step
  }
  return steps[0]
}

function countHold(
  device: PlannedDevice,
  holds: Map<string, { readonly code: HoldCode; devices: number }>,
): void {
  const seen = new Set<string>()
  for (const [index, step] of device.steps.entries()) {
    const id = device.holds[index]
    const code = step.heldBy[0]
    if (id === undefined || code === undefined || seen.has(id)) continue
    seen.add(id)
    const known = holds.get(id)
    if (known === undefined) holds.set(id, { code, devices: 1 })
    else known.devices += 1
  }
}

/** `1 HELD  eSIM reset   2 install`, or without numbers and holds `eSIM reset, install`. */
export function stepsText(steps: readonly PlannedStep[], numbered: boolean): string {
  if (!numbered) return steps.map((step) => STEP_WORDS[step.kind]).join(', ')
  const first = steps.findIndex((step) => step.state === 'held')
  return steps
    .map((step, index) => `${index + 1} ${index === first ? 'HELD  ' : ''}${STEP_WORDS[step.kind]}`)
    .join('   ')
}

/** What people call the device: its name, else its serial number, else its key. */
export function deviceName(device: Pick<PlannedDevice, 'name' | 'serialNumber' | 'device'>): string {
  return brief(device.name ?? device.serialNumber ?? device.device, 40)
}
