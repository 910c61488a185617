import type { Limits } from './limits.ts'
import { linesOf } from './lines.ts'
import type { Tell } from './tell.ts'
import { invalid, quoted } from './tell.ts'
import type { Entry, Spot, Tree } from './tree.ts'
import type { Documents } from './yaml-document.ts'

/** What stops the reading of one text; never leaves this file. */
class Stop extends Error {
  readonly at: number
  readonly tooDeep: boolean

  constructor(message: string, at: number, tooDeep = false) {
    super(message)
    this.at = at
    this.tooDeep = tooDeep
  }
}

const SPACE = /[ \t\n\r]*/y
const LITERAL = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y

/** One JSON document, by RFC 8259 to the letter (JSON.parse knows no places), with duplicate keys told. */
export function readJson(file: string, text: string, limits: Limits, tell: Tell): Documents {
  const lines = linesOf(file, text)
  let at = 0

  function space(): void {
    SPACE.lastIndex = at
    SPACE.exec(text)
    at = SPACE.lastIndex
  }

  function value(depth: number): Tree {
    const first = text[at]
    if (first === '{' || first === '[') {
      if (depth > limits.depth)
        throw new Stop(`lists and mappings nest more than ${limits.depth} deep`, at, true)
      return first === '{' ? mapping(depth) : list(depth)
    }
    if (first === '"') {
      const { content, spot } = string()
      return { kind: 'scalar', value: content, source: content, plain: false, ...spot }
    }
    return literal()
  }

  function literal(): Tree {
    LITERAL.lastIndex = at
    const found = LITERAL.exec(text)?.[0]
    if (found === undefined) {
      throw new Stop(
        at >= text.length ? 'the text ends where a value is expected' : 'a value is expected here',
        at,
      )
    }
    const spot = lines.spot(at, at + found.length)
    at += found.length
    const read: unknown = JSON.parse(found)
    const content = typeof read === 'number' || typeof read === 'boolean' ? read : null
    return { kind: 'scalar', value: content, source: content === null ? '' : found, plain: true, ...spot }
  }

  function string(): { content: string; spot: Spot } {
    const start = at
    if (text[at] !== '"') throw new Stop('a key in double quotes is expected here', at)
    at += 1
    while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
    at += 1
    try {
      return { content: String(JSON.parse(text.slice(start, at))), spot: lines.spot(start, at) }
    } catch {
      throw new Stop(
        'this string is not valid: an escape, a control character or the closing quote is wrong',
        start,
      )
    }
  }

  function list(depth: number): Tree {
    const start = at
    const items: Tree[] = []
    at += 1
    space()
    while (text[at] !== ']') {
      if (items.length > 0) comma(']')
      items.push(value(depth + 1))
      space()
    }
    at += 1
    return { kind: 'list', items, ...lines.spot(start, at) }
  }

  function mapping(depth: number): Tree {
    const start = at
    const entries = new Map<string, Entry>()
    let written = false
    at += 1
    space()
    while (text[at] !== '}') {
      if (written) comma('}')
      written = true
      entry(entries, depth)
      space()
    }
    at += 1
    return { kind: 'map', entries, ...lines.spot(start, at) }
  }

  function entry(entries: Map<string, Entry>, depth: number): void {
    const { content: name, spot } = string()
    space()
    if (text[at] !== ':') throw new Stop('":" is expected here', at)
    at += 1
    space()
    const read = value(depth + 1)
    const first = entries.get(name)
    if (first !== undefined) {
      const hint = `the first is in line ${first.key.place.line}`
      tell(invalid('duplicate-key', spot, `duplicate key ${quoted(name)}`, { hint }))
    } else if (name === '__proto__') {
      tell(invalid('bad-value', spot, 'the key "__proto__" is reserved', { hint: 'use another key' }))
    } else {
      entries.set(name, { key: spot, value: read })
    }
  }

  function comma(end: string): void {
    if (text[at] !== ',') throw new Stop(`"," or "${end}" is expected here`, at)
    at += 1
    space()
  }

  try {
    space()
    const root = value(1)
    space()
    if (at < text.length) throw new Stop('a JSON file holds one document; this is more', at)
    return { roots: [root], whole: true }
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    const spot = lines.spot(Math.min(error.at, text.length), error.at + 1)
    tell(
      invalid(
        error.tooDeep ? 'too-large' : 'yaml-syntax',
        spot,
        error.tooDeep ? error.message : `not valid JSON: ${error.message}`,
      ),
    )
    return { roots: [], whole: false }
  }
}
