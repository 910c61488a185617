import type { CST, Document, Scalar, YAMLMap } from 'yaml'
import { Composer, isMap, isScalar, isSeq, Parser } from 'yaml'
import type { Limits } from './limits.ts'
import type { Lines } from './lines.ts'
import { linesOf } from './lines.ts'
import type { Tell } from './tell.ts'
import { invalid, quoted } from './tell.ts'
import type { Entry, Spot, Tree } from './tree.ts'
import { checkPlain } from './yaml-plain.ts'

/** Documents of one file. `whole` is false when a part of it could not be read, so that names may be missing. */
export type Documents = { readonly roots: readonly Tree[]; readonly whole: boolean }

/** YAML 1.2, core schema, without anchors, aliases, tags, directives and merge keys. Takes bounded time whatever the text. */
export function readYaml(file: string, text: string, limits: Limits, tell: Tell): Documents {
  const lines = linesOf(file, text)
  const roots: Tree[] = []
  let whole = true
  let count = 0
  for (const token of new Parser().parse(text)) {
    const at = lines.spot(token.offset, token.offset + sourceLength(token))
    if (token.type === 'error') {
      const what = token.source === '' ? plainWords(token.message) : `unexpected ${quoted(token.source)}`
      tell(invalid('yaml-syntax', at, `not valid YAML: ${what}`))
      return { roots, whole: false }
    }
    if (token.type === 'directive') {
      tell(
        invalid(
          'unsupported-yaml',
          at,
          'YAML directives are not supported: they change what the text below means',
          {
            hint: 'take this line out',
          },
        ),
      )
      return { roots, whole: false }
    }
    if (token.type !== 'document') continue
    if (++count > limits.documentsPerFile) {
      tell(
        invalid('too-large', at, `the file has more than ${limits.documentsPerFile} documents`, {
          hint: 'split it into several files',
        }),
      )
      return { roots, whole: false }
    }
    const root = readDocument(token, lines, limits, tell)
    if (root === 'unreadable') whole = false
    else if (root !== 'nothing') roots.push(root)
  }
  return { roots, whole }
}

function readDocument(
  token: CST.Document,
  lines: Lines,
  limits: Limits,
  tell: Tell,
): Tree | 'nothing' | 'unreadable' {
  // Judged before composing: the composer recurses, and would resolve what is not allowed.
  if (!checkPlain(token, lines, limits.depth, tell)) return 'unreadable'
  const document = compose(token)
  if (document === undefined || document.contents === null) return 'nothing'
  const [error] = document.errors
  if (error !== undefined) {
    const hint = error.code === 'TAB_AS_INDENT' ? { hint: 'indent with spaces' } : {}
    const spot = lines.spot(error.pos[0], error.pos[1])
    tell(invalid('yaml-syntax', spot, `not valid YAML: ${plainWords(error.message)}`, hint))
    return 'unreadable'
  }
  const { contents } = document
  if (isScalar(contents) && contents.value === null && contents.source === '') return 'nothing'
  return locate(contents, lines, tell)
}

function compose(token: CST.Document): Document.Parsed | undefined {
  // Equal keys are told by `locate`, in linear time and with the place of the first.
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  })
  return [...composer.next(token), ...composer.end()][0]
}

function locate(node: unknown, lines: Lines, tell: Tell): Tree {
  if (isScalar(node)) return located(node, lines)
  if (isMap(node)) return locateMap(node, lines, tell)
  if (!isSeq(node)) return { kind: 'scalar', value: null, source: '', plain: true, ...lines.spot(0, 0) }
  const { place, length } = spotIn(node, lines)
  return { kind: 'list', items: node.items.map((item) => locate(item, lines, tell)), place, length }
}

function locateMap(node: YAMLMap, lines: Lines, tell: Tell): Tree {
  const { place, length } = spotIn(node, lines)
  const entries = new Map<string, Entry>()
  for (const pair of node.items) {
    const key = readKey(pair.key, lines, tell)
    if (key === undefined) continue
    const first = entries.get(key.text)
    if (first !== undefined) {
      const hint = `the first is in line ${first.key.place.line}`
      tell(invalid('duplicate-key', key.spot, `duplicate key ${quoted(key.text)}`, { hint }))
      continue
    }
    const value =
      pair.value === null || pair.value === undefined
        ? ({ kind: 'scalar', value: null, source: '', plain: true, ...key.spot } as const)
        : locate(pair.value, lines, tell)
    entries.set(key.text, { key: key.spot, value })
  }
  return { kind: 'map', entries, place, length }
}

function located(node: Scalar, lines: Lines): Tree {
  const { place, length } = spotIn(node, lines)
  const value = simple(node.value)
  const source = node.source ?? String(value ?? '')
  return { kind: 'scalar', value, source, plain: node.type === 'PLAIN', place, length }
}

function readKey(node: unknown, lines: Lines, tell: Tell): { text: string; spot: Spot } | undefined {
  const spot = isScalar(node) || isMap(node) || isSeq(node) ? spotIn(node, lines) : lines.spot(0, 0)
  if (!isScalar(node) || typeof node.value !== 'string') {
    tell(invalid('unsupported-yaml', spot, 'a key must be a text', { hint: 'put it in quotes' }))
    return undefined
  }
  if (node.value === '<<') {
    tell(invalid('unsupported-yaml', spot, 'merge keys are not supported', { hint: 'write the keys out' }))
    return undefined
  }
  if (node.value === '__proto__') {
    tell(invalid('bad-value', spot, 'the key "__proto__" is reserved', { hint: 'use another key' }))
    return undefined
  }
  return { text: node.value, spot }
}

function simple(value: unknown): string | number | boolean | null {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return null
}

function spotIn({ range }: Pick<Scalar, 'range'>, lines: Lines): Spot {
  return range ? lines.spot(range[0], range[1]) : lines.spot(0, 0)
}

function sourceLength(token: CST.Token): number {
  return 'source' in token ? token.source.length : 1
}

function plainWords(message: string): string {
  const first = message.split('\n')[0] ?? message
  return first.charAt(0).toLowerCase() + first.slice(1)
}
