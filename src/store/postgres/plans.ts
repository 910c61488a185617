import type { Assignment } from '../../domain/assignment.ts'
import type { StepId } from '../../domain/plan.ts'
import type { DeviceOutcome, PlanStamp, WorkStore } from '../../domain/work-store.ts'
import { canonicalJson } from '../record-text.ts'
import { type Replacement, replacement, textsOf } from '../planned-rows.ts'
import { UNDER_WAY } from '../step-rows.ts'
import { nothingTouched } from '../touched.ts'
import { openAssignments } from './assignments.ts'
import type { Connection } from './connection.ts'
import { type DeviceReads, lockDevices } from './device-reads.ts'
import { type GroupMove, moveGroups, settleGroups } from './groups.ts'
import { saveFindings, saveStatuses, saveVisits, STATUS_COLUMNS, type StoredStatus } from './plan-writes.ts'
import type { RecordWrites } from './record-writes.ts'
import type { Session } from './session.ts'
import { approvedSteps, unissuedRows, writeSteps } from './step-writes.ts'
import type { Numbered } from './texts.ts'
import { holdFloor, SEQ } from './worklist.ts'

/** What is stored of a device before its plan is written. */
type Stored = StoredStatus & {
  readonly version: number
  /** As it stands on the list; `seq` is what stands for it. */
  readonly listed: number | null
  readonly seq: number | null
  readonly visit_at: number | null
  readonly busy: true | null
  readonly left_some: true | null
}

/** A plan that stands, with what is stored and what becomes of the steps. */
export type Saved = {
  readonly outcome: DeviceOutcome
  readonly stored: Stored
  readonly steps: Replacement & { readonly dev: number }
  /** The number of its assignment. */
  readonly assignment: number
  /** As JSON; null: none. */
  readonly findings: string | null
}

/** The numbers of all that the plans name. */
type Numbers = Numbered & { readonly assignment: (assignment: Assignment) => number }

const CURRENT = `select d.dev, d.version, ${STATUS_COLUMNS}, w.seq as listed,
    case when w.seq is not null then ${SEQ} end as seq, u.at as visit_at,
    (select true from step s where s.dev = d.dev and s.${UNDER_WAY} limit 1) as busy,
    (select true from leaver l where l.dev = d.dev limit 1) as left_some
  from unnest($1::int[]) b(dev) join device d on d.dev = b.dev
  left join work w on w.dev = b.dev left join due u on u.dev = b.dev and u.approval = 0`
// One that entered again meanwhile has another seq, and stays.
const DONE = 'delete from work where seq = any($1::bigint[])'

/**
 * Writes plans, a batch a transaction. An outcome counts only if it still speaks of what is stored: the version and,
 * where the device waits again by now, the seq that were planned, and no step under way. Else nothing of it is written.
 */
