import type { Assignment, Wanted } from '../../domain/assignment.ts'
import type { DeviceStatus } from '../../domain/stored-device.ts'
import type { DeviceOutcome, WorkStore } from '../../domain/work-store.ts'
import type { Connection } from './connection.ts'
import type { DeviceReads } from './device-reads.ts'
import type { Groups } from './groups.ts'
import { canonicalJson } from './record-text.ts'
import type { RecordWrites } from './record-writes.ts'
import { openStanding } from './standing.ts'
import { UNDER_WAY } from './step-rows.ts'
import { openStepWrites } from './step-writes.ts'
import { nothingTouched } from './worklist.ts'

type PlannedAgainst = {
  readonly version: number
  readonly assignment: number | null
  readonly seq: number | null
}

/**
 * Writes plans, a batch a transaction. An outcome counts only if it still speaks of what is stored: the version and,
 * where the device waits again by now, the seq that were planned, and no step under way. Else nothing of it is written.
 */
export function openPlans(
  connection: Connection,
  reads: DeviceReads,
  records: RecordWrites,
  groups: Pick<Groups, 'move' | 'settle'>,
): WorkStore['savePlans'] {
  const { db, texts, write } = connection
  const steps = openStepWrites(connection)
  const stand = openStanding(connection)
  const current = db.prepare<[number], PlannedAgainst>(
    'select d.version, d.assignment, w.seq from device d left join work w on w.dev = d.dev where d.dev = (select ?)',
  )
  const busy = db.prepare<[number]>(`select 1 from step where dev = ? and ${UNDER_WAY}`)
  const done = db.prepare<[number, number]>('delete from work where dev = ? and seq = ?')
  const status = db.prepare<(string | number | null)[]>(
    `update device set assignment = ?, configuration = ?, retirement = ?, verdict = ?, action = ?, drift_cause = ?,
       drift_since = ?, without_since = ?, converged_to = ?, wanted_since = ?, wanted_digest = ? where dev = ?`,
  )
  const remark = db.prepare<[number], { findings: string }>('select findings from remark where dev = ?')
  const setRemark = db.prepare<[number, string]>('insert or replace into remark(dev, findings) values(?, ?)')
  const noRemark = db.prepare<[number]>('delete from remark where dev = ?')
  const noFinding = db.prepare<[number]>('delete from finding where dev = ?')
  const addFinding = db.prepare<[number, number]>('insert or ignore into finding(code, dev) values(?, ?)')

  function saveFindings(dev: number, findings: DeviceStatus['findings']): void {
    const text = findings.length === 0 ? undefined : canonicalJson(findings)
    if (remark.get(dev)?.findings === text) return
    noFinding.run(dev)
    if (text === undefined) noRemark.run(dev)
    else setRemark.run(dev, text)
    for (const { code } of findings) addFinding.run(texts.id(code), dev)
  }

  function saveStatus(dev: number, assignment: number, wanted: Wanted, is: DeviceStatus): void {
    status.run(
      assignment,
      texts.idOf(wanted.kind === 'configuration' ? wanted.configuration : undefined),
      texts.idOf(wanted.kind === 'retirement' ? wanted.retirement : undefined),
      is.verdict ?? null,
      is.action ?? null,
      is.drift?.cause ?? null,
      is.drift?.since ?? null,
      is.withoutEsimSince ?? null,
      texts.idOf(is.convergedTo),
      is.wantedSince ?? null,
      texts.idOf(is.wantedDigest),
      dev,
    )
  }

  function stands(outcome: DeviceOutcome, now: PlannedAgainst): boolean {
    if (now.version !== outcome.version) return false
    if (now.seq !== null && now.seq !== outcome.seq) return false
    return busy.get(outcome.dev) === undefined
  }

  return (outcomes, run, revision, now) =>
    write(() => {
      for (const outcome of outcomes) {
        const { dev, assignment } = outcome
        const stored = current.get(dev)
        if (stored === undefined || !stands(outcome, stored)) continue
        const id = texts.id(canonicalJson(assignment))
        if (id !== stored.assignment) {
          const before =
            stored.assignment === null ? [] : (texts.json(stored.assignment) as Assignment).groups
          groups.move(dev, before, assignment.groups)
        }
        if (outcome.steps.length === 0 && outcome.status.verdict === 'in-sync') groups.settle(dev)
        // What planning learned is in these plans already, so nobody is to be planned again for it.
        if (outcome.record !== undefined) records.put(reads.byDev(dev), outcome.record, nothingTouched())
        saveStatus(dev, id, assignment.wanted, outcome.status)
        saveFindings(dev, outcome.status.findings)
        steps.replace(dev, outcome.steps, { run, revision, now })
        if (outcome.steps.length > 0) stand(dev)
        done.run(dev, outcome.seq)
      }
    })
}
