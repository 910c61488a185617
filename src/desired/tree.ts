import type { Place } from '../domain/desired.ts'

/** Where something stands, and how many columns of that line it takes. */
export type Spot = { readonly place: Place; readonly length: number }

/** Where a tree stands, without the tree. */
export function spotOf({ place, length }: Spot): Spot {
  return { place, length }
}

/** A document with the place of everything in it, the same for YAML and JSON. */
export type Tree = Scalar | List | Mapping

export type Scalar = Spot & {
  readonly kind: 'scalar'
  /** As the YAML core schema reads it. */
  readonly value: string | number | boolean | null
  /** What is written, without quotes; empty when nothing is (and for JSON's null). */
  readonly source: string
  /** Written without quotes. */
  readonly plain: boolean
}

type List = Spot & { readonly kind: 'list'; readonly items: readonly Tree[] }

export type Mapping = Spot & { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Entry> }

export type Entry = { readonly key: Spot; readonly value: Tree }

/** A document as read: its root, and the file it is in. */
export type Read = { readonly root: Tree; readonly file: string }

/** The value below a chain of keys; `undefined` when one of them is not written. */
export function valueAt(tree: Tree | undefined, ...keys: readonly string[]): Tree | undefined {
  let at = tree
  for (const key of keys) {
    if (at?.kind !== 'map') return undefined
    at = at.entries.get(key)?.value
  }
  return at
}

/** The spot of a written key, not of its value. */
export function keyAt(tree: Tree | undefined, key: string): Spot | undefined {
  return tree?.kind === 'map' ? tree.entries.get(key)?.key : undefined
}

/** The items of a list; none when it is absent, empty or no list (which the schema has told). */
export function itemsAt(tree: Tree | undefined, ...keys: readonly string[]): readonly Tree[] {
  const list = valueAt(tree, ...keys)
  return list?.kind === 'list' ? list.items : []
}

/** A string as written: the source of a plain scalar (`0012`, `NO`), the content of a quoted one. */
export function textOf(tree: Tree | undefined): string | undefined {
  if (tree?.kind !== 'scalar') return undefined
  if (!tree.plain) return typeof tree.value === 'string' ? tree.value : undefined
  return tree.source === '' ? undefined : tree.source
}

/** `true` or `false` without quotes. */
export function flagOf(tree: Tree | undefined): boolean | undefined {
  return tree?.kind === 'scalar' && typeof tree.value === 'boolean' ? tree.value : undefined
}

/** A whole number without quotes. */
export function wholeOf(tree: Tree | undefined): number | undefined {
  if (tree?.kind !== 'scalar' || !Number.isSafeInteger(tree.value)) return undefined
  // JSON has no -0: what is kept as JSON must be what was read.
  return Number(tree.value) + 0
}

/** A key with nothing after it, or YAML's null where no string is wanted. */
export function isNull(tree: Tree): boolean {
  return tree.kind === 'scalar' && tree.value === null
}

/** Absent, null, or a list or mapping without content: what selects nobody. */
export function isEmpty(tree: Tree | undefined): boolean {
  if (tree === undefined || isNull(tree)) return true
  if (tree.kind === 'list') return tree.items.length === 0
  return tree.kind === 'map' && tree.entries.size === 0
}