export function openPlans(
  connection: Connection,
  reads: DeviceReads,
  records: RecordWrites,
): WorkStore['savePlans'] {
  const { texts, lead } = connection
  const assignments = openAssignments(connection)

  /** What planning learned is in these plans already, so nobody is to be planned again for it. */
  async function saveRecords(session: Session, saved: readonly Saved[]): Promise<void> {
    const learned = new Map(
      saved.flatMap(({ outcome: { dev, record } }) => (record === undefined ? [] : [[dev, record] as const])),
    )
    if (learned.size === 0) return
    const devices = await reads.byDevs(session, [...learned.keys()])
    const puts = devices.flatMap((before) => {
      const record = learned.get(before.dev)
      return record === undefined ? [] : [{ before, record }]
    })
    await records.put(session, puts, nothingTouched())
  }

  async function saveGroups(session: Session, saved: readonly Saved[]): Promise<void> {
    const names = await texts.named(
      session,
      saved.map(({ stored, assignment }) => (stored.assignment === assignment ? null : stored.assignment)),
    )
    const moves = saved.map((each) => moveOf(each, (id) => (names.json(id) as Assignment).groups))
    await moveGroups(
      session,
      connection,
      moves.filter(({ left, back }) => left.length + back.length > 0),
    )
    const settled = saved.filter(
      ({ outcome: { steps, status }, stored }) =>
        stored.left_some === true && steps.length === 0 && status.verdict === 'in-sync',
    )
    await settleGroups(
      session,
      settled.map(({ outcome }) => outcome.dev),
    )
  }

  async function numbersOf(outcomes: readonly DeviceOutcome[], revision: string): Promise<Numbers> {
    const assignment = await assignments.numbered(outcomes.map((outcome) => outcome.assignment))
    const numbered = await texts.numbered([
      revision,
      ...outcomes.flatMap(({ steps, status }) => [
        ...textsOf(steps),
        status.convergedTo,
        status.wantedDigest,
        ...status.findings.map(({ code }) => code),
      ]),
    ])
    return { ...numbered, assignment }
  }

  return (outcomes, stamp) =>
    lead(async (session) => {
      if (outcomes.length === 0) return
      const sorted = outcomes.toSorted((a, b) => a.dev - b.dev)
      const numbers = await numbersOf(sorted, stamp.revision)
      const saved = await standing(session, sorted, stamp, numbers)
      if (saved.length === 0) return
      await saveRecords(session, saved)
      await Promise.all([
        saveStatuses(session, saved, numbers),
        writeSteps(
          session,
          saved.map(({ steps }) => steps),
        ),
        saveVisits(session, saved),
        saveFindings(session, saved, numbers),
        saveGroups(session, saved),
        session.run(
          DONE,
          saved.flatMap(({ stored }) => stored.listed ?? []),
        ),
      ])
    })
}

/** Which of the plans still speak of what is stored, in order of dev. */
async function standing(
  session: Session,
  outcomes: readonly DeviceOutcome[],
  stamp: PlanStamp,
  numbers: Numbers,
): Promise<readonly Saved[]> {
  const devs = outcomes.map(({ dev }) => dev)
  const [, , stood, rows, approved] = await Promise.all([
    holdFloor(session),
    lockDevices(session, devs),
    session.rows<Stored>(CURRENT, devs),
    unissuedRows(session, devs),
    approvedSteps(session, devs, stamp),
  ])
  const current = new Map(stood.map((row) => [row.dev, row]))
  return outcomes.flatMap((outcome) => {
    const { dev } = outcome
    const stored = current.get(dev)
    if (stored === undefined || !stands(outcome, stored)) return []
    // A second plan of it in one batch would be compared with what is gone.
    current.delete(dev)
    const replaced = {
      dev,
      rows: rows.get(dev) ?? [],
      nextN: stored.next_n,
      approved: (step: StepId) => approved.get(dev)?.has(step) ?? false,
    }
    const steps = { dev, ...replacement(replaced, outcome.steps, stamp, numbers) }
    const { findings } = outcome.status
    return [
      {
        outcome,
        stored,
        steps,
        assignment: numbers.assignment(outcome.assignment),
        findings: findings.length === 0 ? null : canonicalJson(findings),
      },
    ]
  })
}

/** From the stored assignment to this one. */
function moveOf(
  { outcome: { dev, assignment }, stored, assignment: number }: Saved,
  groupsOf: (assignment: number) => readonly string[],
): GroupMove {
  const { groups: after } = assignment
  const moved = stored.assignment !== null && stored.assignment !== number
  const before = moved ? groupsOf(stored.assignment) : []
  return {
    dev,
    left: before.filter((group) => !after.includes(group)),
    back: stored.left_some === true ? after.filter((group) => !before.includes(group)) : [],
  }
}

function stands(outcome: DeviceOutcome, now: Stored): boolean {
  if (now.version !== outcome.version || now.busy === true) return false
  return now.seq === null || now.seq === outcome.seq
}
