import type { DeviceReference, Place } from '../domain/desired.ts'
import { checkText } from './characters.ts'
import type { Tell } from './tell.ts'
import { invalid, quoted } from './tell.ts'
import type { Read, Spot, Tree } from './tree.ts'
import { textOf, valueAt } from './tree.ts'

/** A group named by a document; whether it exists is judged when all documents are read. */
export type Mention = { readonly group: string; readonly spot: Spot }

/** A list of devices that a document names: `at` is where its path is written. */
export type ListRequest = {
  readonly path: string
  readonly at: Spot
  readonly column?: { readonly title: string; readonly at: Spot }
}

/** What reading one document needs and gathers. */
export type Reading = {
  readonly tell: Tell
  /** Notes a list and gives what stands for its devices until it is read. */
  readonly list: (request: ListRequest) => DeviceReference
  readonly mentions: Mention[]
}

/** What every kind has beside its spec. */
export type Named = {
  readonly name: string
  readonly description?: string
  readonly labels: Readonly<Record<string, string>>
  readonly place: Place
  readonly places: Readonly<Record<string, Place>>
}

/** The name, or its place, of a document; absent when it is not written. */
function nameOf(read: Read): { readonly name: string; readonly spot: Spot } | undefined {
  const tree = valueAt(read.root, 'metadata', 'name')
  const name = textOf(tree)
  return tree === undefined || name === undefined ? undefined : { name, spot: tree }
}

/** Reads `metadata` and notes where every key stands. */
export function readNamed(read: Read, tell: Tell): Named {
  const named = nameOf(read)
  if (named !== undefined) checkName(named.name, named.spot, tell)
  const description = textOf(valueAt(read.root, 'metadata', 'description'))
  return {
    name: named?.name ?? '',
    ...(description !== undefined && { description }),
    labels: readTexts(valueAt(read.root, 'metadata', 'labels')),
    place: placeOf(read.root),
    places: placesOf(read.root),
  }
}

/** A mapping of texts, as a record whose keys are its own, whatever they are called. */
export function readTexts(tree: Tree | undefined): Readonly<Record<string, string>> {
  if (tree?.kind !== 'map') return {}
  return Object.fromEntries([...tree.entries].map(([key, entry]) => [key, textOf(entry.value) ?? '']))
}

/** Where a document begins: at its first key. */
export function placeOf(root: Tree): Place {
  const first = root.kind === 'map' ? root.entries.values().next().value : undefined
  return first?.key.place ?? root.place
}

function checkName(name: string, spot: Spot, tell: Tell): void {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) return
  if (!checkText(name, spot, false, () => {})) return
  const proposal = name
    .slice(0, 200)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '')
  tell(
    invalid('bad-value', spot, `${quoted(name)} cannot be a name`, {
      notes: [
        {
          label: 'expected',
          text: 'lower-case letters, digits and hyphens, at most 63, a letter or digit at both ends',
        },
        ...(proposal === '' ? [] : [{ label: 'write', text: `name: ${proposal}` }]),
      ],
    }),
  )
}

function placesOf(root: Tree): Readonly<Record<string, Place>> {
  const places: Record<string, Place> = {}
  visit(root, '')
  return places

  function visit(tree: Tree, before: string): void {
    if (tree.kind === 'list') {
      for (const [at, item] of tree.items.entries()) note(`${before}${at}`, item.place, item)
    } else if (tree.kind === 'map') {
      // The readers of text let no key through that would mean something to the record: `__proto__`.
      for (const [key, entry] of tree.entries) note(`${before}${key}`, entry.key.place, entry.value)
    }
  }

  function note(path: string, place: Place, value: Tree): void {
    places[path] = place
    if (value.kind !== 'scalar') visit(value, `${path}.`)
  }
}
