import type { DeviceGroup, MatchExpression, Selector } from '../domain/desired.ts'
import { chosen } from './chosen.ts'
import { nearest } from './nearest.ts'
import type { Reading } from './reading.ts'
import { placeOf, readNamed, readTexts } from './reading.ts'
import { readDevices, selectingKeys } from './selection.ts'
import type { Tell } from './tell.ts'
import { invalid, quoted, warning } from './tell.ts'
import type { Mapping, Read, Spot, Tree } from './tree.ts'
import { isEmpty, isNull, itemsAt, keyAt, textOf, valueAt } from './tree.ts'

/** Labels that every device has by itself. */
const OWN_LABELS = ['platform', 'model', 'ownership', 'driver', 'os-version'].map(
  (label) => `simplane/${label}`,
)

/** A DeviceGroup. One without a written member is valid, matches nobody and is told. */
export function readGroup(read: Read, reading: Reading): DeviceGroup {
  const spec = valueAt(read.root, 'spec')
  const named = readNamed(read, reading.tell)
  const selector = readSelector(spec, named.name, reading.tell)
  const devices = readDevices(spec, reading)
  const except = { devices: readDevices(valueAt(spec, 'except'), reading) }
  if (selector === undefined && selectingKeys(spec).length === 0) {
    const spot: Spot = keyAt(read.root, 'spec') ?? { place: placeOf(read.root), length: 1 }
    const hint = 'name a selector, devices or lists'
    reading.tell(
      warning('selects-nobody', spot, `group ${quoted(named.name)} has no members: nothing is written`, {
        hint,
      }),
    )
  }
  return { ...named, ...(selector !== undefined && { selector }), devices, except }
}

function readSelector(spec: Tree | undefined, name: string, tell: Tell): Selector | undefined {
  const key = keyAt(spec, 'selector')
  if (key === undefined) return undefined
  const tree = valueAt(spec, 'selector')
  if (tree === undefined || (tree.kind !== 'map' && !isNull(tree))) return undefined
  if (tree.kind !== 'map' || tree.entries.size === 0) {
    const hint = 'a selector without a line never means everybody'
    tell(
      warning('selects-nobody', key, `the selector of group ${quoted(name)} is empty: it matches nobody`, {
        hint,
      }),
    )
    return {}
  }
  for (const { line, spot } of emptyLines(tree)) {
    const hint = 'take the line out if it is not meant to restrict'
    const message = `${line} of group ${quoted(name)} is empty: the selector matches nobody`
    tell(warning('selects-nobody', spot, message, { hint }))
  }
  checkOwnLabels(valueAt(tree, 'matchLabels'), tell)
  const expressions = itemsAt(tree, 'matchExpressions').map((item) => readExpression(item, tell))
  // An empty line stays a line, even one with nothing after its key: left out, it would no longer restrict.
  return {
    ...(tree.entries.has('mdmGroups') && {
      mdmGroups: itemsAt(tree, 'mdmGroups').flatMap((item) => textOf(item) ?? []),
    }),
    ...(tree.entries.has('matchLabels') && { matchLabels: readTexts(valueAt(tree, 'matchLabels')) }),
    ...(tree.entries.has('matchExpressions') && { matchExpressions: expressions }),
  }
}

function emptyLines(selector: Mapping): readonly { readonly line: string; readonly spot: Spot }[] {
  return ['mdmGroups', 'matchLabels', 'matchExpressions'].flatMap((line) => {
    const entry = selector.entries.get(line)
    return entry !== undefined && isEmpty(entry.value) ? [{ line, spot: entry.key }] : []
  })
}

function readExpression(item: Tree, tell: Tell): MatchExpression {
  const key = textOf(valueAt(item, 'key')) ?? ''
  const operator = chosen(valueAt(item, 'operator'), ['In', 'NotIn', 'Exists', 'DoesNotExist'], 'In')
  const values = itemsAt(item, 'values').flatMap((value) => textOf(value) ?? [])
  const takesValues = operator === 'In' || operator === 'NotIn'
  const written = textOf(valueAt(item, 'operator')) === operator
  if (written && takesValues && isEmpty(valueAt(item, 'values'))) {
    const hint = operator === 'NotIn' ? 'without a value it would match everybody' : 'write values: [ … ]'
    tell(
      invalid('missing-key', keyAt(item, 'operator') ?? item, `${operator} needs at least one value`, {
        hint,
      }),
    )
  }
  if (written && !takesValues && values.length > 0) {
    const hint = `take them out, or write ${operator === 'Exists' ? 'In' : 'NotIn'}`
    tell(invalid('bad-value', keyAt(item, 'values') ?? item, `${operator} takes no values`, { hint }))
  }
  const spot = valueAt(item, 'key')
  if (spot !== undefined) checkOwnLabel(key, spot, tell)
  return { key, operator, values }
}

function checkOwnLabels(tree: Tree | undefined, tell: Tell): void {
  if (tree?.kind !== 'map') return
  for (const [label, entry] of tree.entries) checkOwnLabel(label, entry.key, tell)
}

/** A slip in `simplane/…` would match nobody for ever, or everybody with NotIn. */
function checkOwnLabel(label: string, spot: Spot, tell: Tell): void {
  if (!label.startsWith('simplane/') || OWN_LABELS.includes(label)) return
  const near = nearest(label, OWN_LABELS)
  tell(
    invalid('bad-value', spot, `no device has the label ${quoted(label)}`, {
      ...(near !== undefined && { hint: `did you mean "${near}"?` }),
      notes: [{ label: 'expected', text: OWN_LABELS.join(', ') }],
    }),
  )
}
