import type { DriftCause } from '../domain/journal.ts'
import { DAY, toRfc3339 } from '../domain/time.ts'
import type { Instant } from '../domain/time.ts'
import { age } from './ages.ts'
import { decisionParts } from './drift-decisions.ts'
import { DRIFT_REPAIRS } from './drift.ts'
import type { DriftOfCause, DriftRepair, DriftRow, DriftSummary } from './drift.ts'
import type { Identities } from './findings-markdown.ts'
import { assemble, code, span } from './markdown.ts'
import type { MarkdownPart } from './markdown.ts'
import { masked } from './masking.ts'
import { count, counted } from './numbers.ts'
import { shortRevision } from './revisions.ts'

/** What was told before, for the trend. */
export type DriftBefore = {
  readonly at: Instant
  readonly drifted: number
  readonly causes: readonly Pick<DriftOfCause, 'cause' | 'configuration' | 'devices'>[]
  /** How many there were a day ago, where that is known. */
  readonly yesterday?: number
}

type DriftMarkdownOptions = Identities & {
  /** Bytes of UTF-8. */
  readonly budget?: number
  readonly before?: DriftBefore
  /** The text is kept in an issue: its last line. */
  readonly marker?: string
}

/**
 * The drift report for an issue: how many and since when, what repairs itself, what a person decides. Devices by their
 * last four characters unless `identities`. At most `budget` bytes.
 */
export function driftMarkdown(summary: DriftSummary, options: DriftMarkdownOptions = {}): string {
  const budget = options.budget ?? 60_000
  const parts = summary.drifted === 0 ? goneParts(summary, options) : driftParts(summary, options)
  return assemble(parts, ending(summary, options), budget, 'simplane drift')
}

function goneParts(summary: DriftSummary, { before }: DriftMarkdownOptions): readonly MarkdownPart[] {
  const was =
    before === undefined
      ? ''
      : ` ${count(before.drifted)} had drifted when last told, ${age(summary.now - before.at)} ago.`
  const looked = `${counted(summary.devices, 'device')} looked at.`
  return [{ kind: 'text', text: `### ✅ No drift from ${saysOf(summary)}\n${looked}${was}` }]
}

function driftParts(summary: DriftSummary, options: DriftMarkdownOptions): readonly MarkdownPart[] {
  const { drifted, causes, devices, examples, now } = summary
  const oldest = causes.reduce((most, each) => Math.max(most, each.oldest), 0)
  const verdict = [
    `### ${counted(drifted, 'device')} drifted from ${saysOf(summary)}`,
    ...trend(summary, options.before),
    `oldest ${age(oldest)}`,
  ].join(' · ')
  return [
    { kind: 'text', text: `${verdict}\nOf ${counted(devices, 'device')} in the fleet.` },
    {
      kind: 'table',
      table: {
        titles: ['Cause', 'Devices', 'Oldest', 'Configuration', 'Repairs itself?'],
        align: 'lrlll',
        rows: causes.map((each) => [
          code(each.cause),
          `${count(each.devices)}${growth(each, options.before)}`,
          age(each.oldest),
          each.configuration === undefined ? '' : code(each.configuration),
          repairText(each),
        ]),
      },
      share: 0.4,
    },
    ...decisionParts(summary),
    {
      kind: 'table',
      summary: `Devices (${count(examples.length)} of ${count(drifted)})`,
      table: {
        titles: ['Device', 'Cause', 'Since'],
        align: 'lll',
        rows: examples.map((row) => [code(shown(row, options)), code(row.cause), age(now - row.since)]),
      },
    },
  ]
}

function saysOf({ revision }: DriftSummary): string {
  return revision === undefined ? 'the desired state' : span(shortRevision(revision))
}

/** `9 yesterday`; where nothing is known of then, what was told last. */
function trend({ now }: DriftSummary, before: DriftBefore | undefined): readonly string[] {
  if (before === undefined) return []
  if (before.yesterday !== undefined) return [`${count(before.yesterday)} yesterday`]
  return now - before.at >= DAY
    ? [`${count(before.drifted)} ${age(now - before.at)} ago`]
    : [`${count(before.drifted)} when last told, ${age(now - before.at)} ago`]
}

function growth({ cause, configuration, devices }: DriftOfCause, before: DriftBefore | undefined): string {
  if (before === undefined) return ''
  const known = before.causes.find((each) => each.cause === cause && each.configuration === configuration)
  const more = devices - (known?.devices ?? 0)
  if (more === 0) return ''
  return more > 0 ? ` (+${count(more)})` : ` (${count(more)})`
}

/** What repairs itself and what does not; how many of each where both are there. */
function repairText({ cause, repairs }: DriftOfCause): string {
  const said = DRIFT_REPAIRS.flatMap((repair) => {
    const devices = repairs[repair] ?? 0
    return devices === 0 ? [] : [{ devices, text: repairWords(repair, cause) }]
  })
  if (said.length === 1) return said[0]?.text ?? ''
  return said.map(({ devices, text }) => `${count(devices)}: ${text}`).join('; ')
}

function repairWords(repair: DriftRepair, cause: DriftCause): string {
  switch (repair) {
    case 'in-work':
      return cause === 'never-applied' ? 'when it checks in' : 'yes, in work'
    case 'held':
      return 'no, waits for a person'
    case 'gave-up':
      return 'no, every try failed'
    case 'observed':
      return 'no, `mode: observe`'
    case 'reported':
      return 'no, only reported'
  }
}

function ending({ now }: DriftSummary, { before, marker }: DriftMarkdownOptions): string {
  const than = before === undefined ? '' : `, in brackets since ${toRfc3339(before.at)}`
  if (marker === undefined) return '<sub>nothing was done</sub>'
  return `<sub>as of ${toRfc3339(now)}${than} · written anew when the numbers change</sub>\n${marker}`
}

function shown(row: DriftRow, options: Identities): string {
  return options.identities === true
    ? (row.name ?? row.serial ?? row.device)
    : masked(row.serial ?? row.name ?? row.device)
}
