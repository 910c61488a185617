import type { Finding } from '../domain/finding.ts'
import { caretOf } from './caret.ts'
import { rollUp } from './finding-rollup.ts'
import type { RolledUp } from './finding-rollup.ts'
import { count, counted } from './numbers.ts'
import { plainPaint } from './paint.ts'
import type { Paint } from './paint.ts'
import { SEVERITIES, severityCounts, severityPaint } from './severity.ts'
import { brief, visible } from './visible.ts'
import { columns, wrap } from './width.ts'

const WIDTH = 100
const RULE_ENDS = 97
const MESSAGE_LIMIT = 600

/** What a finding is shown with. */
export type FindingsContext = {
  readonly paint?: Paint
  /** The text of a file named by a place; absent or unknown: no source line is shown. */
  readonly textOf?: (file: string) => string | undefined
  /** In front of every file name: `desired-state/`. */
  readonly prefix?: string
  /** Without the parent's line and the notes, as the running service prints it. */
  readonly compact?: boolean
}

/** How the whole of the findings ends. */
export type FindingsSummary = FindingsContext & {
  /** How many files were read. */
  readonly files?: number
  /** What became of it all; default `Nothing was changed.` */
  readonly outcome?: string
}

/** One finding as a block of lines: code and message, rule, place, source with a caret, notes. Ends without a line feed. */
export function findingText(finding: Finding, context: FindingsContext = {}): string {
  return block(
    { finding, count: 1, devices: finding.device === undefined ? [] : [finding.device] },
    context,
  ).join('\n')
}

/** All findings, those of devices rolled up by code and configuration, and the closing summary. */
export function findingsText(findings: readonly Finding[], summary: FindingsSummary = {}): string {
  if (findings.length === 0) return ''
  const blocks = rollUp(findings).map((rolled) => block(rolled, summary).join('\n'))
  const asked = findings.find((finding) => finding.code !== 'invalid-document') ?? findings[0]
  const outcome = summary.outcome ?? 'Nothing was changed.'
  blocks.push(
    [
      `${tally(findings, summary.files)}.${outcome === '' ? '' : ` ${outcome}`}`,
      ...(asked === undefined ? [] : [`More about a code: npx simplane explain ${asked.code}`]),
    ].join('\n'),
  )
  return `${blocks.join('\n\n')}\n`
}

/** What `validate` says of a good repository. */
export function validText(files: number, documents: number): string {
  return `${counted(files, 'file')}, ${counted(documents, 'document')}: valid.\n`
}

function tally(findings: readonly Finding[], files: number | undefined): string {
  const counts = severityCounts(findings)
  const parts = SEVERITIES.filter((severity) => counts[severity] > 0).map((severity) =>
    severity === 'info' ? `${count(counts.info)} for information` : counted(counts[severity], severity),
  )
  const places = new Set(
    findings.flatMap((finding) => (finding.place === undefined ? [] : [finding.place.file])),
  )
  if (places.size === 0) return parts.join(', ')
  const where =
    files === undefined ? counted(places.size, 'file') : `${count(places.size)} of ${counted(files, 'file')}`
  return `${parts.join(', ')} in ${where}`
}

function block(rolled: RolledUp, context: FindingsContext): readonly string[] {
  const { finding } = rolled
  const paint = context.paint ?? plainPaint
  const { place } = finding
  const gutter = Math.max(2, String(place?.line ?? 0).length)
  const margin = ' '.repeat(gutter)
  const lines = [...headline(rolled, paint)]
  if (place !== undefined) {
    const where = visible(`${context.prefix ?? ''}${place.file}`)
    lines.push(`${margin}${paint.dim('-->')} ${where}:${place.line}:${place.column}`)
  } else if (rolled.devices.length > 0) {
    const rest = rolled.count - rolled.devices.length
    const names = rolled.devices.map((device) => brief(device, 60)).join(', ')
    const text = `${counted(rolled.count, 'device')}: ${names}${rest > 0 ? ` and ${count(rest)} more` : ''}`
    for (const [index, line] of wrap(text, WIDTH - gutter - 5).entries()) {
      lines.push(index === 0 ? `${margin}${paint.dim('-->')} ${line}` : `${margin}    ${line}`)
    }
  }
  const source = place === undefined ? undefined : context.textOf?.(place.file)
  const caret =
    source === undefined
      ? { lines: [], hinted: false }
      : caretOf(finding, source, gutter, paint, context.compact === true)
  lines.push(...caret.lines)
  const notes = notesOf(finding, caret.hinted, context.compact === true)
  if (notes.length > 0 && caret.lines.length > 0) lines.push(`${margin} ${paint.dim('|')}`)
  for (const note of notes) lines.push(...noteLines(note, margin, paint))
  return lines
}

function headline(rolled: RolledUp, paint: Paint): readonly string[] {
  const { finding } = rolled
  const head = `${finding.severity}[${finding.code}]:`
  const more = rolled.count > 1 ? ` (the first of ${count(rolled.count)})` : ''
  const rule = finding.rule === undefined ? '' : visible(finding.rule)
  const [first = '', ...others] = wrap(
    `${head} ${brief(finding.message, MESSAGE_LIMIT)}${more}`,
    WIDTH - columns(rule) - 2,
  )
  const gap = Math.max(2, RULE_ENDS - columns(first) - columns(rule))
  const painted = paint.bold(severityPaint(finding.severity, paint, head)) + first.slice(head.length)
  const lines = [rule === '' ? painted : `${painted}${' '.repeat(gap)}${paint.dim(rule)}`]
  for (const other of others) lines.push(`    ${other}`)
  return lines
}

type Note = { readonly label: string; readonly text: string }

function notesOf(finding: Finding, hinted: boolean, compact: boolean): readonly Note[] {
  const hint = finding.hint === undefined || hinted ? [] : [{ label: 'do', text: finding.hint }]
  return compact ? hint : [...(finding.notes ?? []), ...hint]
}

function noteLines(note: Note, margin: string, paint: Paint): readonly string[] {
  const label = visible(note.label).padEnd(8)
  const indent = ' '.repeat(margin.length + 3 + label.length + 2)
  return wrap(brief(note.text, MESSAGE_LIMIT), WIDTH - indent.length).map((line, index) =>
    index === 0 ? `${margin} ${paint.dim('=')} ${paint.bold(label)}  ${line}` : indent + line,
  )
}
