import type { Finding } from '../domain/finding.ts'
import { rollUp } from './finding-rollup.ts'
import type { RolledUp } from './finding-rollup.ts'
import { assemble, code } from './markdown.ts'
import type { MarkdownTable } from './markdown.ts'
import { count, counted } from './numbers.ts'
import { CODE_PAGES } from './pages/codes.ts'
import { severityCounts } from './severity.ts'

/** What of a device may be told outside the house. */
export type Identities = { readonly identities?: boolean }

/** The same, and what stands in front of file names: the source path with its slash. */
export type Shown = Identities & { readonly prefix?: string }

// Messages of these findings quote what names a device.
const NAMING: readonly Finding['code'][] = ['unknown-device', 'ambiguous-device', 'ineligible-platform']

/** It quotes, or may quote, what names a device. */
function namesDevice(finding: Finding): boolean {
  const list = finding.place !== undefined && !/\.(ya?ml|json)$/.test(finding.place.file)
  return finding.device !== undefined || NAMING.includes(finding.code) || list
}

/** A finding's text: its own where it names no device or names may be shown, else the title of its code's page. */
function told(finding: Finding, options: Identities): string {
  if (namesDevice(finding) && options.identities !== true) return CODE_PAGES[finding.code].title
  return code(finding.hint === undefined ? finding.message : `${finding.message}; ${finding.hint}`, 400)
}

/** Findings that were rolled up by code and configuration, as a table. */
export function rolledUpTable(findings: readonly RolledUp[], options: Shown): MarkdownTable {
  return {
    titles: ['Severity', 'Code', 'Where', 'Devices', ''],
    align: 'lllrl',
    rows: findings.map(({ finding, count: many }) => {
      const { place, configuration } = finding
      const where = place === undefined ? configuration : `${options.prefix ?? ''}${place.file}:${place.line}`
      const devices = finding.device === undefined ? '' : count(many)
      return [
        finding.severity,
        code(finding.code),
        where === undefined ? '' : code(where),
        devices,
        told(finding, options),
      ]
    }),
  }
}

/** A revision that is not valid, for a pull request: verdict first, then where and what. At most `budget` bytes. */
export function findingsMarkdown(
  findings: readonly Finding[],
  options: Identities & { readonly budget?: number } = {},
): string {
  const { error } = severityCounts(findings)
  const verdict = error === 0 ? '### ✅ Valid' : `### ❌ Not valid: ${counted(error, 'error')}, no plan`
  const outcome =
    error === 0
      ? 'Nothing stands in the way of a plan.'
      : 'Merged like this, the service would keep what is in force and touch nothing. Check locally: `simplane validate`'
  const head = { kind: 'text', text: `${verdict}\n${outcome}` } as const
  const table = { kind: 'table', table: rolledUpTable(rollUp(findings), options) } as const
  return assemble(findings.length === 0 ? [head] : [head, table], '', options.budget ?? 60_000)
}
