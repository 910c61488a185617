import type { Finding, Severity } from '../domain/finding.ts'
import { brief } from './visible.ts'

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' }
const LIMIT = 2_000

// GitHub reads `%`, CR and LF in a message, and `:` and `,` in a property, as syntax.
function data(text: string): string {
  return brief(text, LIMIT).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** Workflow commands that GitHub Actions turns into annotations of the changed lines. `prefix`: the source path. */
export function githubAnnotations(findings: readonly Finding[], prefix = ''): string {
  return findings.map((finding) => `${annotation(finding, prefix)}\n`).join('')
}

function annotation(finding: Finding, prefix: string): string {
  const { place } = finding
  const where =
    place === undefined
      ? []
      : [
          `file=${property(prefix + place.file)}`,
          `line=${place.line}`,
          `col=${place.column}`,
          ...(finding.length === undefined ? [] : [`endColumn=${place.column + finding.length}`]),
        ]
  const notes = (finding.notes ?? []).map((note) => `${note.label}: ${note.text}`)
  const body = [finding.message, ...(finding.hint === undefined ? [] : [finding.hint]), ...notes]
    .map(data)
    .join('%0A')
  return `::${LEVELS[finding.severity]} ${[...where, `title=${property(finding.code)}`].join(',')}::${body}`
}
