import type { DeviceRecord } from '../../domain/device.ts'
import type { DevicePlan } from '../../domain/plan.ts'
import { openFindingBook } from './finding-book.ts'
import { openPatternBook } from './pattern-book.ts'
import { hashOf } from './hash.ts'
import type { Sheet } from './sheet.ts'
import { longestSortKey, writeSortKey } from './sort-key.ts'
import { ID_BYTES, writeStepId } from './step-id-pile.ts'

/** What was found of one device in passing. */
export type Passed = {
  readonly record: DeviceRecord
  /** What identifies its hardware; absent: nothing does. */
  readonly serial: string | undefined
  readonly eid: string | undefined
  readonly plan: DevicePlan
  readonly groups: readonly string[]
  readonly named: readonly string[]
  readonly start: number
  readonly length: number
}

/** Writes sheets; pattern and list numbers go on from sheet to sheet. */
export interface SheetWriter {
  add(passed: Passed): void
  /** The sheet of all that was added since the last one. */
  take(): Sheet
}

/** A writer with empty books. */
export function openSheetWriter(): SheetWriter {
  const [patternBook, findingBook] = [openPatternBook(), openFindingBook()]
  let draft = emptyDraft()
  let [patternsTold, listsTold] = [0, 1]
  return {
    add({ record, serial, eid, plan, groups, named, start, length }) {
      draft.starts.push(start)
      draft.lengths.push(length)
      addKey(draft, record.key)
      draft.findings.push(findingBook.listOf(plan.findings))
      draft.patterns.push(plan.steps.length === 0 ? 0 : patternBook.numberOf(plan) + 1)
      for (const { id } of plan.steps) addId(draft, id)
      draft.serials.push(hashOf(serial))
      draft.eids.push(hashOf(eid))
      draft.active.push(record.registration === 'active' ? 1 : 0)
      for (const group of groups) draft.members.set(group, (draft.members.get(group) ?? 0) + 1)
      if (named.length > 0) draft.named.set(draft.starts.length - 1, named)
      draft.provisioned ||= isProvisioned(record)
      const { lastSeenAt } = record
      if (lastSeenAt === undefined) return
      draft.observedFrom = Math.min(draft.observedFrom, lastSeenAt)
      draft.observedTo = Math.max(draft.observedTo, lastSeenAt)
    },
    take() {
      const newPatterns = patternBook.patterns.slice(patternsTold)
      const newLists = findingBook.lists
        .slice(listsTold)
        .map((list) => list.map((kind) => findingBook.kinds[kind] ?? ''))
      const sheet = { ...sheetOf(draft), newPatterns, newLists }
      patternsTold = patternBook.patterns.length
      listsTold = findingBook.lists.length
      draft = emptyDraft()
      return sheet
    },
  }
}

/** Shows the record that an earlier revision had a configuration? */
export function isProvisioned(record: DeviceRecord): boolean {
  if (record.installed !== 'unknown' && record.installed.some((entry) => entry.managed)) return true
  return record.esims !== 'unknown' && record.esims.some((esim) => esim.source !== undefined)
}

function emptyDraft() {
  return {
    starts: [] as number[],
    lengths: [] as number[],
    keys: Buffer.allocUnsafe(1 << 16),
    keyEnds: [] as number[],
    patterns: [] as number[],
    ids: Buffer.allocUnsafe(1 << 12),
    idsEnd: 0,
    findings: [] as number[],
    serials: [] as number[],
    eids: [] as number[],
    active: [] as number[],
    members: new Map<string, number>(),
    named: new Map<number, readonly string[]>(),
    provisioned: false,
    observedFrom: Infinity,
    observedTo: -Infinity,
  }
}

type Draft = ReturnType<typeof emptyDraft>

function addKey(draft: Draft, key: string): void {
  const start = draft.keyEnds.at(-1) ?? 0
  draft.keys = roomFor(draft.keys, start + longestSortKey(key))
  draft.keyEnds.push(writeSortKey(draft.keys, start, key))
}

function addId(draft: Draft, id: string): void {
  draft.ids = roomFor(draft.ids, draft.idsEnd + ID_BYTES)
  writeStepId(draft.ids, draft.idsEnd, id)
  draft.idsEnd += ID_BYTES
}

function roomFor(bytes: Buffer<ArrayBuffer>, length: number): Buffer<ArrayBuffer> {
  if (length <= bytes.length) return bytes
  const wider = Buffer.allocUnsafe(Math.max(length, 2 * bytes.length))
  bytes.copy(wider)
  return wider
}

function sheetOf(draft: Draft): Omit<Sheet, 'newPatterns' | 'newLists'> {
  const { observedFrom, observedTo } = draft
  return {
    devices: draft.starts.length,
    starts: Float64Array.from(draft.starts),
    lengths: Uint32Array.from(draft.lengths),
    keys: Uint8Array.from(draft.keys.subarray(0, draft.keyEnds.at(-1) ?? 0)),
    keyEnds: Uint32Array.from(draft.keyEnds),
    patterns: Uint32Array.from(draft.patterns),
    ids: Uint8Array.from(draft.ids.subarray(0, draft.idsEnd)),
    findings: Uint32Array.from(draft.findings),
    serials: Float64Array.from(draft.serials),
    eids: Float64Array.from(draft.eids),
    active: Uint8Array.from(draft.active),
    members: draft.members,
    named: draft.named,
    provisioned: draft.provisioned,
    ...(observedFrom > observedTo ? {} : { observedFrom, observedTo }),
  }
}
