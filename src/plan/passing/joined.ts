import type { RecordKey } from '../../domain/device.ts'
import type { Instant } from '../../domain/time.ts'
import { openColumn, release, type Column } from './column.ts'
import { openFindingBook, type FindingBook } from './finding-book.ts'
import { sharedHashes } from './hash.ts'
import { sortedByKey, type KeyOrder } from './key-column.ts'
import { openPatternBook, type PatternBook } from './pattern-book.ts'
import type { Sheet } from './sheet.ts'
import { readSortKey } from './sort-key.ts'
import { ID_BYTES } from './step-id-pile.ts'

/** All sheets of a fleet as one; by index in the order of the file, where nothing else is said. See `Sheet`. */
export type Joined = Pick<Sheet, 'devices' | 'starts' | 'lengths' | 'patterns' | 'findings' | 'active'> &
  KeyOrder & {
    readonly patternBook: PatternBook
    readonly findingBook: FindingBook
    /** The ids of all steps; those of a device begin at the byte that `idStarts` tells. */
    readonly ids: Buffer
    readonly idStarts: Float64Array
    /** Indexes of devices that may share their hardware with another one, ascending. */
    readonly sharing: readonly number[]
    readonly members: ReadonlyMap<string, number>
    readonly named: ReadonlyMap<number, readonly string[]>
    readonly provisioned: boolean
    readonly observedFrom?: Instant
    readonly observedTo?: Instant
    readonly keyOf: (index: number) => RecordKey
  }

/** Takes sheets as they come, from any number of writers, and makes one of them. */
export interface SheetJoiner {
  /**
   * Uses the sheet up. Sheets of one writer must come in the order of their writing; `turn` is the place of the sheet
   * among all, from 0 without a gap, and may come in any order.
   */
  add(sheet: Sheet, writer: number, turn: number): void
  join(): Joined
}

/** A joiner that has seen no sheet. */
export function openSheetJoiner(): SheetJoiner {
  const draft = emptyDraft()
  const numbers = new Map<number, { readonly patterns: number[]; readonly lists: number[] }>()
  const early = new Map<number, Sheet>()
  let next = 0
  return {
    add(sheet, writer, turn) {
      const known = numbers.get(writer) ?? { patterns: [0], lists: [0] }
      numbers.set(writer, known)
      for (const pattern of sheet.newPatterns) known.patterns.push(draft.patternBook.numberOf(pattern) + 1)
      for (const kinds of sheet.newLists) known.lists.push(draft.findingBook.listOfKinds(kinds))
      translate(sheet.patterns, known.patterns)
      translate(sheet.findings, known.lists)
      early.set(turn, sheet)
      for (let due = early.get(next); due !== undefined; due = early.get(next)) {
        early.delete(next)
        append(draft, due)
        next += 1
      }
    },
    join: () => joinedOf(draft),
  }
}

function translate(column: Uint32Array, numbers: readonly number[]): void {
  for (let at = 0; at < column.length; at += 1) column[at] = numbers[column[at] ?? 0] ?? 0
}

function doubles(): Column<Float64Array<ArrayBuffer>> {
  return openColumn((length) => new Float64Array(length))
}

function integers(): Column<Uint32Array<ArrayBuffer>> {
  return openColumn((length) => new Uint32Array(length))
}

function octets(): Column<Uint8Array<ArrayBuffer>> {
  return openColumn((length) => new Uint8Array(length))
}

function emptyDraft() {
  return {
    patternBook: openPatternBook(),
    findingBook: openFindingBook(),
    starts: doubles(),
    lengths: integers(),
    keys: octets(),
    keyEnds: doubles(),
    patterns: integers(),
    ids: octets(),
    findings: integers(),
    serials: doubles(),
    eids: doubles(),
    active: octets(),
    members: new Map<string, number>(),
    named: new Map<number, readonly string[]>(),
    provisioned: false,
    observedFrom: Infinity,
    observedTo: -Infinity,
  }
}

type Draft = ReturnType<typeof emptyDraft>

function append(draft: Draft, sheet: Sheet): void {
  const [base, keyBase] = [draft.starts.length, draft.keys.length]
  for (const [group, many] of sheet.members) draft.members.set(group, (draft.members.get(group) ?? 0) + many)
  for (const [index, names] of sheet.named) draft.named.set(base + index, names)
  draft.keyEnds.append(Float64Array.from(sheet.keyEnds, (end) => keyBase + end))
  draft.starts.append(sheet.starts)
  draft.lengths.append(sheet.lengths)
  draft.keys.append(sheet.keys)
  draft.patterns.append(sheet.patterns)
  draft.ids.append(sheet.ids)
  draft.findings.append(sheet.findings)
  draft.serials.append(sheet.serials)
  draft.eids.append(sheet.eids)
  draft.active.append(sheet.active)
  draft.provisioned ||= sheet.provisioned
  draft.observedFrom = Math.min(draft.observedFrom, sheet.observedFrom ?? Infinity)
  draft.observedTo = Math.max(draft.observedTo, sheet.observedTo ?? -Infinity)
}

function joinedOf(draft: Draft): Joined {
  const { patternBook, findingBook, members, named, provisioned, observedFrom, observedTo } = draft
  const keys = { bytes: draft.keys.whole(), ends: draft.keyEnds.whole() }
  const identities = [draft.serials.whole(), draft.eids.whole()]
  const sharing = sharedHashes(identities)
  for (const column of identities) release(column)
  const patterns = draft.patterns.whole()
  const ids = draft.ids.whole()
  return {
    devices: draft.starts.length,
    starts: draft.starts.whole(),
    lengths: draft.lengths.whole(),
    patterns,
    findings: draft.findings.whole(),
    active: draft.active.whole(),
    patternBook,
    findingBook,
    ids: Buffer.from(ids.buffer, ids.byteOffset, ids.length),
    idStarts: idStartsOf(patterns, patternBook),
    ...sortedByKey(keys),
    sharing,
    members,
    named,
    provisioned,
    ...(observedFrom > observedTo ? {} : { observedFrom, observedTo }),
    keyOf: (index) => readSortKey(keys.bytes, keys.ends[index - 1] ?? 0, keys.ends[index] ?? 0),
  }
}

function idStartsOf(patterns: Uint32Array, book: PatternBook): Float64Array {
  const bytes = [0, ...book.patterns.map(({ steps }) => steps.length * ID_BYTES)]
  const starts = new Float64Array(patterns.length)
  let at = 0
  for (let index = 0; index < starts.length; index += 1) {
    starts[index] = at
    at += bytes[patterns[index] ?? 0] ?? 0
  }
  return starts
}
