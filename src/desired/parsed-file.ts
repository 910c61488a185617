import type { DeviceGroup, DeviceReference, Policy, Retirement } from '../domain/desired.ts'
import type { Finding } from '../domain/finding.ts'
import type { WrittenConfiguration } from './configuration.ts'
import { readConfiguration } from './configuration.ts'
import type { NamedBytes } from './decode.ts'
import type { CheckedDocument } from './documents.ts'
import { checkFile } from './documents.ts'
import { readGroup } from './group.ts'
import type { Kind } from './kinds.ts'
import type { Limits } from './limits.ts'
import { readPolicy } from './policy.ts'
import type { ListRequest, Mention, Reading } from './reading.ts'
import { readRetirement } from './retirement.ts'
import type { Spot } from './tree.ts'
import { spotOf, valueAt } from './tree.ts'

/**
 * All that one file says by itself, as plain JSON. It depends on the bytes, the limits and the format alone: its path
 * is only in its places, so that a file that moves is not read again.
 */
export type ParsedFile = {
  readonly path: string
  readonly documents: readonly ParsedDocument[]
  readonly findings: readonly Finding[]
  /** Documents begun, those that could not be read included. */
  readonly count: number
  /** Every document could be read as far as its name. */
  readonly whole: boolean
}

/** What the documents of each kind come to. */
type Bodies = {
  readonly EsimConfiguration: WrittenConfiguration
  readonly DeviceGroup: DeviceGroup
  readonly Retirement: Retirement
  readonly Policy: Policy
}

/** What a document of one kind comes to. */
export type BodyOf<K extends Kind> = { readonly kind: K; readonly body: Bodies[K] }
type Body = { readonly [K in Kind]: BodyOf<K> }[Kind]

/** One document, and what reading it told and asked for. */
export type ParsedDocument = Body & {
  /** Of a Policy: there may be one only. */
  readonly kindAt?: Spot
  /** It fits its schema; `deferred` is then told when nothing else was told of it. */
  readonly valid: boolean
  readonly findings: readonly Finding[]
  readonly deferred: readonly Finding[]
  readonly mentions: readonly Mention[]
  /** In the body a list stands as one `ListMark`. */
  readonly lists: readonly AskedList[]
}

/** `after`: how many findings of the document come before those of the list. */
export type AskedList = ListRequest & { readonly after: number }

/** Stands among devices for those of the `list`-th list that its document asked for. */
export type ListMark = DeviceReference & { readonly list: number }

/** A device reference never has these keys, whatever a person writes. */
export function isListMark(reference: DeviceReference): reference is ListMark {
  return 'list' in reference
}

/** Parses one file. Never throws. */
export function parseFile(file: NamedBytes, limits: Limits): ParsedFile {
  const { documents, findings, count, whole } = checkFile(file, limits)
  return { path: file.path, documents: documents.map(readDocument), findings, count, whole }
}

function readDocument(checked: CheckedDocument): ParsedDocument {
  const findings: Finding[] = []
  const mentions: Mention[] = []
  const lists: AskedList[] = []
  const body = readBody(checked, {
    tell: (finding) => void findings.push(finding),
    mentions,
    list(request) {
      lists.push({ ...request, after: findings.length })
      const mark: ListMark = { text: '', place: request.at.place, list: lists.length - 1 }
      return mark
    },
  })
  const { kind, root, valid, deferred } = checked
  const at = kind === 'Policy' ? { kindAt: spotOf(valueAt(root, 'kind') ?? root) } : {}
  return { ...body, ...at, valid, findings, deferred, mentions, lists }
}

function readBody(checked: CheckedDocument, reading: Reading): Body {
  const { kind } = checked
  switch (kind) {
    case 'EsimConfiguration':
      return { kind, body: readConfiguration(checked, reading) }
    case 'DeviceGroup':
      return { kind, body: readGroup(checked, reading) }
    case 'Retirement':
      return { kind, body: readRetirement(checked, reading) }
    case 'Policy':
      return { kind, body: readPolicy(checked, reading) }
  }
}
