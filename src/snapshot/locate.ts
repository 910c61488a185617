/** A line and column, both from 1, columns in UTF-16 units. */
export type Spot = { readonly line: number; readonly column: number }

type Node = { readonly children: Map<string | number, Node>; value?: number; key?: number }

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b

/**
 * Where values (or, with `onKey`, their keys) stand in a valid JSON text, all found in one walk: JSON.parse keeps no
 * positions, and most snapshots never need one. A path that leads nowhere gives the place of its nearest ancestor.
 */
export function locateAll(
  text: string,
  wanted: readonly { readonly path: readonly (string | number)[]; readonly onKey: boolean }[],
): readonly Spot[] {
  const root: Node = { children: new Map() }
  for (const { path } of wanted) grow(root, path)
  walk(text, skipSpace(text, 0), root)
  const offsets = wanted.map(({ path, onKey }) => offsetOf(root, path, onKey))
  return spotsOf(text, offsets)
}

/** The line and column of one offset. */
export function spotOf(text: string, offset: number): Spot {
  return spotsOf(text, [offset])[0] ?? { line: 1, column: 1 }
}

function grow(root: Node, path: readonly (string | number)[]): void {
  let node = root
  for (const key of path) {
    const child = node.children.get(key) ?? { children: new Map() }
    node.children.set(key, child)
    node = child
  }
}

function offsetOf(root: Node, path: readonly (string | number)[], onKey: boolean): number {
  let node = root
  let offset = root.value ?? 0
  for (const key of path) {
    const child = node.children.get(key)
    if (child?.value === undefined) return offset
    node = child
    offset = child.value
  }
  return onKey ? (node.key ?? offset) : offset
}

/** Recursion goes only where a path leads, so it is as deep as the longest path, however deep the text nests. */
function walk(text: string, start: number, node: Node): number {
  node.value = start
  const opener = text.charCodeAt(start)
  if (node.children.size === 0 || (opener !== OPEN_BRACE && opener !== OPEN_BRACKET))
    return skipValue(text, start)
  let at = skipSpace(text, start + 1)
  for (let index = 0; at < text.length; index += 1) {
    if (text[at] === '}' || text[at] === ']') return at + 1
    let key: string | number = index
    const keyAt = at
    if (opener === OPEN_BRACE) {
      const end = skipString(text, at)
      key = JSON.parse(text.slice(at, end)) as string
      at = skipSpace(text, skipSpace(text, end) + 1)
    }
    const child = node.children.get(key)
    if (child !== undefined) child.key = keyAt
    at = skipSpace(text, child === undefined ? skipValue(text, at) : walk(text, at, child))
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return at
}

function skipValue(text: string, start: number): number {
  let depth = 0
  let at = start
  while (at < text.length) {
    const character = text.charCodeAt(at)
    if (character === QUOTE) {
      at = skipString(text, at)
      if (depth === 0) return at
      continue
    }
    if (character === OPEN_BRACE || character === OPEN_BRACKET) depth += 1
    else if (character === 0x7d || character === 0x5d) {
      if (depth === 0) return at
      depth -= 1
      if (depth === 0) return at + 1
    } else if (depth === 0 && (character === 0x2c || character <= 0x20)) return at
    at += 1
  }
  return at
}

function skipString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at + 1
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (at < text.length && text.charCodeAt(at) <= 0x20) at += 1
  return at
}

function spotsOf(text: string, offsets: readonly number[]): readonly Spot[] {
  const spots: Spot[] = offsets.map(() => ({ line: 1, column: 1 }))
  const order = [...offsets.keys()].sort((a, b) => (offsets[a] ?? 0) - (offsets[b] ?? 0))
  let line = 1
  let lineStart = 0
  for (const index of order) {
    const offset = offsets[index] ?? 0
    for (
      let next = text.indexOf('\n', lineStart);
      next !== -1 && next < offset;
      next = text.indexOf('\n', lineStart)
    ) {
      line += 1
      lineStart = next + 1
    }
    spots[index] = { line, column: offset - lineStart + 1 }
  }
  return spots
}
