import { CsvError, parse } from 'csv-parse/sync'
import type { Lines } from './lines.ts'
import type { Tell } from './tell.ts'
import { invalid } from './tell.ts'

/** Titles that name the device, the surest first. */
const DEVICE_COLUMNS = ['serialnumber', 'serial', 'eid', 'id']

/** The separator of a header: the most frequent of comma, semicolon and tab outside quotes. */
export function separatorOf(header: string): ',' | ';' | '\t' | undefined {
  const bare = header.replace(/"[^"]*"/g, '')
  let best: { readonly separator: ',' | ';' | '\t'; readonly count: number } | undefined
  for (const separator of [',', ';', '\t'] as const) {
    const count = bare.split(separator).length - 1
    if (count > (best?.count ?? 0)) best = { separator, count }
  }
  return best?.separator
}

/** Does a title name the device by itself? Case, blanks, hyphens and underscores do not count. */
export function isDeviceColumn(title: string): boolean {
  return DEVICE_COLUMNS.includes(plainTitle(title))
}

/** Which column names the device: the one asked for, or else the surest by its title. */
export function columnIn(titles: readonly string[], asked: string | undefined): number | undefined {
  const plain = titles.map(plainTitle)
  const wanted = asked === undefined ? DEVICE_COLUMNS : [plainTitle(asked)]
  const exact = asked === undefined ? -1 : titles.indexOf(asked)
  if (exact >= 0) return exact
  for (const title of wanted) {
    const at = plain.indexOf(title)
    if (at >= 0) return at
  }
  return undefined
}

function plainTitle(title: string): string {
  return title.toLowerCase().replace(/[\s_"-]+/g, '')
}

/** A row of cells without the blanks around them, and where each begins: an offset of the whole text. */
export type Row = { readonly cells: readonly string[]; readonly startOf: (cell: number) => number }

/** The rows of a CSV text from an offset on; none when it is told not to be CSV. */
export function readRows(
  text: string,
  from: number,
  separator: string,
  lines: Lines,
  tell: Tell,
): readonly Row[] {
  const records = parseRecords(text.slice(from), separator)
  if ('line' in records) {
    const start = lineStart(text, from, records.line)
    const hint = 'put a value that holds a quote in quotes, and write the quote twice'
    const spot = lines.spot(start, start + 1)
    tell(invalid('bad-value', spot, 'the CSV is not valid: the quotes of this row do not match', { hint }))
    return []
  }
  let next = from
  return records.map(({ record, raw }) => {
    const at = next
    next += raw.length
    return { cells: record, startOf: (cell) => at + (cellStarts(raw, separator)[cell] ?? 0) }
  })
}

type Parsed = { readonly record: readonly string[]; readonly raw: string }

function parseRecords(text: string, separator: string): readonly Parsed[] | { readonly line: number } {
  try {
    const records: unknown = parse(text, {
      raw: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      delimiter: separator,
      record_delimiter: '\n',
    })
    return records as readonly Parsed[]
  } catch (error) {
    if (error instanceof CsvError) return { line: Number(error['lines'] ?? 1) }
    throw error
  }
}

/** Where the cells of one raw record begin; blank lines before it belong to it. */
function cellStarts(raw: string, separator: string): readonly number[] {
  const starts: number[] = []
  let inQuotes = false
  let fresh = true
  for (let at = 0; at < raw.length; at += 1) {
    const char = raw[at]
    const isBlank = char !== separator && /\s/.test(char ?? '')
    // A line that ends is blank before the first cell, and after it the end of an empty last one.
    if (fresh && isBlank && (char !== '\n' || starts.length === 0)) continue
    if (fresh) starts.push(at)
    if (fresh && char === '\n') return starts
    fresh = !inQuotes && char === separator
    if (char === '"') inQuotes = !inQuotes
  }
  if (fresh) starts.push(raw.length)
  return starts
}

function lineStart(text: string, from: number, line: number): number {
  let at = from
  for (let n = 1; n < line && at >= 0; n += 1) at = text.indexOf('\n', at) + 1
  return Math.min(Math.max(at, from), text.length)
}
