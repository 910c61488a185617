import type { Hold, Plan } from '../domain/plan.ts'
import { rollUp } from './finding-rollup.ts'
import { counted } from './numbers.ts'
import { plainPaint } from './paint.ts'
import type { Paint } from './paint.ts'
import { planSections } from './plan-groups.ts'
import { changeLines, sectionHead } from './plan-head.ts'
import { planHeader } from './plan-header.ts'
import type { PlanContext } from './plan-header.ts'
import { deviceLines, reasonLines } from './plan-lines.ts'
import { planTotals } from './plan-totals.ts'
import { shortDigest, shortRevision } from './revisions.ts'
import { severityPaint } from './severity.ts'
import { table } from './table.ts'
import { brief, visible } from './visible.ts'
import { columns, padEnd, wrap } from './width.ts'
import { LEGEND } from './words.ts'

const WIDTH = 100
/** Above this many devices the plan is told by reason, not by device. */
const LARGE_FLEET = 1_000
const LISTED = 25

/** A plan for a terminal: what, why, how much, what is held, what to do. Says when nothing is to be done. */
export function planText(plan: Plan, context: PlanContext, paint: Paint = plainPaint): string {
  const findings = findingLines(plan, paint)
  if (plan.summary.steps === 0) {
    const says =
      plan.revision === undefined ? 'the desired state says' : `${shortRevision(plan.revision)} says`
    const first = `No changes. ${counted(context.state.devices, 'device')} ${context.state.devices === 1 ? 'is' : 'are'} as ${says}.`
    const braked = plan.findings.some(
      ({ code }) => code === 'inventory-incomplete' || code === 'empty-source',
    )
    const told = braked
      ? paint.yellow('No changes. Steps that may be due were left out of this plan; the findings say why.')
      : paint.green(first)
    return `${[told, ...(findings.length === 0 ? [] : ['', ...findings])].join('\n')}\n`
  }
  const lines = [...planHeader(plan, context, LEGEND), '']
  const large = context.all !== true && context.state.devices > LARGE_FLEET
  const sections = planSections(plan, !large)
  const budget = { left: context.all === true ? Number.POSITIVE_INFINITY : LISTED }
  for (const section of sections) {
    const body = large
      ? reasonLines(section, paint)
      : deviceLines(section, budget, context.all === true, paint)
    lines.push(...sectionHead(section, plan.changes, context, paint), ...body, '')
  }
  const told = new Set(sections.filter((each) => each.kind === 'configuration').map((each) => each.name))
  const untold = plan.changes.filter((change) => !told.has(change.configuration))
  if (untold.length > 0) lines.push('Changed, and no device follows', ...changeLines(untold, true), '')
  lines.push(...planTotals(plan).flatMap((line) => wrapped(line).map((each) => paint.bold(each))), '')
  if (plan.holds.length > 0) lines.push(paint.bold('Holds'), ...holdLines(plan.holds), '')
  if (findings.length > 0) lines.push(...findings, '')
  lines.push(`Nothing was done. ${paint.dim(shortDigest(plan.digest))}`)
  return `${lines.join('\n')}\n`
}

/** Every hold, and where its reason is explained. */
function holdLines(holds: readonly Hold[]): readonly string[] {
  const rows = holds.map((hold) => [
    hold.id,
    hold.codes.join(', '),
    counted(hold.devices, 'device'),
    hold.configuration === undefined ? '' : brief(hold.configuration, 30),
    `npx simplane explain ${hold.id}`,
  ])
  const layout = [{}, { max: 40 }, {}, {}, {}].filter((_, index) => rows.some((row) => row[index] !== ''))
  const kept = rows.map((row) => row.filter((_, index) => rows.some((other) => other[index] !== '')))
  return table(layout, kept, WIDTH - 2).map((line) => `  ${line}`)
}

function findingLines(plan: Plan, paint: Paint): readonly string[] {
  return rollUp(plan.findings).flatMap((rolled, index) => {
    const { finding } = rolled
    const place = finding.place === undefined ? '' : `${visible(finding.place.file)}:${finding.place.line}  `
    const about = finding.configuration === undefined ? '' : `${brief(finding.configuration, 63)}: `
    const named = rolled.devices
      .slice(0, 3)
      .map((key) => brief(key, 40))
      .join(', ')
    const many = rolled.count > 3 ? `${counted(rolled.count, 'device')}, such as ` : ''
    const devices = named === '' ? '' : `${many}${named}: `
    const hint = finding.hint === undefined ? '' : `; ${finding.hint}`
    const lead = `${index === 0 ? 'Findings' : '        '}   ${padEnd(finding.severity, 7)}  ${finding.code}  `
    const text = visible(`${place}${about}${devices}${brief(finding.message, 400)}${brief(hint, 200)}`)
    const painted = lead.replace(finding.severity, severityPaint(finding.severity, paint, finding.severity))
    const indent = ' '.repeat(20)
    const [first = '', ...others] = wrap(text, WIDTH - columns(lead))
    if (others.length === 0) return [painted + first]
    return [painted.trimEnd(), ...wrap(text, WIDTH - indent.length).map((line) => indent + line)]
  })
}

function wrapped(line: string): readonly string[] {
  const [first = '', ...rest] = wrap(line, WIDTH)
  if (rest.length === 0) return [first]
  return [first, ...wrap(rest.join(' '), WIDTH - 6).map((each) => `      ${each}`)]
}
