import type { Action, Change, Plan } from '../domain/plan.ts'
import type { PlanMember, PlanOutline, PlanPattern } from '../domain/plan-outline.ts'
import { rolledUpTable } from './findings-markdown.ts'
import type { Identities } from './findings-markdown.ts'
import { assemble, code } from './markdown.ts'
import type { MarkdownPart, MarkdownTable } from './markdown.ts'
import { masked } from './masking.ts'
import { count, counted } from './numbers.ts'
import { deviceName } from './plan-groups.ts'
import type { PlanContext } from './plan-header.ts'
import { stateText } from './plan-header.ts'
import { outlineOf } from './plan-outline.ts'
import { erasedDevices, heldDevices } from './plan-totals.ts'
import { shortDigest, shortRevision } from './revisions.ts'
import { ACTION_ORDER, ACTION_SYMBOLS, ACTION_WORDS, STEP_WORDS } from './words.ts'

/** How a plan is put into a pull request. `budget`: bytes, default 60,000. `identities`: names and numbers unmasked. */
export type PlanMarkdownOptions = PlanContext & Identities & { readonly budget?: number }

const SAMPLE = 20
// A change tells how many devices, never which; should one quote them all the same, it stays in the house.
const REFERENCES = /(^|\.)(devices|devicesFrom)(\.|$)/

const MARKS: Readonly<Record<Action, string>> = {
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
  if (plan.findings.length > 0) {
    const findings = plan.findings.reduce((sum, each) => sum + each.count, 0)
    parts.push({
      kind: 'table',
      table: rolledUpTable(plan.findings, options),
      summary: `Findings (${count(findings)})`,
    })
  }
  const { changing } = plan.summary
  if (changing > 0) {
    const shown = firstDevices(plan.patterns)
    const masking = options.identities === true ? '' : ', identities masked'
    const summary = `Devices (${count(shown.length)} of ${count(changing)}${masking})`
    parts.push({ kind: 'table', table: deviceTable(shown, options), summary })
  }
  return assemble(parts, footer(plan, options), options.budget ?? 60_000)
}

type Shown = { readonly pattern: PlanPattern; readonly member: PlanMember }

/** The first devices of the plan, each with what becomes of it. */
function firstDevices(patterns: readonly PlanPattern[]): readonly Shown[] {
  const shown: Shown[] = []
  // Patterns come by their first device: the first devices are all in the first patterns.
  for (const pattern of patterns.slice(0, SAMPLE)) {
    let taken = 0
    for (const member of pattern.members()) {
      shown.push({ pattern, member })
      taken += 1
      if (taken === SAMPLE) break
    }
  }
  return shown.sort((a, b) => a.member.position - b.member.position).slice(0, SAMPLE)
}

function folded(title: string, rows: readonly unknown[]): { readonly summary?: string } {
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
  const destroys = byStep.reset + byStep.retire + byStep['delete-record'] + byStep.uninstall > 0
  const title = `### ${destroys ? '🔴' : '🟢'} ${parts.join(', ')}${held > 0 ? ` · ${count(held)} held` : ''}`
  const erased = erasedDevices(plan)
  const loss =
    erased.devices === 0
      ? 'No eSIM is erased.'
      : `On ${count(erased.devices)} of them every eSIM is erased; the laptops themselves are not touched.`
  const which =
    options.desired === undefined ? 'This' : `Merging ${code(shortRevision(options.desired.revision))}`
  return `${title}\n${which} changes **${counted(changing, 'device')}** of ${count(options.state.devices)}. ${loss}`
}

function actionTable(plan: PlanOutline): MarkdownTable {
  const rows = ACTION_ORDER.filter((action) => plan.summary.byAction[action] > 0).map((action) => {
    return [
      MARKS[action],
      `${code(ACTION_SYMBOLS[action])} ${ACTION_WORDS[action]}`,
      count(plan.summary.byAction[action]),
      count(heldDevices(plan, action)),
    ]
  })
  return { titles: ['', 'Action', 'Devices', 'Held'], align: 'llrr', rows }
}

function changeTable(changes: readonly Change[], options: Identities): MarkdownTable {
  const rows = changes.map((change) => {
    const hidden = options.identities !== true && REFERENCES.test(change.path)
    const { source } = change
    return [
      code(change.configuration),
      change.path === '' ? 'the document' : code(change.path),
      hidden ? '' : value(change.from),
      hidden ? 'changed' : value(change.to),
      source === undefined ? '' : code(`${source.file}:${source.line}`),
    ]
  })
  return { titles: ['Configuration', 'What changed', 'From', 'To', 'Where'], align: 'lllll', rows }
}

function value(text: string | undefined): string {
  return text === undefined ? '' : code(text)
}

function holdTable(plan: PlanOutline): MarkdownTable {
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

function deviceTable(devices: readonly Shown[], options: Identities): MarkdownTable {
  const rows = devices.map(({ pattern: { steps }, member: device }) => [
    code(
      options.identities === true
        ? deviceName(device)
        : masked(device.serialNumber ?? device.name ?? device.device),
    ),
    steps.map((step) => `${STEP_WORDS[step.kind]}${step.state === 'held' ? ' (held)' : ''}`).join(', '),
    steps[0]?.rule === undefined ? '' : code(steps[0].rule),
  ])
  return { titles: ['Device', 'Steps', 'Rule'], align: 'lll', rows }
}

function footer(plan: PlanOutline, options: PlanMarkdownOptions): string {
  return `<sub>plan ${code(shortDigest(plan.digest))} · ${stateText(options)} · nothing was done</sub>`
}
