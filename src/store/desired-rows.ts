import type { DesiredState } from '../domain/desired.ts'
import { SimplaneError } from '../domain/error.ts'
import { isSame } from '../domain/same.ts'

/** A document that is in force, as it is kept: by a number of its own. */
export type DocumentRow = { readonly doc: number; readonly body: string }

/** The desired state of one revision, and under which number each of its documents is kept. */
export type Filed = {
  readonly seq: number
  readonly desired: DesiredState
  readonly numbers: ReadonlyMap<object, number>
}

/** What is to be written so that another desired state is kept. */
export type Filing = {
  /** Stands with the revision: its policy, and the numbers of its documents in their order. */
  readonly index: string
  readonly fresh: readonly DocumentRow[]
  /** Numbers that no document has any more. */
  readonly gone: readonly number[]
  readonly filed: (seq: number) => Filed
}

type Kind = 'configurations' | 'groups' | 'retirements'
type Index = Pick<DesiredState, 'policy'> & Readonly<Record<Kind, readonly number[]>>

const NOTHING: Omit<Filed, 'seq'> = {
  desired: { configurations: [], groups: [], retirements: [], policy: {} as DesiredState['policy'] },
  numbers: new Map(),
}

/** Files the documents of a desired state beside those that are kept: what is the same keeps its number. */
export function fileDesired(desired: DesiredState, before: Omit<Filed, 'seq'> = NOTHING): Filing {
  let last = 0
  for (const doc of before.numbers.values()) last = Math.max(last, doc)
  const numbers = new Map<object, number>()
  const fresh: DocumentRow[] = []

  function numberAll(kind: Kind): readonly number[] {
    const known = new Map(before.desired[kind].map((each) => [each.name, each]))
    return desired[kind].map((each) => {
      const was = known.get(each.name)
      const kept = was !== undefined && isSame(was, each) ? before.numbers.get(was) : undefined
      const doc = kept ?? (last += 1)
      if (kept === undefined) fresh.push({ doc, body: JSON.stringify(each) })
      numbers.set(each, doc)
      return doc
    })
  }

  const index: Index = {
    policy: desired.policy,
    configurations: numberAll('configurations'),
    groups: numberAll('groups'),
    retirements: numberAll('retirements'),
  }
  const used = new Set(numbers.values())
  return {
    index: JSON.stringify(index),
    fresh,
    gone: [...before.numbers.values()].filter((doc) => !used.has(doc)),
    filed: (seq) => ({ seq, desired, numbers }),
  }
}

/** The desired state as it was filed. */
export function filedFrom(
  seq: number,
  index: string | null | undefined,
  rows: readonly DocumentRow[],
): Filed {
  if (typeof index !== 'string') throw incomplete(seq)
  const { policy, ...kinds } = JSON.parse(index) as Index
  // One text is parsed in half the time of thousands.
  const bodies = JSON.parse(`[${rows.map(({ body }) => body).join(',')}]`) as readonly object[]
  const byNumber = new Map(rows.map(({ doc }, at) => [doc, bodies[at]]))
  const numbers = new Map<object, number>()

  function all<K extends Kind>(kind: K): DesiredState[K] {
    const documents = kinds[kind].map((doc) => {
      const document = byNumber.get(doc)
      if (document === undefined) throw incomplete(seq)
      numbers.set(document, doc)
      return document
    })
    return documents as unknown as DesiredState[K]
  }

  const desired = {
    configurations: all('configurations'),
    groups: all('groups'),
    retirements: all('retirements'),
    policy,
  }
  return { seq, desired, numbers }
}

function incomplete(seq: number): SimplaneError {
  return new SimplaneError('internal', `The revision in force (${seq}) is short of its documents.`)
}
