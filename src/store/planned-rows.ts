import type { BudgetedKind } from '../domain/desired.ts'
import type { HoldCode, HoldSubject, PlannedStep, StepId, StepKind } from '../domain/plan.ts'
import type { PlannedRow, PlanStamp } from '../domain/work-store.ts'
import { bodyOf, type StepRow } from './step-rows.ts'

/** What a plan says of a row; the rest is its history. */
export const PLANNED = [
  'kind',
  'ord',
  'state',
  'body',
  'because',
  'configuration',
  'held_by',
  'subject',
  'over',
  'waits',
  'held_at',
  'attempt',
  'revision',
  'not_before',
] as const

type Planned = Pick<StepRow, (typeof PLANNED)[number]>

/** A row that is not issued yet. */
export type Kept = Planned & Pick<StepRow, 'dev' | 'n' | 'id'>

/** A row as a plan writes it. */
export type Written = Kept & Pick<StepRow, 'run' | 'planned_at'>

/** A device whose rows are replaced. */
export type Replaced = {
  readonly dev: number
  /** Those that are not issued yet. */
  readonly rows: readonly Kept[]
  /** The number of the next new step. */
  readonly nextN: number
  /** Does an approval cover this step of the device now? */
  readonly approved: (step: StepId) => boolean
}

/** What becomes of the rows of a device. */
export type Replacement = {
  readonly inserted: readonly Written[]
  readonly updated: readonly Written[]
  /** The numbers of the rows that vanish. */
  readonly gone: readonly number[]
  readonly nextN: number
  /** Whether the first step may be issued or is held; absent: no step is left. */
  readonly first: 'ready' | 'held' | undefined
}

/** The numbers of texts. `known`: those of the steps that many devices are given, which are found once. */
type Numbers = {
  readonly id: (text: string) => number
  readonly idOf: (text: string | undefined) => number | null
  readonly known?: StepNumbers
}

/** What a step says, by number; good until a number is given back. */
export type StepNumbers = WeakMap<PlannedStep, Numbered>

type Numbered = Pick<Planned, 'body' | 'because' | 'configuration' | 'held_by' | 'subject'>

/**
 * Replaces every row of a device that is not issued yet; a step planned again keeps its row, and what a budget made of
 * it. A new one with a budget waits for that, unless it is approved.
 */
export function replacement(
  { dev, rows, nextN, approved }: Replaced,
  steps: readonly PlannedRow[],
  { run, revision, now, limited }: PlanStamp,
  numbers: Numbers,
): Replacement {
  const before = new Map(rows.map((row) => [row.id, row]))
  const installs = installed(steps)
  const plannedFor = numbers.id(revision)
  const inserted: Written[] = []
  const updated: Written[] = []
  let n = nextN
  let earlierHeld = false
  let earlierOver = false
  let first: 'ready' | 'held' | undefined
  for (const [ord, planned] of steps.entries()) {
    const { step, attempt, notBefore = 0 } = planned
    const kept = before.get(step.id)
    const says = numbered(planned, installs, numbers)
    const isHeld = says.held_by !== null
    earlierHeld ||= isHeld
    const over =
      !earlierHeld && isLimited(limited, step.kind) && waitsForBudget(kept, () => approved(step.id))
    const state = earlierOver || over || isHeld ? 'held' : 'ready'
    const row: Planned = {
      kind: step.kind,
      ord,
      state,
      ...says,
      over: overMark(over, earlierOver),
      waits: Number(over || earlierOver),
      held_at: state === 'held' ? (kept?.held_at ?? now) : null,
      attempt,
      revision: plannedFor,
      not_before: notBefore,
    }
    earlierOver ||= over
    first ??= state
    before.delete(step.id)
    const written = { ...row, dev, n: kept?.n ?? n, id: step.id, run, planned_at: now }
    if (kept === undefined) {
      inserted.push(written)
      n += 1
    }
    // Most plans say what the one before said: a write less for each of their rows.
    else if (PLANNED.some((column) => row[column] !== kept[column])) updated.push(written)
  }
  return { inserted, updated, gone: [...before.values()].map((old) => old.n), nextN: n, first }
}

function numbered({ step, like }: PlannedRow, installs: string | undefined, numbers: Numbers): Numbered {
  const known = like === undefined ? undefined : numbers.known?.get(like)
  if (known !== undefined) return known
  const { heldBy, subject } = withoutBudget(step)
  const found: Numbered = {
    body: numbers.id(JSON.stringify(bodyOf(step))),
    because: numbers.id(step.because),
    configuration: numbers.idOf(step.configuration ?? installs),
    held_by: heldBy.length === 0 ? null : numbers.id(JSON.stringify(heldBy)),
    subject: subject === undefined ? null : numbers.id(JSON.stringify(subject)),
  }
  if (like !== undefined) numbers.known?.set(like, found)
  return found
}

/** Every text that the rows of these steps name by number. */
export function textsOf(steps: readonly PlannedRow[]): readonly (string | undefined)[] {
  const installs = installed(steps)
  return steps.flatMap(({ step }) => {
    const { heldBy, subject } = withoutBudget(step)
    return [
      JSON.stringify(bodyOf(step)),
      step.because,
      step.configuration ?? installs,
      heldBy.length === 0 ? undefined : JSON.stringify(heldBy),
      subject === undefined ? undefined : JSON.stringify(subject),
    ]
  })
}

/** The configuration that the steps lead to. */
function installed(steps: readonly PlannedRow[]): string | undefined {
  return steps.find(({ step }) => step.kind === 'install')?.step.configuration
}

function isLimited(limited: readonly BudgetedKind[], kind: StepKind): boolean {
  return (limited as readonly StepKind[]).includes(kind)
}

/** What was let go stays so and what was not does not, until budgets are given out again; a new step waits for that. */
function waitsForBudget(kept: Kept | undefined, approved: () => boolean): boolean {
  if (kept?.state === 'ready') return false
  return (kept !== undefined && kept.over !== 0) || !approved()
}

function overMark(over: boolean, earlierOver: boolean): number {
  if (!over) return 0
  return earlierOver ? 2 : 1
}

/** Budgets are the store's own, so that they can be given out without planning again. */
function withoutBudget(step: PlannedStep): {
  readonly heldBy: readonly HoldCode[]
  readonly subject: HoldSubject | undefined
} {
  if (step.state === 'ready') return { heldBy: [], subject: undefined }
  const heldBy = step.heldBy.filter((code) => code !== 'budget-exceeded')
  const codes = step.holdsFor?.codes.filter((code) => code !== 'budget-exceeded') ?? []
  return {
    heldBy,
    subject: step.holdsFor === undefined || codes.length === 0 ? undefined : { ...step.holdsFor, codes },
  }
}
