import { createHash } from 'node:crypto'
import type { Finding, Severity } from '../domain/finding.ts'
import { fingerprints, placedFindings, plainLines } from './finding-places.ts'
import type { Identities } from './findings-markdown.ts'

const SEVERITY: Readonly<Record<Severity, string>> = { error: 'critical', warning: 'minor', info: 'info' }

/**
 * Findings on lines as GitLab's Code Quality report (docs.gitlab.com, ci/testing/code_quality, "Implement a custom
 * tool"); JSON.stringify may follow at once, without a byte order mark. Findings of one fingerprint would be shown as
 * one. `prefix`: the source path with its slash.
 */
export function codeQuality(findings: readonly Finding[], prefix: string, options: Identities = {}) {
  const placed = placedFindings(findings)
  const prints = fingerprints(placed)
  return placed.map((finding, index) => ({
    description: plainLines(finding, options).join('; '),
    check_name: finding.code,
    fingerprint: createHash('sha256')
      .update(`${prefix} ${prints[index] ?? ''}`)
      .digest('hex')
      .slice(0, 32),
    severity: SEVERITY[finding.severity],
    location: { path: prefix + finding.place.file, lines: { begin: finding.place.line } },
  }))
}
