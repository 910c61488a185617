import type { Action, HoldCode } from '../domain/plan.ts'
import type { PlanMember, PlanOutline, PlanPattern, ToldStep } from '../domain/plan-outline.ts'
import { HOLD_RULES, HOLD_WORDS } from './hold-words.ts'
import { inOrder } from './plan-outline.ts'
import { brief } from './visible.ts'
import { ACTION_ORDER, STEP_WORDS } from './words.ts'

/** Devices that read alike: same action, same steps, same reason. */
export type PlanGroup = {
  readonly action: Action
  readonly steps: readonly ToldStep[]
  readonly because: string
  readonly rule: string
  readonly held: boolean
  readonly devices: number
  /** They themselves in the order of the plan, anew at each call. */
  readonly members: () => Iterable<PlanMember>
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

type Holding = Map<string, { readonly code: HoldCode; devices: number }>
type Told = Pick<PlanGroup, 'action' | 'steps' | 'because' | 'rule' | 'held'>
type Growing = { readonly told: Told; readonly patterns: PlanPattern[]; readonly holds: Holding }

/**
 * The plan as people read it: by configuration or retirement, then by action and reason; ready before held, many
 * before few. `heldApart`: held devices are groups of their own; otherwise a group tells its holds.
 */
export function planSections(
  { patterns }: Pick<PlanOutline, 'patterns'>,
  heldApart: boolean,
): readonly PlanSection[] {
  const sections = new Map<
    string,
    { kind: PlanSection['kind']; name: string; groups: Map<string, Growing> }
  >()
  for (const pattern of patterns) {
    const subject = subjectOf(pattern.steps)
    const key = `${subject.kind}/${subject.name}`
    const section = sections.get(key) ?? { ...subject, groups: new Map<string, Growing>() }
    sections.set(key, section)
    const told = tell(pattern, heldApart)
    const { action, because, rule, steps } = told
    const signature = JSON.stringify([action, because, rule, stepsText(steps, heldApart)])
    const group: Growing = section.groups.get(signature) ?? { told, patterns: [], holds: new Map() }
    section.groups.set(signature, group)
    group.patterns.push(pattern)
    countHolds(pattern, group.holds)
  }
  return [...sections.values()].map((section) => {
    const groups = [...section.groups.values()].map(groupOf)
    return {
      kind: section.kind,
      name: section.name,
      devices: groups.reduce((sum, group) => sum + group.devices, 0),
      groups: groups.sort(byWeight),
    }
  })
}

function groupOf({ told, patterns, holds }: Growing): PlanGroup {
  const devices = patterns.reduce((sum, pattern) => sum + pattern.devices, 0)
  return { ...told, devices, members: () => inOrder(patterns), holds }
}

function byWeight(a: PlanGroup, b: PlanGroup): number {
  if (a.held !== b.held) return a.held ? 1 : -1
  const order = ACTION_ORDER.indexOf(a.action) - ACTION_ORDER.indexOf(b.action)
  return order === 0 ? b.devices - a.devices : order
}

function subjectOf(steps: readonly ToldStep[]): {
  readonly kind: PlanSection['kind']
  readonly name: string
} {
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

function tell({ action, steps }: PlanPattern, heldApart: boolean): Told {
  const holding =
    steps.find((step) => step.holdsFor !== undefined) ?? steps.find((step) => step.state === 'held')
  const main = mainStep(steps)
  const first = holding?.heldBy[0]
  const codes = holding?.heldBy ?? []
  const isHold = heldApart && first !== undefined
  return {
    action: action ?? main?.action ?? 'install',
    steps,
    because: isHold ? `${HOLD_WORDS[first]} (${codes.join(', ')})` : (main?.because ?? ''),
    rule: (isHold ? HOLD_RULES[first] : undefined) ?? main?.rule ?? '',
    held: holding !== undefined && heldApart,
  }
}

/** The step that a person asks about: the most far-reaching one. */
function mainStep(steps: readonly ToldStep[]): ToldStep | undefined {
  const kinds = ['reset', 'retire', 'release', 'uninstall', 'install', 'update'] as const
  for (const kind of kinds) {
    const step = steps.find((each) => each.kind === kind)
    if (step !== undefined) return step
  }
  return steps[0]
}

function countHolds(pattern: PlanPattern, holds: Holding): void {
  const seen = new Set<string>()
  for (const [index, step] of pattern.steps.entries()) {
    const id = pattern.holds[index]
    const code = step.heldBy[0]
    if (id === undefined || code === undefined || seen.has(id)) continue
    seen.add(id)
    const known = holds.get(id)
    if (known === undefined) holds.set(id, { code, devices: pattern.devices })
    else known.devices += pattern.devices
  }
}

/** `1 HELD  eSIM reset   2 install`, or without numbers and holds `eSIM reset, install`. */
export function stepsText(steps: readonly ToldStep[], numbered: boolean): string {
  if (!numbered) return steps.map((step) => STEP_WORDS[step.kind]).join(', ')
  const first = steps.findIndex((step) => step.state === 'held')
  return steps
    .map((step, index) => `${index + 1} ${index === first ? 'HELD  ' : ''}${STEP_WORDS[step.kind]}`)
    .join('   ')
}

/** What people call the device: its name, else its serial number, else its key. */
export function deviceName(device: Pick<PlanMember, 'name' | 'serialNumber' | 'device'>): string {
  return brief(device.name ?? device.serialNumber ?? device.device, 40)
}
