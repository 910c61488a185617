import type { Finding } from '../domain/finding.ts'
import type { StoredRevision } from '../domain/revision-store.ts'
import type { Revision } from '../domain/source.ts'

export type RevisionRow = {
  readonly seq: number
  readonly revision: string
  readonly at: number
  readonly state: StoredRevision['state']
  readonly findings: string
  readonly empty_source: number
  readonly rewritten: number
}

export function revisionFrom(row: RevisionRow): StoredRevision {
  return {
    seq: row.seq,
    revision: JSON.parse(row.revision) as Revision,
    at: row.at,
    state: row.state,
    findings: JSON.parse(row.findings) as Finding[],
    emptySource: row.empty_source === 1,
    rewritten: row.rewritten === 1,
  }
}
