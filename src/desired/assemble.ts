import type {
  DesiredState,
  DeviceReference,
  EsimConfiguration,
  Policy,
  Selection,
} from '../domain/desired.ts'
import { DEFAULT_POLICY } from '../domain/desired.ts'
import type { Finding } from '../domain/finding.ts'
import type { ListedFile } from '../domain/source.ts'
import type { WrittenConfiguration } from './configuration.ts'
import type { Kind } from './kinds.ts'
import type { Limits } from './limits.ts'
import type { KnownLists, ListFiles } from './lists.ts'
import { openLists } from './lists.ts'
import type { BodyOf, ParsedDocument, ParsedFile } from './parsed-file.ts'
import { isListMark } from './parsed-file.ts'
import type { Mention } from './reading.ts'
import { RULES } from './rules.ts'
import { sortAndCap } from './sort-and-cap.ts'
import type { Tell } from './tell.ts'
import { invalid, whereIs } from './tell.ts'

/** What the files of a revision come to. */
export type Parsed = {
  /** Present exactly when no finding is an error. */
  readonly desired?: DesiredState
  /** By file, line and column. */
  readonly findings: Finding[]
  readonly documents: number
  /** Files of documents, and lists that a document names. */
  readonly files: number
}

/** The files of documents of one revision, the same parsed as far as the limit allows, and what lists are read from. */
export type ParsedRevision = {
  readonly sources: readonly ListedFile[]
  /** In their order. */
  readonly parsed: readonly ParsedFile[]
  readonly lists: ListFiles
}

type OfKind<K extends Kind> = ParsedDocument & BodyOf<K>

/** Gives each list mark its devices. */
type Fill = (devices: readonly DeviceReference[]) => readonly DeviceReference[]

/** Makes one desired state of parsed files, by the rules that take more than one file to judge. Never throws. */
export function assemble(
  { sources, parsed, lists: listFiles }: ParsedRevision,
  limits: Limits,
): Parsed & { readonly lists: KnownLists } {
  const findings: Finding[] = []
  const tell = (finding: Finding) => void findings.push(finding)
  const { documents, count, whole } = gather(parsed, limits, findings)
  const lists = openLists(listFiles, limits, tell)
  const mentions: Mention[] = []

  /** Tells of one document in the order of its reading; what the schema alone objects to, when nothing else was told. */
  function fill(document: ParsedDocument): Fill | undefined {
    for (const mention of document.mentions) mentions.push(mention)
    const before = findings.length
    let told = 0
    const found = document.lists.map((request) => {
      findings.push(...document.findings.slice(told, request.after))
      told = request.after
      return lists.read(request)
    })
    findings.push(...document.findings.slice(told))
    if (document.valid && !findings.slice(before).some(isError)) findings.push(...document.deferred)
    if (found.length === 0) return undefined
    return (devices) => devices.flatMap((one) => (isListMark(one) ? (found[one.list] ?? []) : [one]))
  }

  /** `filled` where a document names lists; without, it is taken as it is, for most of a revision is as it was before. */
  function readAll<K extends Kind>(
    kind: K,
    filled: (body: BodyOf<K>['body'], fill: Fill) => BodyOf<K>['body'],
  ): readonly BodyOf<K>['body'][] {
    return ofKind(documents, kind).map((document) => {
      const named = fill(document)
      return named === undefined ? document.body : filled(document.body, named)
    })
  }

  const [policy = DEFAULT_POLICY] = readAll('Policy', (one) => one)
  atMostOne(ofKind(documents, 'Policy'), tell)
  const groups = readAll('DeviceGroup', (one, filled) => ({
    ...one,
    devices: filled(one.devices),
    except: { devices: filled(one.except.devices) },
  }))
  const written = readAll('EsimConfiguration', (one, filled) => ({
    ...one,
    distribution: filledSelections(one.distribution, filled),
    redownloads: one.redownloads.map((again) => filledSelections(again, filled)),
  }))
  const configurations = written.map((one) => withMode(one, policy.mode))
  const retirements = readAll('Retirement', (one, filled) => ({
    ...one,
    select: filledSelection(one.select, filled),
  }))
  const desired: DesiredState = { configurations, groups, retirements, policy }
  for (const rule of RULES) rule({ desired, mentions, whole }, tell)

  const isValid = !findings.some(isError)
  return {
    ...(isValid && { desired }),
    findings: sortAndCap(findings, limits.findingsPerFile),
    documents: count,
    files: sources.length + lists.used.size,
    lists: lists.sound,
  }
}

/** As it was given last: whoever compares revisions knows what stayed by its being the very same. */
const GIVEN = new WeakMap<WrittenConfiguration, EsimConfiguration>()

function withMode(one: WrittenConfiguration, fallback: Policy['mode']): EsimConfiguration {
  const mode = one.mode ?? fallback
  const given = GIVEN.get(one)
  if (given?.mode === mode) return given
  const filled = { ...one, mode }
  GIVEN.set(one, filled)
  return filled
}

function filledSelections<Both extends { readonly select: Selection; readonly except: Selection }>(
  both: Both,
  filled: Fill,
): Both {
  return {
    ...both,
    select: filledSelection(both.select, filled),
    except: filledSelection(both.except, filled),
  }
}

function filledSelection(selection: Selection, filled: Fill): Selection {
  return { ...selection, devices: filled(selection.devices) }
}

function ofKind<K extends Kind>(documents: readonly ParsedDocument[], kind: K): readonly OfKind<K>[] {
  return documents.filter((document): document is OfKind<K> => document.kind === kind)
}

function atMostOne(policies: readonly OfKind<'Policy'>[], tell: Tell): void {
  const [first, ...others] = policies
  for (const { kindAt } of others) {
    if (first?.body.place === undefined || kindAt === undefined) continue
    const message = `there is another Policy: ${whereIs(first.body.place)}; one is allowed`
    tell(invalid('bad-value', kindAt, message, { hint: 'write all rules in one' }))
  }
}

function isError({ severity }: Finding): boolean {
  return severity === 'error'
}

type Gathered = {
  readonly documents: readonly ParsedDocument[]
  readonly count: number
  readonly whole: boolean
}

function gather(parsed: readonly ParsedFile[], limits: Limits, findings: Finding[]): Gathered {
  const documents: ParsedDocument[] = []
  let count = 0
  let whole = true
  for (const file of parsed) {
    count += file.count
    if (count > limits.documents) {
      const start = { place: { file: file.path, line: 1, column: 1 }, length: 1 }
      const message = `there are more than ${limits.documents} documents; what follows was not read`
      findings.push(invalid('too-large', start, message))
      return { documents, count, whole: false }
    }
    whole &&= file.whole
    for (const document of file.documents) documents.push(document)
    for (const finding of file.findings) findings.push(finding)
  }
  return { documents, count, whole }
}
