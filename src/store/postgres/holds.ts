import { SimplaneError } from '../../domain/error.ts'
import type { Approval, HoldStore } from '../../domain/hold-store.ts'
import type { HoldCode, StepId } from '../../domain/plan.ts'
import { sortedUnique } from '../../domain/text.ts'
import { given } from '../given.ts'
import { gatherHeld, HELD, type HeldRow } from '../held-rows.ts'
import { nothingTouched } from '../touched.ts'
import { batchOf } from './batch.ts'
import type { Connection } from './connection.ts'
import { lockDevices } from './device-reads.ts'
import { namedBy } from './step-reads.ts'
import { enlist } from './worklist.ts'

type ApprovalRow = {
  readonly id: number
  readonly hold: string
  readonly codes: string
  readonly by: string
  readonly reason: string | null
  readonly at: number
  readonly expires_at: number
}

const HELD_STEPS = `select ${HELD.map((column) => `s.${column}`).join(', ')}, r.key as device
  from step s join record r on r.dev = s.dev where s.state = 'held' order by s.dev, s.ord`
const INSERT = `insert into approval(hold, codes, by, reason, at, expires_at) values($1, $2, $3, $4, $5, $6)
  returning id`
const BOUND = batchOf({ dev: 'int', step: 'text' }, 2)
const BIND = `insert into approval_step(dev, step, approval) select dev, step, $1::int from ${BOUND.rows}
  on conflict do nothing`
const VISIT = `insert into due(dev, approval, at) select dev, $2::int, $3::bigint from device where dev = any($1::int[])
  order by dev on conflict do nothing`
const COVERED = `select distinct a.step from approval p join approval_step a on a.approval = p.id
  where a.used_at is null and p.expires_at > $1`
const NEWEST = 'select id, hold, codes, by, reason, at, expires_at from approval order by id desc limit $1'
const STEPS = `select distinct approval, step from approval_step where approval = any($1::int[]) order by approval, step`

/** What waits for a person, and what persons have approved (planning.md section 7). */
export function openHolds({ texts, read, write }: Connection): HoldStore {
  return {
    holds: () =>
      read(async (session) => {
        const rows = await session.rows<HeldRow>(HELD_STEPS)
        return gatherHeld(rows, await texts.named(session, namedBy(rows)))
      }),
    approve: (approval) =>
      write(async (session) => {
        if (approval.steps.length === 0) {
          throw new SimplaneError(
            'not-found',
            `Hold ${approval.hold} holds no step now; nothing was approved.`,
            { hint: 'List what waits with "simplane status".' },
          )
        }
        const { hold, codes, by, reason, at, expiresAt } = approval
        const devs = [...new Set(approval.steps.map(({ dev }) => dev))]
        await lockDevices(session, devs)
        const [row] = await session.rows<{ id: number }>(
          INSERT,
          hold,
          JSON.stringify(codes),
          by,
          reason ?? null,
          at,
          expiresAt,
        )
        if (row === undefined) throw new SimplaneError('internal', 'The approval was not written.')
        const bound = approval.steps.map(({ dev, id: step }) => ({ dev, step }))
        await session.run(BIND, row.id, ...BOUND.values(bound))
        // When it ends, what it let go and was not issued waits again.
        await session.run(VISIT, devs, row.id, expiresAt)
        await enlist(session, { ...nothingTouched(), devs: new Set(devs) })
        return { ...approval, id: row.id, steps: sortedUnique(approval.steps.map(({ id }) => id)) }
      }),
    approved: (now) =>
      read(async (session) => {
        const rows = await session.rows<{ step: StepId }>(COVERED, now)
        return new Set(rows.map(({ step }) => step))
      }),
    approvals: (limit) =>
      read(async (session) => {
        const rows = await session.rows<ApprovalRow>(NEWEST, limit)
        const steps = await session.rows<{ approval: number; step: StepId }>(
          STEPS,
          rows.map(({ id }) => id),
        )
        const bound = Map.groupBy(steps, ({ approval }) => approval)
        return rows.map((row) =>
          approvalFrom(
            row,
            (bound.get(row.id) ?? []).map(({ step }) => step),
          ),
        )
      }),
  }
}

function approvalFrom(row: ApprovalRow, steps: readonly StepId[]): Approval {
  return {
    id: row.id,
    hold: row.hold,
    codes: JSON.parse(row.codes) as HoldCode[],
    by: row.by,
    ...given('reason', row.reason),
    at: row.at,
    expiresAt: row.expires_at,
    steps,
  }
}
