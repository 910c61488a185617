import { createHash } from 'node:crypto'
import type { Place } from '../domain/desired.ts'
import type { Finding } from '../domain/finding.ts'
import type { Identities } from './findings-markdown.ts'
import { CODE_PAGES } from './pages/codes.ts'
import { SEVERITIES } from './severity.ts'
import { brief } from './visible.ts'

const LONGEST = 2_000

/** A finding on a line of a file. */
export type PlacedFinding = Finding & { readonly place: Place }

/** Findings that stand on a line of a file, the worst first: only these can be shown there. */
export function placedFindings(findings: readonly Finding[]): readonly PlacedFinding[] {
  const placed = findings.filter((finding): finding is PlacedFinding => finding.place !== undefined)
  return SEVERITIES.flatMap((severity) => placed.filter((finding) => finding.severity === severity))
}

/**
 * What a finding says, line by line, in plain text. What its own line quotes may be shown beside that line; what is
 * known of the fleet only where `identities` lets it out.
 */
export function plainLines(finding: Finding, { identities }: Identities): readonly string[] {
  const ofFleet =
    finding.device !== undefined ||
    finding.code === 'ambiguous-device' ||
    finding.code === 'ineligible-platform'
  if (ofFleet && identities !== true) return [CODE_PAGES[finding.code].title]
  const notes = (finding.notes ?? []).map(({ label, text }) => `${label}: ${text}`)
  return [finding.message, ...(finding.hint === undefined ? [] : [finding.hint]), ...notes].map((line) =>
    brief(line, LONGEST),
  )
}

/**
 * What tells findings apart from one revision to the next: the same when lines only move. Those that say the same of one
 * file are numbered in their order.
 */
export function fingerprints(findings: readonly PlacedFinding[]): readonly string[] {
  const seen = new Map<string, number>()
  return findings.map(({ code, message, configuration, place }) => {
    const what = JSON.stringify([code, place.file, configuration ?? '', message])
    const nth = (seen.get(what) ?? 0) + 1
    seen.set(what, nth)
    return `${createHash('sha256').update(what).digest('hex').slice(0, 32)}:${nth}`
  })
}
