import type { Assignment } from '../../domain/assignment.ts'
import type { DeviceOutcome, PlanStamp, WorkStore } from '../../domain/work-store.ts'
import type { Kept } from '../planned-rows.ts'
import { verdictBy } from '../standing.ts'
import { UNDER_WAY } from '../step-rows.ts'
import { nothingTouched } from '../touched.ts'
import { openAssignments } from './assignments.ts'
import type { Connection } from './connection.ts'
import type { DeviceReads } from './device-reads.ts'
import type { Groups } from './groups.ts'
import type { RecordWrites } from './record-writes.ts'
import { openStatuses, STATUS_COLUMNS, type StoredStatus } from './statuses.ts'
import { openStepWrites } from './step-writes.ts'

/** What is stored of a device before its plan is written. */
type Stored = StoredStatus & {
  readonly version: number
  readonly seq: number | null
  readonly busy: number
  readonly left_some: number
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
  const numberOf = openAssignments(connection)
  const saveStatus = openStatuses(connection)
  const current = db.prepare<[string], Stored>(
    `select d.dev, seen.version, ${STATUS_COLUMNS}, w.seq,
       exists (select 1 from step s not indexed where s.dev = d.dev and s.${UNDER_WAY}) as busy,
       exists (select 1 from leaver l where l.dev = d.dev) as left_some
       from json_each(?) b cross join device d on d.dev = b.value cross join seen on seen.dev = d.dev
       left join work w on w.dev = d.dev left join remark m on m.dev = d.dev`,
  )
  const done = db.prepare<[string]>('delete from work where seq in (select value from json_each(?))')

  function save(outcome: DeviceOutcome, stored: Stored, rows: readonly Kept[], stamp: PlanStamp): void {
    const { dev, assignment: assigned, status, awaitsSight, visitAt } = outcome
    const assignment = numberOf(assigned)
    const leftSome = stored.left_some === 1
    if (assignment !== stored.assignment && stored.assignment !== null)
      groups.move(dev, (texts.json(stored.assignment) as Assignment).groups, assigned.groups, leftSome)
    else if (leftSome) groups.move(dev, [], assigned.groups, leftSome)
    if (leftSome && outcome.steps.length === 0 && status.verdict === 'in-sync') groups.settle(dev)
    // What planning learned is in these plans already, so nobody is to be planned again for it.
    if (outcome.record !== undefined) records.put(reads.byDev(dev), outcome.record, nothingTouched())
    const { first, nextN } = steps.replace({ dev, rows, nextN: stored.next_n }, outcome.steps, stamp)
    const verdict = verdictBy(first, status.verdict)
    saveStatus(stored, { assignment, verdict, status, awaitsSight, visitAt, nextN })
  }

  return (outcomes, stamp) =>
    write(() => {
      const devs = outcomes.map(({ dev }) => dev)
      const stored = new Map(current.all(JSON.stringify(devs)).map((row) => [row.dev, row]))
      const unissued = steps.unissued(devs)
      const saved: number[] = []
      for (const outcome of outcomes) {
        const now = stored.get(outcome.dev)
        if (now === undefined || !stands(outcome, now)) continue
        save(outcome, now, unissued.get(outcome.dev) ?? [], stamp)
        if (now.seq !== null) saved.push(now.seq)
        // A second plan of it in one batch would be compared with what is gone.
        stored.delete(outcome.dev)
      }
      steps.flush()
      if (saved.length > 0) done.run(JSON.stringify(saved))
    })
}

function stands(outcome: DeviceOutcome, now: Stored): boolean {
  if (now.version !== outcome.version || now.busy === 1) return false
  return now.seq === null || now.seq === outcome.seq
}
