import type { CST } from 'yaml'
import type { Lines } from './lines.ts'
import type { Tell } from './tell.ts'
import { invalid } from './tell.ts'

const REFUSED: Readonly<Record<string, { readonly what: string; readonly hint: string }>> = {
  anchor: { what: 'anchors', hint: 'write the value out where it is used' },
  alias: { what: 'aliases', hint: 'write the value out' },
  tag: { what: 'tags', hint: 'take the tag out: texts are taken as written' },
}

/**
 * Tells the first anchor, alias, tag or too deep nesting of a document, before anything is resolved. Walks with a
 * stack of its own, so that a hundred thousand brackets are only a finding.
 */
export function checkPlain(document: CST.Document, lines: Lines, deepest: number, tell: Tell): boolean {
  const waiting: { token: CST.Token; depth: number }[] = []
  push(document.start, 0)
  if (document.value !== undefined) waiting.push({ token: document.value, depth: 1 })

  function push(tokens: readonly CST.Token[] | undefined, depth: number): void {
    for (const token of tokens ?? []) waiting.push({ token, depth })
  }

  let first: { token: CST.Token; what: string; hint: string } | undefined
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, depth } = next
    const refused = REFUSED[token.type]
    if (refused !== undefined && (first === undefined || token.offset < first.token.offset))
      first = { token, ...refused }
    if (token.type === 'block-scalar') push(token.props, depth)
    if (!('items' in token)) continue
    if (depth > deepest) {
      const spot = lines.spot(token.offset, token.offset + 1)
      tell(
        invalid('too-large', spot, `lists and mappings nest more than ${deepest} deep`, {
          hint: 'no document needs that',
        }),
      )
      return false
    }
    for (const item of token.items) {
      push(item.start, depth)
      if ('sep' in item) push(item.sep, depth)
      if (item.key) waiting.push({ token: item.key, depth: depth + 1 })
      if (item.value) waiting.push({ token: item.value, depth: depth + 1 })
    }
  }
  if (first === undefined) return true
  const { token } = first
  const spot = lines.spot(token.offset, token.offset + ('source' in token ? token.source.length : 1))
  tell(invalid('unsupported-yaml', spot, `YAML ${first.what} are not supported`, { hint: first.hint }))
  return false
}
