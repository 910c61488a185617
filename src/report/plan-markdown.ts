import type { Action, Change, Plan } from '../domain/plan.ts'
import type { PlanMember, PlanOutline, PlanPattern } from '../domain/plan-outline.ts'
import type { RolledUp } from './finding-rollup.ts'
import { rolledUpTable } from './findings-markdown.ts'
import type { Identities, Shown } from './findings-markdown.ts'
import { assemble, code } from './markdown.ts'
import type { MarkdownPart, MarkdownTable, MarkdownTablePart } from './markdown.ts'
import { masked } from './masking.ts'
import { count, counted } from './numbers.ts'
import { deviceName } from './plan-groups.ts'
import type { PlanContext } from './plan-header.ts'
import { stateText } from './plan-header.ts'
import { outlineOf } from './plan-outline.ts'
import { erasedDevices, heldDevices } from './plan-totals.ts'
import { shortDigest, shortRevision } from './revisions.ts'
import { ACTION_ORDER, ACTION_SYMBOLS, ACTION_WORDS, STEP_WORDS } from './words.ts'

/** How a plan is put into Markdown. `budget`: bytes, default 60,000. `identities`: names and numbers unmasked. */
export type PlanMarkdownOptions = PlanContext & Identities & { readonly budget?: number }

const SAMPLE = 20
// A change tells how many devices, never which; should one quote them all the same, it stays in the house.
const REFERENCES = /(^|\.)(devices|devicesFrom)(\.|$)/

export const ACTION_MARKS: Readonly<Record<Action, string>> = {
  install: '🟢',
  'reset-then-redeploy': '🔴',
  uninstall: '🟠',
  'pre-retirement-reset': '🔴',
  'clear-stale-record': '⚪',
}

/** A plan for a pull request: verdict and counts in the first two lines, then what, why, what is held. */
export function planMarkdown(plan: Plan, options: PlanMarkdownOptions): string {
  return outlineMarkdown(outlineOf(plan), options)
}

/** The same for a plan that is not in memory. */
export function outlineMarkdown(plan: PlanOutline, options: PlanMarkdownOptions): string {
  const parts: MarkdownPart[] = [{ kind: 'text', text: verdict(plan, options) }]
  if (plan.summary.steps > 0) parts.push({ kind: 'table', table: actionTable(plan) })
  if (plan.changes.length > 0)
    parts.push({ kind: 'table', table: changeTable(plan.changes, options), ...folded('Why', plan.changes) })
  if (plan.holds.length > 0) parts.push({ kind: 'table', table: holdTable(plan) })
  if (plan.findings.length > 0) parts.push(findingsPart(plan.findings, options))
  if (plan.summary.changing > 0) parts.push(samplePart(plan.patterns, SAMPLE, options))
  return assemble(parts, footer(plan, options), options.budget ?? 60_000)
}

/** Findings, folded. */
export function findingsPart(findings: readonly RolledUp[], options: Shown): MarkdownTablePart {
  const many = findings.reduce((sum, each) => sum + each.count, 0)
  return { kind: 'table', table: rolledUpTable(findings, options), summary: `Findings (${count(many)})` }
}

/** The first devices of these patterns with their steps, folded. */
export function samplePart(
  patterns: readonly PlanPattern[],
  size: number,
  options: Identities,
): MarkdownTablePart {
  const shown = firstDevices(patterns, size)
  const all = patterns.reduce((sum, { devices }) => sum + devices, 0)
  const masking = options.identities === true ? '' : ', identities masked'
  const summary = `Devices (${count(shown.length)} of ${count(all)}${masking})`
  return { kind: 'table', table: deviceTable(shown, options), summary }
}

type FirstDevice = { readonly pattern: PlanPattern; readonly member: PlanMember }

/** The first devices of the plan, each with what becomes of it. */
function firstDevices(patterns: readonly PlanPattern[], size: number): readonly FirstDevice[] {
  const shown: FirstDevice[] = []
  // Patterns come by their first device: the first devices are all in the first patterns.
  for (const pattern of patterns.slice(0, size)) {
    let taken = 0
    for (const member of pattern.members()) {
      shown.push({ pattern, member })
      taken += 1
      if (taken === size) break
    }
  }
  return shown.sort((a, b) => a.member.position - b.member.position).slice(0, size)
}

/** Folded when it has more than a few rows. */
export function folded(title: string, rows: readonly unknown[]): { readonly summary?: string } {
  return rows.length > 5 ? { summary: `${title} (${count(rows.length)})` } : {}
}

