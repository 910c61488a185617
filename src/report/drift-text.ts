import { age } from './ages.ts'
import { driftGroups } from './drift.ts'
import type { DriftReport, DriftRow } from './drift.ts'
import { count, counted } from './numbers.ts'
import { plainPaint } from './paint.ts'
import type { Paint } from './paint.ts'
import { shortRevision } from './revisions.ts'
import { table } from './table.ts'
import { brief } from './visible.ts'

const LISTED = 20

/** The drift report for a terminal: by cause with age and what follows; a short list of devices below. */
export function driftText(report: DriftReport, paint: Paint = plainPaint): string {
  const says = report.revision === undefined ? 'the desired state' : shortRevision(report.revision)
  if (report.rows.length === 0) {
    return `${paint.green(`No drift. None of ${counted(report.devices, 'device')} contradicts ${says}.`)}\n`
  }
  const applied = report.appliedAt === undefined ? '' : `, applied ${age(report.now - report.appliedAt)} ago`
  const verb = report.rows.length === 1 ? 'contradicts' : 'contradict'
  const first = `${count(report.rows.length)} of ${counted(report.devices, 'device')} ${verb} ${says}${applied}`
  const rows = driftGroups(report).map((group) => [
    group.cause,
    count(group.devices),
    age(group.oldest),
    brief(group.configuration ?? '-', 40),
    brief(group.follows, 200),
  ])
  const titles = [
    { title: 'CAUSE' },
    { title: 'DEVICES', right: true },
    { title: 'OLDEST' },
    { title: 'CONFIGURATION', max: 30 },
    { title: 'WHAT FOLLOWS' },
  ]
  return `${[paint.bold(first), '', ...table(titles, rows), '', ...deviceLines(report)].join('\n')}\n`
}

function deviceLines(report: DriftReport): readonly string[] {
  const rows = [...report.rows].sort((a, b) => a.since - b.since)
  const shown = rows
    .slice(0, LISTED)
    .map((row) => [named(row), brief(row.serial ?? '-', 24), row.cause, age(report.now - row.since)])
  const more = rows.length - shown.length
  const layout = [
    { title: 'DEVICE', max: 30 },
    { title: 'SERIAL', max: 24 },
    { title: 'CAUSE' },
    { title: 'SINCE' },
  ]
  const rest = more > 0 ? [`${count(more)} more   simplane devices --drift shows them, -o json has them`] : []
  return [...table(layout, shown), ...rest]
}

function named(row: DriftRow): string {
  return brief(row.name ?? row.device, 30)
}
