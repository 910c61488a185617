import type { DesiredState } from '../domain/desired.ts'
import { DEFAULT_POLICY } from '../domain/desired.ts'
import type { Finding } from '../domain/finding.ts'
import type { SourceFile } from '../domain/source.ts'
import { readConfiguration } from './configuration.ts'
import type { CheckedDocument, ParsedFile } from './documents.ts'
import { parseFile } from './documents.ts'
import { documentFiles } from './files.ts'
import { readGroup } from './group.ts'
import type { Limits } from './limits.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { openLists } from './lists.ts'
import { readPolicy } from './policy.ts'
import type { Mention, Reading } from './reading.ts'
import { placeOf } from './reading.ts'
import { readRetirement } from './retirement.ts'
import { RULES } from './rules.ts'
import { sortAndCap } from './sort-and-cap.ts'
import type { Tell } from './tell.ts'
import { invalid, whereIs } from './tell.ts'

export type ParseOptions = {
  /** Globs, relative to the source path, of files that are no documents. */
  readonly ignore?: readonly string[]
  readonly limits?: Partial<Limits>
  /** Parsed files by path and blob id, kept by the caller between revisions read with the same limits. */
  readonly cache?: Map<string, ParsedFile>
}

export type Parsed = {
  /** Present exactly when no finding is an error. */
  readonly desired?: DesiredState
  /** By file, line and column. */
  readonly findings: Finding[]
  readonly documents: number
  /** Files of documents, and lists that a document names. */
  readonly files: number
}

/** Turns the files of a revision into a desired state, or into findings that say where and why not. Never throws. */
export function parseDesired(files: readonly SourceFile[], options: ParseOptions = {}): Parsed {
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits }
  const findings: Finding[] = []
  const tell = (finding: Finding) => void findings.push(finding)
  const sources = documentFiles(files, options.ignore ?? [])
  const { documents, count, whole } = readFiles(sources, limits, options.cache, findings)
  const lists = openLists(files, limits, tell)
  const mentions: Mention[] = []
  const of = (kind: CheckedDocument['kind']) => documents.filter((document) => document.kind === kind)

  /** Reads documents of a kind; what the schema alone objects to is told when nothing else was. */
  function readAll<One>(
    kind: CheckedDocument['kind'],
    read: (document: CheckedDocument, reading: Reading) => One,
  ): readonly One[] {
    return of(kind).map((document) => {
      const before = findings.length
      const one = read(document, { tell, lists, mentions })
      if (document.valid && !findings.slice(before).some(isError)) findings.push(...document.deferred)
      return one
    })
  }

  const [policy = DEFAULT_POLICY] = readAll('Policy', readPolicy)
  atMostOne(of('Policy'), tell)
  const groups = readAll('DeviceGroup', readGroup)
  const configurations = readAll('EsimConfiguration', (one, reading) =>
    readConfiguration(one, policy.mode, reading),
  )
  const retirements = readAll('Retirement', readRetirement)
  const desired: DesiredState = { configurations, groups, retirements, policy }
  for (const rule of RULES) rule({ desired, mentions, whole }, tell)

  const isValid = !findings.some(isError)
  return {
    ...(isValid && { desired }),
    findings: sortAndCap(findings, limits.findingsPerFile),
    documents: count,
    files: sources.length + lists.used.size,
  }
}

function atMostOne(policies: readonly CheckedDocument[], tell: Tell): void {
  const [first, ...others] = policies
  for (const second of others) {
    const spot = second.root.entries.get('kind')?.value ?? second.root
    const message = `there is another Policy: ${whereIs(placeOf(first?.root ?? second.root))}; one is allowed`
    tell(invalid('bad-value', spot, message, { hint: 'write all rules in one' }))
  }
}

function isError({ severity }: Finding): boolean {
  return severity === 'error'
}

type ReadFiles = {
  readonly documents: readonly CheckedDocument[]
  readonly count: number
  readonly whole: boolean
}

function readFiles(
  sources: readonly SourceFile[],
  limits: Limits,
  cache: Map<string, ParsedFile> | undefined,
  findings: Finding[],
): ReadFiles {
  const documents: CheckedDocument[] = []
  let count = 0
  let whole = true
  for (const file of sources) {
    const key = `${file.path}\n${file.blob}`
    const parsed = cache?.get(key) ?? parseFile(file, limits)
    cache?.set(key, parsed)
    count += parsed.count
    if (count > limits.documents) {
      const start = { place: { file: file.path, line: 1, column: 1 }, length: 1 }
      findings.push(
        invalid(
          'too-large',
          start,
          `there are more than ${limits.documents} documents; what follows was not read`,
        ),
      )
      return { documents, count, whole: false }
    }
    whole &&= parsed.whole
    documents.push(...parsed.documents)
    findings.push(...parsed.findings)
  }
  return { documents, count, whole }
}
