import { count } from './numbers.ts'
import { brief } from './visible.ts'

const VALUE_LIMIT = 200

/**
 * A value from data as a code span: no HTML, no mention, no link can come out of it. The fence is longer than any run
 * of backticks inside. Safe in a table cell too.
 */
export function code(value: string, limit = VALUE_LIMIT): string {
  // A pipe ends a table cell even inside a code span unless escaped; one after a backslash cannot be escaped everywhere.
  return fenced(brief(value, limit).replaceAll('\\|', '\\\\u{7c}').replaceAll('|', '\\|'))
}

/** The same outside tables, where an escaped pipe would show its backslash. */
export function span(value: string, limit = VALUE_LIMIT): string {
  return fenced(brief(value, limit))
}

function fenced(text: string): string {
  if (text.trim() === '') return '(empty)'
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0)
  const fence = '`'.repeat(longest + 1)
  const pad =
    text.startsWith('`') || text.endsWith('`') || (text.startsWith(' ') && text.endsWith(' ')) ? ' ' : ''
  return `${fence}${pad}${text}${pad}${fence}`
}

/** A table: titles, alignments (`r` is right), rows of Markdown cells. */
export type MarkdownTable = {
  readonly titles: readonly string[]
  readonly align: string
  readonly rows: readonly (readonly string[])[]
}

/** A table as a part of a text: as many rows are kept as fit. */
export type MarkdownTablePart = {
  readonly kind: 'table'
  readonly table: MarkdownTable
  /** Folded under this line of HTML; no data may be in it. */
  readonly summary?: string
  /** A paragraph in front. */
  readonly lead?: string
  /** At most so many rows. */
  readonly rows?: number
  /** At most this share of the whole budget, so that what comes after has room too. */
  readonly share?: number
}

/** One part of a text; one of text is kept whole, or left out. */
export type MarkdownPart = { readonly kind: 'text'; readonly text: string } | MarkdownTablePart

/** Bytes of UTF-8. */
export function bytes(text: string): number {
  let sum = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    if (point < 0x80) sum += 1
    else if (point < 0x800) sum += 2
    else sum += point < 0x10000 ? 3 : 4
  }
  return sum
}

/**
 * Joins parts to at most `budget` bytes of UTF-8, cutting between parts and between rows only. `end` is always there.
 * What is left out is said. `shows`: the command that shows all of it.
 */
export function assemble(
  parts: readonly MarkdownPart[],
  end: string,
  budget: number,
  shows = 'simplane plan',
): string {
  const left = `\n_The rest does not fit in here: \`${shows}\` shows it._\n`
  let room = budget - bytes(end) - bytes(left) - 2
  let text = ''
  let complete = true
  for (const part of parts) {
    const most = part.kind === 'text' ? room : Math.min(room, budget * (part.share ?? 1))
    // A text right below a table would be one more row of it.
    const piece =
      part.kind === 'text' ? wholeText(text === '' ? '' : '\n', part.text, room) : cutTable(part, most)
    if (piece === undefined) {
      complete = false
      continue
    }
    text += piece
    room -= bytes(piece)
  }
  return `${text}${complete ? '' : left}\n${end}\n`
}

function wholeText(before: string, text: string, room: number): string | undefined {
  const piece = `${before}${text}\n`
  return bytes(piece) <= room ? piece : undefined
}

function cutTable({ table, summary, lead, rows }: MarkdownTablePart, room: number): string | undefined {
  const before = lead === undefined ? '\n' : `\n${lead}\n\n`
  const open = summary === undefined ? before : `${before}<details><summary>${summary}</summary>\n\n`
  const close = summary === undefined ? '' : '\n</details>\n'
  const head = `${row(table.titles)}|${Array.from(table.align, (side) => (side === 'r' ? '--:|' : '---|')).join('')}\n`
  const lines = table.rows.map(row)
  let used = bytes(open) + bytes(head) + bytes(close) + 60
  let kept = ''
  let shown = 0
  for (const line of lines.slice(0, rows)) {
    if (used + bytes(line) > room) break
    used += bytes(line)
    kept += line
    shown += 1
  }
  if (shown === 0) return undefined
  const rest = lines.length - shown
  const more = rest === 0 ? '' : row([`… and ${count(rest)} more`, ...table.titles.slice(1).map(() => '')])
  return open + head + kept + more + close
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`
}
