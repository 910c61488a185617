import { verdictBy } from '../standing.ts'
import { batchOf } from './batch.ts'
import type { Saved } from './plans.ts'
import type { Session } from './session.ts'
import type { Numbered } from './texts.ts'

const STATUS = batchOf({
  dev: 'int',
  assignment: 'int',
  next_n: 'int',
  verdict: 'text',
  action: 'text',
  drift_cause: 'text',
  drift_since: 'bigint',
  without_since: 'bigint',
  converged_to: 'int',
  wanted_since: 'bigint',
  wanted_digest: 'int',
  awaits_sight: 'int',
  findings: 'text',
})
const COLUMNS = [
  'assignment',
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
  'findings',
] as const

/** The columns of a device `d` that a plan writes. */
export const STATUS_COLUMNS = COLUMNS.map((column) => `d.${column}`).join(', ')

type Status = Readonly<Record<(typeof COLUMNS)[number], number | string | null>>

/** What is stored of a device before its plan is written. */
export type StoredStatus = Status & {
  readonly dev: number
  readonly assignment: number | null
  readonly next_n: number
}

const SET_STATUS = `update device d set ${COLUMNS.map((column) => `${column} = u.${column}`).join(', ')}
  from ${STATUS.rows} where d.dev = u.dev`
const FOUND = batchOf({ code: 'int', dev: 'int' })
const ADD_FINDINGS = `insert into finding(code, dev) select code, dev from ${FOUND.rows} on conflict do nothing`
const NO_FINDINGS = 'delete from finding where dev = any($1::int[])'
const VISIT = batchOf({ dev: 'int', at: 'bigint' })
const SET_VISIT = `insert into due(dev, approval, at) select dev, 0, at from ${VISIT.rows}
  on conflict(dev, approval) do update set at = excluded.at`
const NO_VISIT = 'delete from due where dev = any($1::int[]) and approval = 0'

/** What the plans left behind on the devices themselves, where it differs; most plans say what the one before said. */
export async function saveStatuses(
  session: Session,
  saved: readonly Saved[],
  numbers: Numbered,
): Promise<void> {
  const rows = saved
    .map((each) => ({ stored: each.stored, row: statusOf(each, numbers) }))
    .filter(({ stored, row }) => COLUMNS.some((column) => stored[column] !== row[column]))
    .map(({ row }) => row)
  if (rows.length > 0) await session.run(SET_STATUS, ...STATUS.values(rows))
}

function statusOf(
  { outcome: { dev, status, awaitsSight }, steps, assignment, findings }: Saved,
  { idOf }: Numbered,
): Status & { readonly dev: number } {
  return {
    dev,
    assignment,
    next_n: steps.nextN,
    verdict: verdictBy(steps.first, status.verdict) ?? null,
    action: status.action ?? null,
    drift_cause: status.drift?.cause ?? null,
    drift_since: status.drift?.since ?? null,
    without_since: status.withoutEsimSince ?? null,
    converged_to: idOf(status.convergedTo),
    wanted_since: status.wantedSince ?? null,
    wanted_digest: idOf(status.wantedDigest),
    awaits_sight: Number(awaitsSight),
    findings,
  }
}

/** By which findings devices are found, where they are not the ones of the plan before. */
export async function saveFindings(
  session: Session,
  saved: readonly Saved[],
  { id }: Numbered,
): Promise<void> {
  const changed = saved
    .filter(({ stored, findings }) => stored.findings !== findings)
    .map(({ outcome: { dev, status }, stored }) => ({
      dev,
      before: stored.findings,
      codes: new Set(status.findings.map(({ code }) => code)),
    }))
  const former = changed.filter(({ before }) => before !== null).map(({ dev }) => dev)
  if (former.length > 0) await session.run(NO_FINDINGS, former)
  const found = changed.flatMap(({ dev, codes }) => [...codes].map((code) => ({ dev, code: id(code) })))
  if (found.length > 0) await session.run(ADD_FINDINGS, ...FOUND.values(found))
}

/** When time alone may change the plans. */
export async function saveVisits(session: Session, saved: readonly Saved[]): Promise<void> {
  const moved = saved.filter(({ outcome, stored }) => stored.visit_at !== (outcome.visitAt ?? null))
  const none = moved.filter(({ outcome }) => outcome.visitAt === undefined)
  const some = moved.filter(({ outcome }) => outcome.visitAt !== undefined)
  if (none.length > 0)
    await session.run(
      NO_VISIT,
      none.map(({ outcome }) => outcome.dev),
    )
  if (some.length > 0)
    await session.run(
      SET_VISIT,
      ...VISIT.values(some.map(({ outcome }) => ({ dev: outcome.dev, at: outcome.visitAt }))),
    )
}
