import type { StepId } from '../../domain/plan.ts'
import type { PlannedRow, PlanStamp } from '../../domain/work-store.ts'
import type { Instant } from '../../domain/time.ts'
import {
  type Kept,
  PLANNED,
  replacement,
  type Replacement,
  type StepNumbers,
  type Written,
} from '../planned-rows.ts'
import { UNISSUED } from '../step-rows.ts'
import type { Connection } from './connection.ts'

/** A device whose rows are replaced. */
type Replaced = { readonly dev: number; readonly rows: readonly Kept[]; readonly nextN: number }

/** How the steps of plans are written. Within a write. */
export type StepWrites = {
  /** The rows of these devices that are not issued yet. */
  readonly unissued: (devs: readonly number[]) => ReadonlyMap<number, readonly Kept[]>
  /** Replaces every row of a device that is not issued yet; new ones are written by `flush`. */
  readonly replace: (device: Replaced, steps: readonly PlannedRow[], stamp: PlanStamp) => Became
  /** Writes what is new. */
  readonly flush: () => void
}

/** Whether the first step may be issued or is held (`undefined`: no step is left), and the number of the next new one. */
type Became = Pick<Replacement, 'first' | 'nextN'>

/** So many rows at once cost a third less than one by one. */
const ROWS = 50

export function openStepWrites({ db, texts, onRollback }: Connection): StepWrites {
  const unissued = db.prepare<[string], Kept>(
    `select s.dev, s.n, s.id, ${PLANNED.map((column) => `s.${column}`).join(', ')}
       from json_each(?) b cross join step s not indexed on s.dev = b.value where s.${UNISSUED}`,
  )
  const gone = db.prepare<[number, number]>('delete from step where dev = ? and n = ?')
  const row = `(?, ?, ?, ?, ?, ${PLANNED.map(() => '?').join(', ')})`
  const insertion = (rows: number) =>
    db.prepare<[(number | string | null)[]]>(
      `insert into step(dev, n, id, run, planned_at, ${PLANNED.join(', ')})
         values ${Array<string>(rows).fill(row).join(', ')}`,
    )
  const insert = insertion(1)
  const insertMany = insertion(ROWS)
  const update = db.prepare<(number | string | null)[]>(
    `update step set run = ?, ${PLANNED.map((column) => `${column} = ?`).join(', ')} where dev = ? and n = ?`,
  )
  const anyApproval = db.prepare<[number]>('select 1 from approval where expires_at > ? limit 1')
  const approval = db.prepare<[number, StepId, number]>(
    `select 1 from approval_step a cross join approval p on p.id = a.approval
       where a.dev = (select ?) and a.step = (select ?) and a.used_at is null and p.expires_at > (select ?)`,
  )

  const fresh: Written[] = []
  let known: StepNumbers = new WeakMap()
  onRollback(() => {
    fresh.length = 0
    known = new WeakMap()
  })

  function isApproved(dev: number, step: StepId, now: Instant): boolean {
    return anyApproval.get(now) !== undefined && approval.get(dev, step, now) !== undefined
  }

  function replace(
    { dev, rows, nextN: before }: Replaced,
    steps: readonly PlannedRow[],
    stamp: PlanStamp,
  ): Became {
    if (rows.length === 0 && steps.length === 0) return { first: undefined, nextN: before }
    const approved = (step: StepId): boolean => isApproved(dev, step, stamp.now)
    const becomes = replacement({ dev, rows, nextN: before, approved }, steps, stamp, { ...texts, known })
    fresh.push(...becomes.inserted)
    for (const each of becomes.updated) update.run(each.run, ...planned(each), dev, each.n)
    for (const n of becomes.gone) gone.run(dev, n)
    return becomes
  }

  function flush(): void {
    for (let at = 0; at < fresh.length;) {
      const many = fresh.length - at >= ROWS
      const rows = fresh.slice(at, at + (many ? ROWS : 1))
      const values = rows.flatMap((each) => [
        each.dev,
        each.n,
        each.id,
        each.run,
        each.planned_at,
        ...planned(each),
      ])
      const statement = many ? insertMany : insert
      statement.run(values)
      at += rows.length
    }
    fresh.length = 0
  }

  return {
    unissued: (devs) => Map.groupBy(unissued.all(JSON.stringify(devs)), ({ dev }) => dev),
    replace,
    flush,
  }
}

function planned(row: Written): (number | string | null)[] {
  return PLANNED.map((column) => row[column])
}
