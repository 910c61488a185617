import { SimplaneError } from '../../domain/error.ts'
import type { HoldCode, StepId } from '../../domain/plan.ts'
import type { Approval, HoldStore } from '../../domain/hold-store.ts'
import { sortedUnique } from '../../domain/text.ts'
import type { Connection } from './connection.ts'
import { given } from '../given.ts'
import { gatherHeld, HELD, type HeldRow } from '../held-rows.ts'
import { nothingTouched } from '../touched.ts'
import type { Worklist } from './worklist.ts'

type ApprovalRow = {
  readonly id: number
  readonly hold: string
  readonly codes: string
  readonly by: string
  readonly reason: string | null
  readonly at: number
  readonly expires_at: number
}

/** What waits for a person, and what persons have approved (planning.md section 7). */
export function openHolds({ db, texts, read, write }: Connection, worklist: Worklist): HoldStore {
  const held = db.prepare<[], HeldRow>(
    `select ${HELD.map((column) => `s.${column}`).join(', ')}, r.key as device
       from step s indexed by step_held cross join record r on r.dev = s.dev
       where s.state = 'held' order by s.dev, s.ord`,
  )
  const insert = db.prepare<[string, string, string, string | null, number, number], { id: number }>(
    'insert into approval(hold, codes, by, reason, at, expires_at) values(?, ?, ?, ?, ?, ?) returning id',
  )
  const bind = db.prepare<[number, StepId, number]>(
    'insert or ignore into approval_step(dev, step, approval) values(?, ?, ?)',
  )
  const visit = db.prepare<[number, number, number]>(
    'insert or ignore into due(dev, approval, at) select dev, ?, ? from device where dev = ?',
  )
  const covered = db.prepare<[number], { step: StepId }>(
    `select distinct a.step from approval p cross join approval_step a on a.approval = p.id
       where a.used_at is null and p.expires_at > (select ?)`,
  )
  const newest = db.prepare<[number], ApprovalRow>('select * from approval order by id desc limit ?')
  const steps = db.prepare<[number], { step: StepId }>(
    'select distinct step from approval_step where approval = ? order by step',
  )

  function approvalFrom(row: ApprovalRow): Approval {
    return {
      id: row.id,
      hold: row.hold,
      codes: JSON.parse(row.codes) as HoldCode[],
      by: row.by,
      ...given('reason', row.reason),
      at: row.at,
      expiresAt: row.expires_at,
      steps: steps.all(row.id).map(({ step }) => step),
    }
  }

  return {
    holds: () => read(() => gatherHeld(held.all(), texts)),
    approve: (approval) =>
      write(() => {
        if (approval.steps.length === 0) {
          throw new SimplaneError(
            'not-found',
            `Hold ${approval.hold} holds no step now; nothing was approved.`,
            {
              hint: 'List what waits with "simplane status".',
            },
          )
        }
        const { hold, codes, by, reason, at, expiresAt } = approval
        const id = insert.get(hold, JSON.stringify(codes), by, reason ?? null, at, expiresAt)?.id ?? 0
        const touched = nothingTouched()
        for (const { dev, id: step } of approval.steps) {
          bind.run(dev, step, id)
          touched.devs.add(dev)
        }
        // When it ends, what it let go and was not issued waits again.
        for (const dev of touched.devs) visit.run(id, expiresAt, dev)
        worklist.enlist(touched)
        return { ...approval, id, steps: sortedUnique(approval.steps.map((step) => step.id)) }
      }),
    approved: (now) => read(() => new Set(covered.all(now).map(({ step }) => step))),
    approvals: (limit) => read(() => newest.all(limit).map(approvalFrom)),
  }
}
