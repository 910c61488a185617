import type { RecordKey } from '../domain/device.ts'
import type { CommandId } from '../domain/driver.ts'
import type { JournalStep, StepState } from '../domain/journal.ts'
import type { HoldCode, HoldSubject, PlannedStep, StepId, StepKind } from '../domain/plan.ts'
import { compareText, sortedUnique } from '../domain/text.ts'
import { given } from './given.ts'

/** The texts that rows name by number. */
type Texts = { readonly text: (id: number) => string; readonly json: (id: number) => unknown }

/** States of a step that has not been sent; a newer plan replaces it. */
export const UNISSUED = "state in ('ready', 'held')"
/** States of a step that is on its way; nothing else happens to its device. */
export const UNDER_WAY = "state in ('issued', 'accepted')"
/** Ends that were a try in vain: back-off counts them. */
export const TRIED = "state in ('failed', 'expired', 'unproven')"

/** What of a step repeats across devices, stored once. */
export type StepBody = Omit<PlannedStep, 'id' | 'because' | 'state' | 'heldBy' | 'holdsFor'>

export type StepRow = {
  readonly dev: number
  readonly n: number
  readonly id: StepId
  readonly kind: StepKind
  readonly ord: number
  readonly state: StepState
  readonly body: number
  readonly because: number
  readonly configuration: number | null
  readonly held_by: number | null
  readonly subject: number | null
  /** 1: over budget. 2: it would be, were no earlier step of the device; it belongs to the hold of that one. */
  readonly over: number
  /** 1: it or an earlier step of the device is over budget. */
  readonly waits: number
  readonly held_at: number | null
  readonly attempt: number
  readonly command: CommandId | null
  readonly revision: number
  readonly run: number
  readonly planned_at: number
  readonly not_before: number
  readonly issued_at: number | null
  readonly poll_at: number
  readonly deadline: number | null
  readonly settled_at: number | null
  readonly baseline: string | null
  readonly proof: NonNullable<JournalStep['proof']> | null
  readonly error: string | null
  readonly forgotten: number
}

export function bodyOf(step: PlannedStep): StepBody {
  const { id: _id, because: _because, state: _state, heldBy: _heldBy, holdsFor: _holdsFor, ...body } = step
  return body
}

/** Why the row is held: what the planner says, and the budget that it or an earlier step is over. */
export function heldBy(row: Pick<StepRow, 'held_by' | 'waits'>, texts: Texts): readonly HoldCode[] {
  const planned = row.held_by === null ? [] : (texts.json(row.held_by) as readonly HoldCode[])
  return row.waits === 1 ? sortedUnique<HoldCode>([...planned, 'budget-exceeded']) : planned
}

/** Why this very row is held; absent where it only waits behind another. */
export function subjectOf(
  row: Pick<StepRow, 'subject' | 'over' | 'configuration'>,
  texts: Texts,
): HoldSubject | undefined {
  const planned = row.subject === null ? undefined : (texts.json(row.subject) as HoldSubject)
  if (row.over !== 1) return planned
  const configuration =
    planned?.configuration ?? (row.configuration === null ? undefined : texts.text(row.configuration))
  const codes = [...(planned?.codes ?? []), 'budget-exceeded' as const].sort(compareText)
  return { codes, ...(configuration === undefined ? {} : { configuration }) }
}

function stepFrom(row: StepRow, texts: Texts): PlannedStep {
  const held = row.state === 'held'
  const subject = held ? subjectOf(row, texts) : undefined
  return {
    ...(texts.json(row.body) as StepBody),
    id: row.id,
    because: texts.text(row.because),
    state: held ? 'held' : 'ready',
    heldBy: held ? heldBy(row, texts) : [],
    ...(subject === undefined ? {} : { holdsFor: subject }),
  }
}

export function journalStep(row: StepRow, device: RecordKey, texts: Texts): JournalStep {
  return {
    dev: row.dev,
    n: row.n,
    device,
    step: stepFrom(row, texts),
    state: row.state,
    attempt: row.attempt,
    ...given('command', row.command),
    revision: texts.text(row.revision),
    run: row.run,
    plannedAt: row.planned_at,
    ...(row.not_before === 0 ? {} : { notBefore: row.not_before }),
    ...given('issuedAt', row.issued_at),
    ...(row.poll_at === 0 ? {} : { pollAt: row.poll_at }),
    ...given('deadline', row.deadline),
    ...given('settledAt', row.settled_at),
    ...(row.baseline === null ? {} : { baseline: JSON.parse(row.baseline) as string[] }),
    ...given('proof', row.proof),
    ...(row.error === null ? {} : { error: JSON.parse(row.error) as NonNullable<JournalStep['error']> }),
  }
}
