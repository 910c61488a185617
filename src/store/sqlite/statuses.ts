import type { DeviceOutcome } from '../../domain/work-store.ts'
import type { DeviceStatus } from '../../domain/stored-device.ts'
import { canonicalJson } from '../record-text.ts'
import type { Connection } from './connection.ts'

const COLUMNS = [
  'next_n',
  'verdict',
  'action',
  'drift_cause',
  'drift_since',
  'without_since',
  'converged_to',
  'wanted_since',
  'wanted_digest',
  'awaits_sight',
  'visit_at',
] as const

/** The columns of a device `d`, and of its remark `m`, that a plan writes. */
export const STATUS_COLUMNS = `d.assignment, ${COLUMNS.map((column) => `d.${column}`).join(', ')}, m.findings`

type Status = Readonly<Record<(typeof COLUMNS)[number], number | string | null>>

/** What is stored of a device before its plan is written. */
export type StoredStatus = Status & {
  readonly dev: number
  readonly assignment: number | null
  readonly next_n: number
  readonly findings: string | null
}

/** What the plan of a device leaves behind, beside its steps. */
export type NewStatus = Pick<DeviceOutcome, 'status' | 'awaitsSight'> & {
  readonly assignment: number
  readonly verdict: DeviceStatus['verdict']
  readonly nextN: number
  readonly visitAt: number | undefined
}

/** Writes what differs from what is stored; most plans say what the one before said. Within a write. */
export function openStatuses({ db, texts }: Connection): (stored: StoredStatus, is: NewStatus) => void {
  const set = COLUMNS.map((column) => `${column} = ?`).join(', ')
  const update = db.prepare<(string | number | null)[]>(`update device set ${set} where dev = ?`)
  const assign = db.prepare<(string | number | null)[]>(
    `update device set ${set}, assignment = ? where dev = ?`,
  )
  // Whoever waits to be seen is to be looked at in full when that happens.
  const undigest = db.prepare<[number]>('update seen set digest = null where dev = ?')
  const setRemark = db.prepare<[number, string]>('insert or replace into remark(dev, findings) values(?, ?)')
  const noRemark = db.prepare<[number]>('delete from remark where dev = ?')
  const noFinding = db.prepare<[number]>('delete from finding where dev = ?')
  const addFinding = db.prepare<[number, number]>('insert or ignore into finding(code, dev) values(?, ?)')

  function saveFindings({ dev, findings: before }: StoredStatus, findings: DeviceStatus['findings']): void {
    const text = findings.length === 0 ? null : canonicalJson(findings)
    if (before === text) return
    if (before !== null) noFinding.run(dev)
    if (text === null) noRemark.run(dev)
    else setRemark.run(dev, text)
    for (const { code } of findings) addFinding.run(texts.id(code), dev)
  }

  function rowOf({ status, awaitsSight, verdict, nextN, visitAt }: NewStatus): Status {
    return {
      next_n: nextN,
      verdict: verdict ?? null,
      action: status.action ?? null,
      drift_cause: status.drift?.cause ?? null,
      drift_since: status.drift?.since ?? null,
      without_since: status.withoutEsimSince ?? null,
      converged_to: texts.idOf(status.convergedTo),
      wanted_since: status.wantedSince ?? null,
      wanted_digest: texts.idOf(status.wantedDigest),
      awaits_sight: Number(awaitsSight),
      visit_at: visitAt ?? null,
    }
  }

  return (stored, is) => {
    const row = rowOf(is)
    const values = COLUMNS.map((column) => row[column])
    if (stored.assignment !== is.assignment) assign.run(...values, is.assignment, stored.dev)
    else if (COLUMNS.some((column) => row[column] !== stored[column])) update.run(...values, stored.dev)
    if (row.awaits_sight === 1 && stored.awaits_sight === 0) undigest.run(stored.dev)
    saveFindings(stored, is.status.findings)
  }
}
