import type { HoldCode, HoldSubject, PlannedStep } from '../../domain/plan.ts'
import type { PlannedRow } from '../../domain/work-store.ts'
import type { Connection } from './connection.ts'
import { bodyOf, type StepRow, UNISSUED } from './step-rows.ts'

/** Where a plan comes from. */
type PlanStamp = { readonly run: number; readonly revision: string; readonly now: number }

export type StepWrites = {
  /** Replaces every row of a device that is not issued yet; a step planned again keeps its row, and a budget that held it. */
  readonly replace: (dev: number, steps: readonly PlannedRow[], stamp: PlanStamp) => void
}

/** What a plan says of a row; the rest is its history. */
const PLANNED = [
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
type Kept = Planned & Pick<StepRow, 'n' | 'id'>

export function openStepWrites({ db, texts }: Connection): StepWrites {
  const unissued = db.prepare<[number], Kept>(
    `select n, id, ${PLANNED.join(', ')} from step where dev = ? and ${UNISSUED}`,
  )
  const gone = db.prepare<[number, number]>('delete from step where dev = ? and n = ?')
  const number = db.prepare<[number], { n: number }>(
    'update record set next_n = next_n + 1 where dev = ? returning next_n - 1 as n',
  )
  const insert = db.prepare<[Planned & Pick<StepRow, 'dev' | 'n' | 'id' | 'run' | 'planned_at'>]>(
    `insert into step(dev, n, id, run, planned_at, ${PLANNED.join(', ')})
       values(@dev, @n, @id, @run, @planned_at, ${PLANNED.map((column) => `@${column}`).join(', ')})`,
  )
  const update = db.prepare<[Planned & Pick<StepRow, 'dev' | 'n' | 'run'>]>(
    `update step set run = @run, ${PLANNED.map((column) => `${column} = @${column}`).join(', ')}
       where dev = @dev and n = @n`,
  )

  function replace(dev: number, rows: readonly PlannedRow[], { run, revision, now }: PlanStamp): void {
    const before = new Map(unissued.all(dev).map((row) => [row.id, row]))
    const installs = rows.find(({ step }) => step.kind === 'install')?.step.configuration
    const planned = texts.id(revision)
    let waits = false
    for (const [ord, { step, attempt, notBefore = 0 }] of rows.entries()) {
      const kept = before.get(step.id)
      const planner = withoutBudget(step)
      const over = planner.over || kept?.over === 1
      waits ||= over || planner.waits
      const held = waits || planner.heldBy.length > 0
      const row: Planned = {
        kind: step.kind,
        ord,
        state: held ? 'held' : 'ready',
        body: texts.id(JSON.stringify(bodyOf(step))),
        because: step.because,
        configuration: texts.idOf(step.configuration ?? installs),
        held_by: planner.heldBy.length === 0 ? null : texts.id(JSON.stringify(planner.heldBy)),
        subject: planner.subject === undefined ? null : texts.id(JSON.stringify(planner.subject)),
        over: Number(over),
        waits: Number(waits),
        held_at: held ? (kept?.held_at ?? now) : null,
        attempt,
        revision: planned,
        not_before: notBefore,
      }
      before.delete(step.id)
      if (kept === undefined)
        insert.run({ ...row, dev, n: number.get(dev)?.n ?? 0, id: step.id, run, planned_at: now })
      // Most plans say what the one before said: a write less for each of their rows.
      else if (PLANNED.some((column) => row[column] !== kept[column]))
        update.run({ ...row, dev, n: kept.n, run })
    }
    for (const { n } of before.values()) gone.run(dev, n)
  }

  return { replace }
}

/** The budget is the store's own column, so that it can be set and cleared without planning again. */
function withoutBudget(step: PlannedStep): {
  readonly heldBy: readonly HoldCode[]
  readonly subject: HoldSubject | undefined
  readonly over: boolean
  readonly waits: boolean
} {
  const heldBy = step.heldBy.filter((code) => code !== 'budget-exceeded')
  const codes = step.holdsFor?.codes.filter((code) => code !== 'budget-exceeded') ?? []
  return {
    heldBy,
    subject: step.holdsFor === undefined || codes.length === 0 ? undefined : { ...step.holdsFor, codes },
    over: step.holdsFor?.codes.includes('budget-exceeded') ?? false,
    waits: step.heldBy.includes('budget-exceeded'),
  }
}
