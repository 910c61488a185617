/** Where a text stops being JSON, and what would have been JSON there. */
export type JsonError = { readonly offset: number; readonly expected: string }

type Expecting = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'nothing'

const EXPECTED: Readonly<Record<Expecting, string>> = {
  value: 'a value',
  'value-or-end': 'a value or `]`',
  key: 'a key in double quotes',
  'key-or-end': 'a key in double quotes or `}`',
  colon: '`:`',
  'comma-or-end': '`,` or the closing bracket',
  nothing: 'the end of the text',
}

const SPACE = /[ \t\n\r]*/y
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/**
 * The first mistake of a text that JSON.parse refused; its own message has no position in half of the cases. Walks
 * with a stack of its own, so that ten thousand open brackets are no danger.
 */
export function findJsonError(text: string): JsonError {
  const open: ('{' | '[')[] = []
  let expecting: Expecting = 'value'
  let at = 0
  for (;;) {
    at = matchAt(SPACE, text, at) ?? at
    const character = text[at]
    if (character === undefined) return { offset: at, expected: EXPECTED[expecting] }
    const inside = open.at(-1)
    if (closes(character, inside, expecting)) {
      open.pop()
      at += 1
      expecting = open.length === 0 ? 'nothing' : 'comma-or-end'
      continue
    }
    if (expecting === 'comma-or-end' && character === ',') {
      at += 1
      expecting = inside === '{' ? 'key' : 'value'
      continue
    }
    if (expecting === 'colon' && character === ':') {
      at += 1
      expecting = 'value'
      continue
    }
    if ((expecting === 'key' || expecting === 'key-or-end') && character === '"') {
      const end = endOfString(text, at)
      if (typeof end !== 'number') return end
      at = end
      expecting = 'colon'
      continue
    }
    if (expecting !== 'value' && expecting !== 'value-or-end')
      return { offset: at, expected: EXPECTED[expecting] }
    if (character === '{' || character === '[') {
      open.push(character)
      at += 1
      expecting = character === '{' ? 'key-or-end' : 'value-or-end'
      continue
    }
    const end = character === '"' ? endOfString(text, at) : matchAt(SCALAR, text, at)
    if (typeof end === 'object') return end
    if (end === undefined) return { offset: at, expected: EXPECTED[expecting] }
    at = end
    expecting = open.length === 0 ? 'nothing' : 'comma-or-end'
  }
}

function closes(character: string, inside: '{' | '[' | undefined, expecting: Expecting): boolean {
  if (inside === '{') return character === '}' && (expecting === 'comma-or-end' || expecting === 'key-or-end')
  return inside === '[' && character === ']' && (expecting === 'comma-or-end' || expecting === 'value-or-end')
}

function endOfString(text: string, start: number): number | JsonError {
  let at = start + 1
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === 0x22) return at + 1
    if (code < 0x20) return { offset: at, expected: 'the closing quote, or an escape such as `\\n`' }
    if (code !== 0x5c) {
      at += 1
      continue
    }
    const end = matchAt(ESCAPE, text, at)
    if (end === undefined) return { offset: at, expected: 'an escape that JSON knows, such as `\\\\`' }
    at = end
  }
  return { offset: text.length, expected: 'the closing quote of a string' }
}

function matchAt(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : undefined
}