function verdict(plan: PlanOutline, options: PlanMarkdownOptions): string {
  const { byStep, changing, steps } = plan.summary
  if (steps === 0)
    return `### ✅ No device changes\n${counted(options.state.devices, 'device')} stay as they are.`
  const parts = [
    ...(byStep.reset > 0 ? [counted(byStep.reset, 'eSIM reset')] : []),
    ...(byStep.install > 0 ? [counted(byStep.install, 'install')] : []),
    ...(byStep.update > 0 ? [counted(byStep.update, 'update')] : []),
    ...(byStep.uninstall + byStep.forget > 0 ? [counted(byStep.uninstall + byStep.forget, 'uninstall')] : []),
    ...(byStep.release + byStep.retire > 0 ? [counted(byStep.release + byStep.retire, 'retirement')] : []),
    ...(byStep['delete-record'] > 0 ? [counted(byStep['delete-record'], 'stale record')] : []),
  ]
  const held = heldDevices(plan)
  const title = `### ${destroys(plan) ? '🔴' : '🟢'} ${parts.join(', ')}${held > 0 ? ` · ${count(held)} held` : ''}`
  const erased = erasedDevices(plan)
  const loss =
    erased.devices === 0
      ? 'No eSIM is erased.'
      : `On ${count(erased.devices)} of them every eSIM is erased; the laptops themselves are not touched.`
  const which =
    options.desired === undefined ? 'This' : `Merging ${code(shortRevision(options.desired.revision))}`
  return `${title}\n${which} changes **${counted(changing, 'device')}** of ${count(options.state.devices)}. ${loss}`
}

/** It takes something away: an eSIM, a configuration, a record. */
export function destroys({ summary: { byStep } }: Pick<PlanOutline, 'summary'>): boolean {
  return byStep.reset + byStep.retire + byStep['delete-record'] + byStep.uninstall > 0
}

function actionTable(plan: PlanOutline): MarkdownTable {
  const rows = ACTION_ORDER.filter((action) => plan.summary.byAction[action] > 0).map((action) => {
    return [
      ACTION_MARKS[action],
      actionCell(action),
      count(plan.summary.byAction[action]),
      count(heldDevices(plan, action)),
    ]
  })
  return { titles: ['', 'Action', 'Devices', 'Held'], align: 'llrr', rows }
}

/** An action as a table tells it: its symbol and its words. */
export function actionCell(action: Action): string {
  return `${code(ACTION_SYMBOLS[action])} ${ACTION_WORDS[action]}`
}

/** What became different in the documents, with its line. */
export function changeTable(changes: readonly Change[], options: Shown): MarkdownTable {
  const rows = changes.map((change) => {
    const hidden = options.identities !== true && REFERENCES.test(change.path)
    const { source } = change
    return [
      code(change.configuration),
      change.path === '' ? 'the document' : code(change.path),
      hidden ? '' : value(change.from),
      hidden ? 'changed' : value(change.to),
      source === undefined ? '' : code(`${options.prefix ?? ''}${source.file}:${source.line}`),
    ]
  })
  return { titles: ['Configuration', 'What changed', 'From', 'To', 'Where'], align: 'lllll', rows }
}

function value(text: string | undefined): string {
  return text === undefined ? '' : code(text)
}

/** What waits for a person, and the command that releases it. */
export function holdTable(plan: Pick<PlanOutline, 'holds'>): MarkdownTable {
  const rows = plan.holds.map((hold) => [
    code(hold.id),
    hold.codes.map((each) => code(each)).join(', '),
    STEP_WORDS[hold.step],
    hold.configuration === undefined ? '' : code(hold.configuration),
    count(hold.devices),
    code(`simplane approve ${hold.id}`),
  ])
  return { titles: ['Held', 'Reason', 'Step', 'Configuration', 'Devices', 'Release'], align: 'llllrl', rows }
}

function deviceTable(devices: readonly FirstDevice[], options: Identities): MarkdownTable {
  const rows = devices.map(({ pattern: { steps }, member: device }) => [
    code(deviceIdentity(device, options)),
    steps.map((step) => `${STEP_WORDS[step.kind]}${step.state === 'held' ? ' (held)' : ''}`).join(', '),
    steps[0]?.rule === undefined ? '' : code(steps[0].rule),
  ])
  return { titles: ['Device', 'Steps', 'Rule'], align: 'lll', rows }
}

/** A device as it may be called: its name, or what `masked` leaves of its number. */
export function deviceIdentity(device: PlanMember, options: Identities): string {
  if (options.identities === true) return deviceName(device)
  return masked(device.serialNumber ?? device.name ?? device.device)
}

function footer(plan: PlanOutline, options: PlanMarkdownOptions): string {
  return `<sub>plan ${code(shortDigest(plan.digest))} · ${stateText(options)} · nothing was done</sub>`
}
