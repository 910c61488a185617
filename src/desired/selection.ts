import type { DeviceReference, Selection } from '../domain/desired.ts'
import { readReference } from './device-reference.ts'
import type { Reading } from './reading.ts'
import type { Tree } from './tree.ts'
import { isEmpty, itemsAt, spotOf, textOf, valueAt } from './tree.ts'

/** Nobody. */
export const NOBODY: Selection = { groups: [], devices: [] }

const SELECTING_KEYS = ['groups', 'devices', 'devicesFrom'] as const

/** `groups`, `devices` and `devicesFrom` of one mapping: a union, in the order written. */
export function readSelection(tree: Tree | undefined, reading: Reading): Selection {
  if (tree?.kind !== 'map') return NOBODY
  return { groups: readGroupNames(valueAt(tree, 'groups'), reading), devices: readDevices(tree, reading) }
}

/** The selecting keys of a mapping under which something is written. */
export function selectingKeys(tree: Tree | undefined): readonly string[] {
  return SELECTING_KEYS.filter((key) => !isEmpty(valueAt(tree, key)))
}

/** Names of groups; whether they exist is judged later. */
export function readGroupNames(tree: Tree | undefined, reading: Reading): readonly string[] {
  return itemsAt(tree).flatMap((item) => {
    const group = textOf(item)
    if (group === undefined) return []
    reading.mentions.push({ group, spot: spotOf(item) })
    return [group]
  })
}

/** `devices`, then the lists of `devicesFrom`, each as one reference that stands for its devices. */
export function readDevices(tree: Tree | undefined, reading: Reading): readonly DeviceReference[] {
  const named = itemsAt(tree, 'devices').flatMap((item) => {
    const text = textOf(item)
    return text === undefined ? [] : (readReference(text, item, reading.tell) ?? [])
  })
  return [...named, ...itemsAt(tree, 'devicesFrom').flatMap((item) => readListItem(item, reading))]
}

function readListItem(item: Tree, reading: Reading): readonly DeviceReference[] {
  const file = item.kind === 'map' ? valueAt(item, 'file') : item
  const path = textOf(file)
  if (file === undefined || path === undefined) return []
  const column = valueAt(item, 'column')
  const title = textOf(column)
  const named = column === undefined || title === undefined ? {} : { column: { title, at: spotOf(column) } }
  return [reading.list({ path, at: spotOf(file), ...named })]
}
