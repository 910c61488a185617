import type { Kind } from './kinds.ts'
import { isKind, KINDS } from './kinds.ts'
import { didYouMean, nearest } from './nearest.ts'
import type { Tell } from './tell.ts'
import { invalid, quoted } from './tell.ts'
import type { Mapping, Spot, Tree } from './tree.ts'
import { keyAt, textOf, valueAt } from './tree.ts'

const API_VERSION = 'simplane/v1'
const TOP_KEYS = ['apiVersion', 'kind', 'metadata', 'spec']

/** The kind a document declares, and its root as the mapping it must be; `undefined` when it is told to be none. */
export function readHeader(
  root: Tree,
  tell: Tell,
): { readonly kind: Kind; readonly root: Mapping } | undefined {
  if (root.kind !== 'map') {
    const what = root.kind === 'list' ? 'a list' : 'a single value'
    const notes = [{ label: 'expected', text: TOP_KEYS.join(', ') }]
    tell(invalid('wrong-type', root, `a document must be a mapping of keys, not ${what}`, { notes }))
    return undefined
  }
  const isOurs = checkApiVersion(root, tell)
  if (!isOurs) return undefined
  const tree = valueAt(root, 'kind')
  const kind = textOf(tree)
  if (isKind(kind)) return { kind, root }
  const notes = [{ label: 'expected', text: KINDS.join(', ') }]
  if (tree === undefined || kind === undefined) {
    tell(misspelt(root, 'kind', 'missing key "kind"', tree ?? keyAt(root, 'apiVersion') ?? root, notes))
  } else {
    tell(invalid('bad-value', tree, `unknown kind ${quoted(kind)}`, { ...didYouMean(kind, KINDS), notes }))
  }
  return undefined
}

function checkApiVersion(root: Mapping, tell: Tell): boolean {
  const tree = valueAt(root, 'apiVersion')
  const version = textOf(tree)
  if (version === API_VERSION) return true
  const notes = [
    { label: 'expected', text: `apiVersion: ${API_VERSION}` },
    { label: 'why', text: 'a file skipped in silence could make a configuration vanish' },
    { label: 'instead', text: 'a file that is none of simplane is named in source.ignore' },
  ]
  if (tree === undefined || version === undefined) {
    const first = root.entries.values().next().value?.key ?? root
    tell(misspelt(root, 'apiVersion', 'this document has no apiVersion', first, notes))
  } else {
    tell(
      invalid('bad-value', tree, `unknown apiVersion ${quoted(version)}`, {
        ...didYouMean(version, [API_VERSION]),
        notes,
      }),
    )
  }
  return false
}

/** A missing key, or the unknown one that was probably meant to be it. */
function misspelt(
  root: Mapping,
  key: string,
  message: string,
  spot: Spot,
  notes: readonly { label: string; text: string }[],
) {
  for (const [written, entry] of root.entries) {
    if (TOP_KEYS.includes(written) || nearest(written, [key]) === undefined) continue
    return invalid('unknown-key', entry.key, `unknown key ${quoted(written)}`, {
      hint: `did you mean "${key}"?`,
      notes,
    })
  }
  return invalid('missing-key', spot, message, { notes })
}
