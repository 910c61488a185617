import { age } from './ages.ts'
import { driftGroups } from './drift.ts'
import type { DriftReport, DriftRow } from './drift.ts'
import type { Identities } from './findings-markdown.ts'
import { assemble, code } from './markdown.ts'
import type { MarkdownPart } from './markdown.ts'
import { masked } from './masking.ts'
import { count, counted } from './numbers.ts'
import { shortRevision } from './revisions.ts'

const EXAMPLES = 20

/** The drift report for an issue; devices by their last four characters unless `identities`. At most `budget` bytes. */
export function driftMarkdown(
  report: DriftReport,
  options: Identities & { readonly budget?: number } = {},
): string {
  const budget = options.budget ?? 60_000
  const says = report.revision === undefined ? 'the desired state' : code(shortRevision(report.revision))
  if (report.rows.length === 0) {
    return assemble(
      [
        {
          kind: 'text',
          text: `### ✅ No drift from ${says}\n${counted(report.devices, 'device')} looked at.`,
        },
      ],
      '',
      budget,
    )
  }
  const groups = driftGroups(report)
  const oldest = groups.reduce((most, group) => Math.max(most, group.oldest), 0)
  const verdict = `### ${counted(report.rows.length, 'device')} drifted from ${says} · oldest ${age(oldest)}`
  const parts: readonly MarkdownPart[] = [
    { kind: 'text', text: `${verdict}\nOf ${counted(report.devices, 'device')} in the fleet.` },
    {
      kind: 'table',
      table: {
        titles: ['Cause', 'Devices', 'Oldest', 'Configuration', 'What follows'],
        align: 'lrlll',
        rows: groups.map((group) => [
          code(group.cause),
          count(group.devices),
          age(group.oldest),
          group.configuration === undefined ? '' : code(group.configuration),
          code(group.follows),
        ]),
      },
    },
    {
      kind: 'table',
      summary: `Devices (${count(Math.min(EXAMPLES, report.rows.length))} of ${count(report.rows.length)})`,
      table: {
        titles: ['Device', 'Cause', 'Since'],
        align: 'lll',
        rows: report.rows
          .slice(0, EXAMPLES)
          .map((row) => [code(shown(row, options)), code(row.cause), age(report.now - row.since)]),
      },
    },
  ]
  return assemble(parts, '<sub>nothing was done</sub>', budget)
}

function shown(row: DriftRow, options: Identities): string {
  return options.identities === true
    ? (row.name ?? row.serial ?? row.device)
    : masked(row.serial ?? row.name ?? row.device)
}
