import type { DesiredState, Place } from '../domain/desired.ts'
import { SimplaneError } from '../domain/error.ts'
import { isSame } from '../domain/same.ts'

/** A document that is in force, as it is kept: by a number of its own. */
export type DocumentRow = { readonly doc: number; readonly body: string }

type Kind = 'configurations' | 'groups' | 'retirements'
type Document = DesiredState[Kind][number]
type Numbers = Readonly<Record<Kind, readonly number[]>>

/** The desired state of one revision, and under which numbers its documents are kept, in their order. */
export type Filed = { readonly seq: number; readonly desired: DesiredState; readonly numbers: Numbers }

/** What is to be written so that another desired state is kept. */
export type Filing = {
  /** Stands with the revision: its policy, and the numbers of its documents. */
  readonly index: string
  readonly fresh: readonly DocumentRow[]
  /** Numbers that no document has any more. */
  readonly gone: readonly number[]
  readonly filed: (seq: number) => Filed
}

/** Places are most of a text: of all that lie in the file of their document, line and column are kept as one number. */
const COLUMNS = 2 ** 21

/** Files the documents of a desired state beside those that are kept: what is the same keeps its number. */
export function fileDesired(desired: DesiredState, before: Filed | undefined): Filing {
  let last = 0
  for (const all of Object.values(before?.numbers ?? {})) for (const doc of all) last = Math.max(last, doc)
  const fresh: DocumentRow[] = []
  const gone: number[] = []

  function numbersOf(kind: Kind): readonly number[] {
    const [known, kept] = [before?.desired[kind] ?? [], before?.numbers[kind] ?? []]
    const find = finderOf(known, desired[kind])
    const stays = new Set<number>()
    const numbers = desired[kind].map((each, at) => {
      const index = find(each, at)
      const [was, doc] = [known[index], kept[index]]
      if (was !== undefined && doc !== undefined && isSame(was, each)) {
        stays.add(doc)
        return doc
      }
      last += 1
      fresh.push({ doc: last, body: bodyOf(each) })
      return last
    })
    if (stays.size < kept.length) gone.push(...kept.filter((doc) => !stays.has(doc)))
    return numbers
  }

  const numbers = {
    configurations: numbersOf('configurations'),
    groups: numbersOf('groups'),
    retirements: numbersOf('retirements'),
  }
  const index = JSON.stringify({ policy: desired.policy, ...numbers })
  return { index, fresh, gone, filed: (seq) => ({ seq, desired, numbers }) }
}

/** The desired state as it was filed. */
export function filedFrom(
  seq: number,
  index: string | null | undefined,
  rows: readonly DocumentRow[],
): Filed {
  if (typeof index !== 'string') throw incomplete(seq)
  const { policy, ...numbers } = JSON.parse(index) as Numbers & Pick<DesiredState, 'policy'>
  // One text is parsed in half the time of thousands.
  const documents = JSON.parse(`[${rows.map(({ body }) => body).join(',')}]`) as Document[]
  const byNumber = new Map(rows.map(({ doc }, at) => [doc, documents[at]]))

  function all<K extends Kind>(kind: K): DesiredState[K] {
    const found = numbers[kind].map((doc) => {
      const document = byNumber.get(doc)
      if (document === undefined) throw incomplete(seq)
      return placed(document)
    })
    return found as unknown as DesiredState[K]
  }

  const desired = {
    configurations: all('configurations'),
    groups: all('groups'),
    retirements: all('retirements'),
    policy,
  }
  return { seq, desired, numbers }
}

/** Where a document stood before, of which there is another one now; nearly always where it stands. */
function finderOf(
  before: readonly Document[],
  after: readonly Document[],
): (document: Document, at: number) => number {
  if (before.length === after.length && before.every(({ name }, at) => after[at]?.name === name))
    return (_, at) => at
  const byName = new Map(before.map(({ name }, at) => [name, at]))
  return ({ name }) => byName.get(name) ?? -1
}

function bodyOf(document: Document): string {
  const { file } = document.place
  // No prototype, so that a key may be called what it likes.
  const places = { __proto__: null } as unknown as Record<string, Place | number>
  for (const [key, place] of Object.entries(document.places))
    places[key] = place.file === file ? place.line * COLUMNS + place.column : place
  return JSON.stringify({ ...document, places })
}

/** As `bodyOf` took it; nobody else has it yet. */
function placed(document: Document): Document {
  const { file } = document.place
  const places = document.places as Record<string, Place | number>
  for (const key in places) {
    const at = places[key]
    if (typeof at === 'number') places[key] = { file, line: Math.floor(at / COLUMNS), column: at % COLUMNS }
  }
  return document
}

function incomplete(seq: number): SimplaneError {
  return new SimplaneError('internal', `The revision in force (${seq}) is short of its documents.`)
}
