import type { Entry, Mapping, Tree } from './tree.ts'

/** A text with pieces put in: everything outside the pieces stays byte for byte. Offsets are of the text before. */
export type Piece = { readonly start: number; readonly end: number; readonly put: string }

/** Puts pieces in; they must not overlap. Of two at one place the first comes first. */
export function withPieces(text: string, pieces: readonly Piece[]): string {
  const ordered = pieces
    .map((piece, at) => ({ ...piece, at }))
    .sort((a, b) => a.start - b.start || a.at - b.at)
  let changed = ''
  let from = 0
  for (const { start, end, put } of ordered) {
    changed += text.slice(from, start) + put
    from = end
  }
  return changed + text.slice(from)
}

/** One text of YAML or JSON, and where in it the parts of its trees stand. */
export type Sheet = {
  readonly text: string
  /** JSON wants quotes around every key and text. */
  readonly json: boolean
  readonly starts: readonly number[]
}

export function sheetOf(text: string, json: boolean): Sheet {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return { text, json, starts }
}

/** Puts another value in the place of a scalar, in its quotes; `undefined` where it is not written in one piece. */
export function replaced(sheet: Sheet, scalar: Tree, value: string | boolean): Piece | undefined {
  const piece = pieceOf(sheet, scalar)
  if (piece === undefined) return undefined
  const quote = sheet.text.slice(piece.start, piece.start + 1)
  const isQuoted = scalar.kind === 'scalar' && !scalar.plain
  if (typeof value === 'boolean') return isQuoted ? undefined : { ...piece, put: String(value) }
  if (!isQuoted) return { ...piece, put: textFor(sheet, value) }
  return { ...piece, put: quote === "'" ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value) }
}

/** Without quotes only what no YAML reader could take for something else, in a list in brackets too. */
const PLAIN = /^[A-Za-z0-9](?:[A-Za-z0-9._~/%=+:-]*[A-Za-z0-9/_])?$/

/** A text as it is written. */
export function textFor({ json }: Pick<Sheet, 'json'>, value: string): string {
  return !json && PLAIN.test(value) && /[a-z]/i.test(value) ? value : JSON.stringify(value)
}

/** Adds a key to a mapping, behind the last entry whose end is certain; `undefined`: there is none. */
export function withKey(sheet: Sheet, map: Mapping, key: string, value: Layout): Piece | undefined {
  const entries = [...map.entries.values()].reverse()
  const name = sheet.json ? JSON.stringify(key) : key
  if (isFlow(sheet, map)) {
    const text = `${name}: ${value.inline}`
    for (const { key: spot, value: tree } of entries) {
      const end = endOf(sheet, tree)
      if (end !== undefined) return inserted(end, `,${gap(sheet, offsetOf(sheet, spot))}${text}`)
    }
    return undefined
  }
  for (const entry of entries) {
    const indent = indentOf(sheet, entry)
    const end = endOf(sheet, entry.value)
    if (indent === undefined || end === undefined) continue
    const [at, eol] = lineEnd(sheet, end)
    const lines = value.lines === undefined ? [`${name}: ${value.inline}`] : [`${name}:`, ...value.lines]
    return inserted(at, lines.map((line) => `${eol}${indent}${line}`).join(''))
  }
  return undefined
}

/** A value in one line, and, where it would be long, in several below its key. */
export type Layout = { readonly inline: string; readonly lines?: readonly string[] }

/** Adds items to a list, behind the last; `undefined`: where it ends is not certain. */
export function withItems(sheet: Sheet, list: Tree, items: readonly string[]): Piece | undefined {
  if (list.kind !== 'list' || items.length === 0) return undefined
  const start = offsetOf(sheet, list)
  const last = list.items.at(-1)
  if (last === undefined) return isFlow(sheet, list) ? inserted(start + 1, items.join(', ')) : undefined
  const end = endOf(sheet, last)
  if (end === undefined) return undefined
  const from = offsetOf(sheet, last)
  if (isFlow(sheet, list)) return inserted(end, items.map((item) => `,${gap(sheet, from)}${item}`).join(''))
  const dash = /^( *- +)$/.exec(sheet.text.slice(lineStart(sheet, from), from))?.[1]
  if (dash === undefined) return undefined
  const [at, eol] = lineEnd(sheet, end)
  return inserted(at, items.map((item) => `${eol}${dash}${item}`).join(''))
}

function inserted(at: number, text: string): Piece {
  return { start: at, end: at, put: text }
}

function offsetOf({ starts }: Sheet, { place }: Pick<Tree, 'place'>): number {
  return (starts[place.line - 1] ?? 0) + place.column - 1
}

function isFlow({ text, starts }: Sheet, tree: Tree): boolean {
  const first = text[offsetOf({ text, starts, json: false }, tree)]
  return first === '{' || first === '['
}

/** Where a scalar is written, quotes included; `undefined` when it is not wholly on one line. */
function pieceOf(sheet: Sheet, tree: Tree): Piece | undefined {
  if (tree.kind !== 'scalar') return undefined
  const start = offsetOf(sheet, tree)
  const end = start + tree.length
  const written = sheet.text.slice(start, end)
  const piece = { start, end, put: written }
  // What is not written stands, as its spot, on its key.
  if (tree.plain) return tree.source !== '' && written === tree.source ? piece : undefined
  return contentOf(written) === tree.value ? piece : undefined
}

/** What is between the quotes of a text in one piece. */
function contentOf(written: string): string | undefined {
  const single = /^'((?:[^']|'')*)'$/.exec(written)?.[1]
  if (single !== undefined) return single.replaceAll("''", "'")
  if (!/^"(?:[^"\\]|\\.)*"$/.test(written)) return undefined
  try {
    return String(JSON.parse(written))
  } catch {
    return undefined
  }
}

function endOf(sheet: Sheet, tree: Tree): number | undefined {
  if (tree.kind === 'scalar') return pieceOf(sheet, tree)?.end
  const start = offsetOf(sheet, tree)
  if (isFlow(sheet, tree))
    return isClosed(sheet.text.slice(start, start + tree.length)) ? start + tree.length : undefined
  const last = tree.kind === 'list' ? tree.items.at(-1) : [...tree.entries.values()].at(-1)?.value
  return last === undefined ? undefined : endOf(sheet, last)
}

/** Does the first bracket find its partner at the very end? A spot is cut where its line ends. */
function isClosed(written: string): boolean {
  const bare = written.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/g, '')
  let depth = 0
  for (let at = 0; at < bare.length; at += 1) {
    const character = bare[at]
    if (character === '[' || character === '{') depth += 1
    if (character === ']' || character === '}') depth -= 1
    if (depth === 0) return at === bare.length - 1
  }
  return false
}

/** The spaces in front of a key that begins its line. */
function indentOf(sheet: Sheet, { key }: Entry): string | undefined {
  const at = offsetOf(sheet, key)
  return /^ *$/.exec(sheet.text.slice(lineStart(sheet, at), at))?.[0]
}

/** What goes between a comma and the next: a new line where each has one of its own. */
function gap(sheet: Sheet, at: number): string {
  const before = sheet.text.slice(lineStart(sheet, at), at)
  return /^[ \t]+$/.test(before) ? `${lineEnd(sheet, at)[1]}${before}` : ' '
}

function lineStart({ text }: Sheet, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1
}

/** Where the line ends, in front of what ends it, and what ends lines here. */
function lineEnd({ text }: Sheet, at: number): readonly [number, string] {
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const newline = text.indexOf('\n', at)
  if (newline < 0) return [text.length, eol]
  return [text[newline - 1] === '\r' ? newline - 1 : newline, eol]
}
