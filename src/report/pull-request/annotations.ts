import type { Finding } from '../../domain/finding.ts'
import type { Annotation } from '../../domain/forge.ts'
import { placedFindings, plainLines } from '../finding-places.ts'
import type { Identities } from '../findings-markdown.ts'

/** Findings on their lines, the worst first. `prefix`: the source path with its slash. */
export function annotationsOf(
  findings: readonly Finding[],
  prefix: string,
  options: Identities = {},
): readonly Annotation[] {
  return placedFindings(findings).map((finding) => ({
    file: prefix + finding.place.file,
    line: finding.place.line,
    column: finding.place.column,
    severity: finding.severity,
    title: finding.code,
    message: plainLines(finding, options).join('\n'),
  }))
}
