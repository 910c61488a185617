import type { Paint } from './paint.ts'
import { columns, padEnd, wrap } from './width.ts'

/** Columns of an explanation. */
export const WIDTH = 100
/** Where rules and codes end. */
export const RIGHT = 97
/** Where what stands beside a label begins. */
export const LABEL = 11

/** Texts, wrapped, beside a label in the first line. */
export function labelled(label: string, texts: readonly string[], paint: Paint): readonly string[] {
  const lines = texts.flatMap((text) => wrap(text, WIDTH - LABEL))
  return lines.map(
    (line, index) => (index === 0 ? paint.bold(padEnd(label, LABEL)) : ' '.repeat(LABEL)) + line,
  )
}

/** Something short at the right of a line. */
export function atRight(line: string, right: string, paint: Paint): string {
  if (right === '') return line
  return `${line}${' '.repeat(Math.max(2, RIGHT - columns(line) - columns(right)))}${paint.dim(right)}`
}

/** Short texts side by side, as many as fit in a line. */
export function joined(parts: readonly string[], width: number): readonly string[] {
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    if (last !== undefined && columns(last) + 4 + columns(part) <= width)
      lines[lines.length - 1] = `${last}    ${part}`
    else lines.push(part)
  }
  return lines
}
