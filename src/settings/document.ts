import {
  LineCounter,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  parseAllDocuments,
  visit,
} from 'yaml'
import type { Document, Node } from 'yaml'
import type { Finding, InvalidReason } from '../domain/finding.ts'

/** Keys and indexes from the root to a value. */
export type Path = readonly (string | number)[]

/** A parsed settings file. */
export type SettingsDocument = {
  readonly value: unknown
  /** The place of a value, or of its key; of the nearest thing above it when it is not written. */
  placeOf(path: Path, onKey?: boolean): NonNullable<Finding['place']>
}

/** YAML with nothing hidden in it: one document, no anchors, aliases or tags, no key twice. */
export function readDocument(
  text: string,
  file: string,
): { readonly document?: SettingsDocument; readonly findings: readonly Finding[] } {
  const lines = new LineCounter()
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: true, schema: 'core' as const }
  const parsed = parseAllDocuments(text, options)
  const documents = Array.isArray(parsed) ? parsed : []
  const [document, second] = documents
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const findings = documents.flatMap(({ errors }) =>
    errors.map(({ code, message, pos }) =>
      tell(
        code === 'DUPLICATE_KEY' ? 'duplicate-key' : 'yaml-syntax',
        message.split('\n')[0] ?? message,
        place(pos[0]),
      ),
    ),
  )
  if (second !== undefined) {
    const at = place(second.range[0])
    findings.push(
      tell('unsupported-yaml', 'a settings file holds one document, and this one holds several', at),
    )
  }
  for (const document_ of documents) findings.push(...hidden(document_, place))
  if (findings.length > 0) return { findings }
  return { document: toDocument(document, place), findings }
}

function hidden(document: Document, place: (offset: number) => Finding['place']): readonly Finding[] {
  const findings: Finding[] = []
  visit(document, {
    Node(_key, node) {
      const offset = node.range?.[0] ?? 0
      if (isAlias(node) || ('anchor' in node && node.anchor !== undefined)) {
        findings.push(tell('unsupported-yaml', 'anchors and aliases are not read here', place(offset)))
      } else if (node.tag !== undefined) {
        findings.push(tell('unsupported-yaml', `the tag ${node.tag} is not read here`, place(offset)))
      }
    },
  })
  return findings
}

function toDocument(
  document: Document | undefined,
  place: (offset: number) => NonNullable<Finding['place']>,
): SettingsDocument {
  return {
    value: document?.toJS({ maxAliasCount: 0 }) as unknown,
    placeOf: (path, onKey = false) => place(offsetOf(document?.contents, path, onKey)),
  }
}

function offsetOf(root: unknown, path: Path, onKey: boolean): number {
  let node: unknown = root
  let offset = startOf(root)
  let keyOffset = offset
  for (const key of path) {
    if (!isCollection(node)) return offset
    const item: unknown = isMap(node)
      ? node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))
      : node.items[Number(key)]
    if (item === undefined) return offset
    keyOffset = isPair(item) ? startOf(item.key) : startOf(item)
    node = isPair(item) ? item.value : item
    // A key without a value has no node of its own to point at.
    offset = isNode(node) ? startOf(node) : keyOffset
  }
  return onKey ? keyOffset : offset
}

function startOf(node: unknown): number {
  return isNode(node) ? ((node as Node).range?.[0] ?? 0) : 0
}

function tell(reason: InvalidReason, message: string, place: Finding['place']): Finding {
  return {
    code: 'invalid-document',
    severity: 'error',
    reason,
    message,
    ...(place === undefined ? {} : { place }),
  }
}
