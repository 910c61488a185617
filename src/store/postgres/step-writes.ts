import type { StepId } from '../../domain/plan.ts'
import type { PlanStamp } from '../../domain/work-store.ts'
import { type Kept, PLANNED, type Replacement, type Written } from '../planned-rows.ts'
import { UNISSUED } from '../step-rows.ts'
import { batchOf } from './batch.ts'
import type { Session } from './session.ts'

const ROW = batchOf({
  dev: 'int',
  n: 'int',
  id: 'text',
  run: 'int',
  planned_at: 'bigint',
  kind: 'text',
  ord: 'int',
  state: 'text',
  body: 'int',
  because: 'int',
  configuration: 'int',
  held_by: 'int',
  subject: 'int',
  over: 'int',
  waits: 'int',
  held_at: 'bigint',
  attempt: 'int',
  revision: 'int',
  not_before: 'bigint',
})
const INSERT = `insert into step(${ROW.columns}) select ${ROW.columns} from ${ROW.rows}`
const UPDATE = `update step s set run = u.run, ${PLANNED.map((column) => `${column} = u.${column}`).join(', ')}
  from ${ROW.rows} where s.dev = u.dev and s.n = u.n`
const NUMBER = batchOf({ dev: 'int', n: 'int' })
const GONE = `delete from step s using ${NUMBER.rows} where s.dev = u.dev and s.n = u.n`
const KEPT = `select dev, n, id, ${PLANNED.join(', ')} from step where dev = any($1::int[]) and ${UNISSUED}`
const APPROVED = `select a.dev, a.step from approval p join approval_step a on a.approval = p.id
  where p.expires_at > $2 and a.dev = any($1::int[]) and a.used_at is null`

/** The rows of these devices that are not issued yet, by dev. */
export async function unissuedRows(
  session: Session,
  devs: readonly number[],
): Promise<ReadonlyMap<number, readonly Kept[]>> {
  return Map.groupBy(await session.rows<Kept>(KEPT, devs), ({ dev }) => dev)
}

/** The steps of these devices that an approval covers, by dev; none are asked for where nothing has a budget. */
export async function approvedSteps(
  session: Session,
  devs: readonly number[],
  { limited, now }: PlanStamp,
): Promise<ReadonlyMap<number, ReadonlySet<StepId>>> {
  if (limited.length === 0) return new Map()
  const rows = await session.rows<{ dev: number; step: StepId }>(APPROVED, devs, now)
  const byDev = Map.groupBy(rows, ({ dev }) => dev)
  return new Map([...byDev].map(([dev, steps]) => [dev, new Set(steps.map(({ step }) => step))]))
}

/** Writes what becomes of the rows of devices. */
export async function writeSteps(
  session: Session,
  replaced: readonly (Replacement & { readonly dev: number })[],
): Promise<void> {
  const gone = replaced.flatMap(({ dev, gone: numbers }) => numbers.map((n) => ({ dev, n })))
  const updated = replaced.flatMap((each) => each.updated)
  const inserted: Written[] = replaced.flatMap((each) => each.inserted)
  if (gone.length > 0) await session.run(GONE, ...NUMBER.values(gone))
  if (updated.length > 0) await session.run(UPDATE, ...ROW.values(updated))
  if (inserted.length > 0) await session.run(INSERT, ...ROW.values(inserted))
}
