import type { Place } from '../domain/desired.ts'
import type { Finding, FindingCode, Severity } from '../domain/finding.ts'
import { sortedUnique } from '../domain/text.ts'
import { fingerprints, placedFindings, plainLines } from './finding-places.ts'
import type { Identities } from './findings-markdown.ts'
import { CODE_PAGES } from './pages/codes.ts'

/** `version`: of simplane; `prefix`: the source path with its slash. */
export type SarifOptions = Identities & { readonly version: string; readonly prefix: string }

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
/** GitHub takes 25,000 results of a run and keeps the worst 5,000 (docs.github.com, "SARIF support for code scanning"). */
const MOST = 5_000
const LEVEL: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' }

/**
 * Findings on lines as SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0); JSON.stringify may follow at once. A
 * finding without a place has no part in it: GitHub refuses a file with a result that has no location.
 */
export function sarif(findings: readonly Finding[], options: SarifOptions) {
  const placed = placedFindings(findings).slice(0, MOST)
  const codes = sortedUnique(placed.map(({ code }) => code))
  const prints = fingerprints(placed)
  const results = placed.map((finding, index) => ({
    ruleId: finding.code,
    ruleIndex: codes.indexOf(finding.code),
    level: LEVEL[finding.severity],
    message: { text: literal(plainLines(finding, options).join('\n')) },
    locations: [sarifLocation(finding.place, options.prefix, finding.length)],
    partialFingerprints: { primaryLocationLineHash: prints[index] ?? '' },
  }))
  return sarifLog(options.version, codes.map(rule), results)
}

/** One run of simplane as a log of SARIF. */
export function sarifLog<Rule, Result>(version: string, rules: readonly Rule[], results: readonly Result[]) {
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'simplane', version, rules } }, columnKind: 'utf16CodeUnits', results }],
  }
}

function rule(code: FindingCode) {
  const { title, means, why, todo } = CODE_PAGES[code]
  return {
    id: code,
    shortDescription: { text: title },
    fullDescription: { text: means },
    help: { text: `${means}\n\nWhy: ${why}\n\nWhat to do: ${todo}` },
    properties: { tags: ['esim'] },
  }
}

/** A place of the desired state; `prefix`: the source path with its slash. */
export function sarifLocation({ file, line, column }: Place, prefix: string, length = 1) {
  return {
    physicalLocation: {
      artifactLocation: { uri: (prefix + file).split('/').map(encodeSegment).join('/') },
      region: {
        startLine: line,
        startColumn: column,
        endLine: line,
        endColumn: column + Math.max(1, length),
      },
    },
  }
}

// encodeURIComponent throws on half a character.
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment.toWellFormed())
}

/**
 * A text that holds no link and no placeholder, whatever is in it: a link is `[text](target)`, a brace is doubled
 * (SARIF 2.1.0, sections 3.11.5 and 3.11.6).
 */
export function literal(text: string): string {
  return text.replaceAll('](', '] (').replaceAll('{', '{{').replaceAll('}', '}}')
}
