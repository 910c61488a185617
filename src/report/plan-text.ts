import type { Hold, Plan } from '../domain/plan.ts'
import type { PlanOutline } from '../domain/plan-outline.ts'
import { counted } from './numbers.ts'
import { plainPaint } from './paint.ts'
import type { Paint } from './paint.ts'
import { planSections } from './plan-groups.ts'
import { changeLines, sectionHead } from './plan-head.ts'
import { planHeader } from './plan-header.ts'
import type { PlanContext } from './plan-header.ts'
import { deviceLines, reasonLines } from './plan-lines.ts'
import { outlineOf } from './plan-outline.ts'
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
  return [...outlineText(outlineOf(plan), context, paint)].join('')
}

/** The same, line by line, for a plan that is not in memory. Each line ends with a line feed. */
export function* outlineText(
  plan: PlanOutline,
  context: PlanContext,
  paint: Paint = plainPaint,
): Generator<string, void> {
  for (const line of plan.summary.steps === 0
    ? nothingLines(plan, context, paint)
    : planLines(plan, context, paint))
    yield `${line}\n`
}

function nothingLines(plan: PlanOutline, context: PlanContext, paint: Paint): readonly string[] {
  const findings = findingLines(plan, paint)
  const { devices } = context.state
  const says = plan.revision === undefined ? 'the desired state says' : `${shortRevision(plan.revision)} says`
  const first = `No changes. ${counted(devices, 'device')} ${devices === 1 ? 'is' : 'are'} as ${says}.`
  const braked = plan.findings.some(
    ({ finding: { code } }) => code === 'inventory-incomplete' || code === 'empty-source',
  )
  const told = braked
    ? paint.yellow('No changes. Steps that may be due were left out of this plan; the findings say why.')
    : paint.green(first)
  return [told, ...(findings.length === 0 ? [] : ['', ...findings])]
}

function* planLines(plan: PlanOutline, context: PlanContext, paint: Paint): Generator<string, void> {
  yield* planHeader(plan, context, LEGEND)
  yield ''
  const all = context.all === true
  const large = !all && context.state.devices > LARGE_FLEET
  const sections = planSections(plan, !large)
  const budget = { left: all ? Number.POSITIVE_INFINITY : LISTED }
  for (const section of sections) {
    yield* sectionHead(section, plan.changes, context, paint)
    yield* large ? reasonLines(section, paint) : deviceLines(section, budget, all, paint)
    yield ''
  }
  const told = new Set(sections.filter((each) => each.kind === 'configuration').map((each) => each.name))
  const untold = plan.changes.filter((change) => !told.has(change.configuration))
  if (untold.length > 0) yield* ['Changed, and no device follows', ...changeLines(untold, true), '']
  yield* planTotals(plan).flatMap((line) => wrapped(line).map((each) => paint.bold(each)))
  yield ''
  if (plan.holds.length > 0) yield* [paint.bold('Holds'), ...holdLines(plan.holds), '']
  const findings = findingLines(plan, paint)
  if (findings.length > 0) yield* [...findings, '']
  yield `Nothing was done. ${paint.dim(shortDigest(plan.digest))}`
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

function findingLines(plan: PlanOutline, paint: Paint): readonly string[] {
  return plan.findings.flatMap((rolled, index) => {
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
