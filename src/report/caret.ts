import type { Finding } from '../domain/finding.ts'
import type { Paint } from './paint.ts'
import { severityPaint } from './severity.ts'
import { visible } from './visible.ts'
import { columns, fit } from './width.ts'

const WIDTH = 100
/** Of a line that is too long to show, this much is kept before the caret. */
const BEFORE = 40

type Cut = { readonly text: string; readonly indent: number; readonly length: number }

function shown(code: string): string {
  return visible(code.replaceAll('\t', '  '))
}

/** The part of a source line around the caret that fits, and where the caret then stands. */
function cutAround(line: string, column: number, length: number, room: number): Cut {
  const at = Math.min(column - 1, line.length)
  const from =
    columns(shown(line.slice(0, Math.min(at + length, 2 * room)))) <= room ? 0 : Math.max(0, at - BEFORE)
  const lead = (from > 0 ? '…' : '') + shown(line.slice(from, at))
  // Nobody reads past the screen, and a source line may be megabytes.
  const rest = shown(line.slice(at, at + 2 * room))
  const space = Math.max(1, room - columns(lead))
  const whole = line.length <= at + 2 * room && columns(rest) <= space
  const kept = whole
    ? rest
    : `${Array.from(rest)
        .slice(0, space - 1)
        .join('')}…`
  const marked = columns(shown(line.slice(at, at + Math.min(length, 2 * room))))
  return { text: lead + kept, indent: columns(lead), length: Math.max(1, Math.min(marked, columns(kept))) }
}

/** The line before tells whose key it is, when it is the parent of the one marked. */
function parentLine(lines: readonly string[], line: number): string | undefined {
  const [before, own] = [lines[line - 2], lines[line - 1]]
  if (before === undefined || own === undefined || before.trim() === '' || before.startsWith('---'))
    return undefined
  return before.search(/\S/) < own.search(/\S/) ? before : undefined
}

/** The marked source, and whether the hint found room beside the caret. */
export type Caret = { readonly lines: readonly string[]; readonly hinted: boolean }

/**
 * The lines between `-->` and the notes: the source line with its number, a caret under what is meant, and what to do
 * beside the caret; with the parent's line above for an unknown key. No lines when the file has no such line.
 */
export function caretOf(
  finding: Finding,
  source: string,
  gutter: number,
  paint: Paint,
  compact: boolean,
): Caret {
  const { place } = finding
  const lines = source.split(/\r\n|\n|\r/)
  const own = place === undefined ? undefined : lines[place.line - 1]
  if (place === undefined || own === undefined) return { lines: [], hinted: false }
  const room = WIDTH - gutter - 3
  const bar = paint.dim(`${' '.repeat(gutter)} |`)
  const numbered = (line: number, text: string): string =>
    `${paint.dim(`${String(line).padStart(gutter)} |`)} ${text}`.trimEnd()
  const cut = cutAround(own, place.column, finding.length ?? 1, room)
  const parent = finding.reason === 'unknown-key' && !compact ? parentLine(lines, place.line) : undefined
  const hint = finding.hint === undefined ? '' : visible(finding.hint)
  const hinted = hint !== '' && cut.indent + cut.length + 1 + columns(hint) <= room
  const caret = `${'^'.repeat(cut.length)}${hinted ? ` ${hint}` : ''}`
  return {
    lines: [
      bar,
      ...(parent === undefined
        ? []
        : [numbered(place.line - 1, fit(shown(parent.slice(0, 2 * room)), room))]),
      numbered(place.line, cut.text),
      `${bar} ${' '.repeat(cut.indent)}${severityPaint(finding.severity, paint, caret)}`,
    ],
    hinted,
  }
}
