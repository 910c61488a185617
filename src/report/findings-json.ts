import type { Finding } from '../domain/finding.ts'

/** One finding as contracts.md section 3 writes it: `null` for what is absent, no end of the place, no notes. */
export function findingJson(finding: Finding) {
  return {
    code: finding.code,
    severity: finding.severity,
    message: finding.message,
    ...(finding.reason === undefined ? {} : { reason: finding.reason }),
    rule: finding.rule ?? null,
    device: finding.device ?? null,
    configuration: finding.configuration ?? null,
    file: finding.place?.file ?? null,
    line: finding.place?.line ?? null,
    column: finding.place?.column ?? null,
    hint: finding.hint ?? null,
  }
}

/** What `validate -o json` prints (contracts.md section 4). */
export function findingsJson(findings: readonly Finding[]) {
  return { apiVersion: 'simplane/v1', kind: 'Findings', findings: findings.map(findingJson) }
}
