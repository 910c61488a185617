import type { RecordKey } from '../../domain/device.ts'
import { SimplaneError } from '../../domain/error.ts'
import type { HoldCode, HoldSubject, StepId, StepKind } from '../../domain/plan.ts'
import type { Approval, HoldStore, StoredHold } from '../../domain/hold-store.ts'
import { holdDigest, holdIds, holdKey } from '../../plan/holds.ts'
import type { Connection } from './connection.ts'
import { given } from './device-reads.ts'
import { heldBy, type StepRow, subjectOf } from './step-rows.ts'
import { nothingTouched, type Worklist } from './worklist.ts'

type HeldRow = Pick<
  StepRow,
  | 'dev'
  | 'n'
  | 'id'
  | 'kind'
  | 'held_by'
  | 'subject'
  | 'over'
  | 'waits'
  | 'configuration'
  | 'held_at'
  | 'planned_at'
> & { readonly device: RecordKey }

type ApprovalRow = {
  readonly id: number
  readonly hold: string
  readonly codes: string
  readonly by: string
  readonly reason: string | null
  readonly at: number
  readonly expires_at: number
}

type Gathered = { readonly subject: HoldSubject; readonly kind: StepKind; readonly rows: HeldRow[] }

/** What waits for a person, and what persons have approved (planning.md section 7). */
export function openHolds({ db, texts, read, write }: Connection, worklist: Worklist): HoldStore {
  const held = db.prepare<[], HeldRow>(
    `select s.dev, s.n, s.id, s.kind, s.held_by, s.subject, s.over, s.waits, s.configuration, s.held_at, s.planned_at,
       r.key as device from step s indexed by step_held cross join record r on r.dev = s.dev where s.state = 'held' order by s.dev, s.ord`,
  )
  const insert = db.prepare<[string, string, string, string | null, number, number], { id: number }>(
    'insert into approval(hold, codes, by, reason, at, expires_at) values(?, ?, ?, ?, ?, ?) returning id',
  )
  const bind = db.prepare<[string, number]>(
    'insert or ignore into approval_step(step, approval) values(?, ?)',
  )
  const waiting = db.prepare<[string], { dev: number }>(
    "select dev from step where id = (select ?) and state = 'held'",
  )
  const covered = db.prepare<[number], { step: StepId }>(
    `select distinct step from approval_step where used = 0
       and approval in (select id from approval where expires_at > ?)`,
  )
  const newest = db.prepare<[number], ApprovalRow>('select * from approval order by id desc limit ?')
  const steps = db.prepare<[number], { step: StepId }>(
    'select step from approval_step where approval = ? order by step',
  )

  function gather(): ReadonlyMap<string, Gathered> {
    const holds = new Map<string, Gathered>()
    let open: { readonly dev: number; readonly hold: Gathered } | undefined
    for (const row of held.all()) {
      const subject = subjectOf(row, texts)
      // A row that only waits belongs to the hold it waits behind.
      if (subject === undefined && open?.dev === row.dev) {
        open.hold.rows.push(row)
        continue
      }
      const own = subject ?? { codes: heldBy(row, texts) }
      const key = holdKey(own, row.kind)
      const hold = holds.get(key) ?? { subject: own, kind: row.kind, rows: [] }
      hold.rows.push(row)
      holds.set(key, hold)
      open = { dev: row.dev, hold }
    }
    return holds
  }

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
    holds: () =>
      read(() => {
        const holds = gather()
        const ids = holdIds(holds.keys())
        return [...holds]
          .map(([key, hold]) => holdFrom(ids.get(key) ?? key, hold))
          .sort((a, b) => (a.id < b.id ? -1 : 1))
      }),
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
        for (const step of approval.steps) {
          bind.run(step, id)
          for (const { dev } of waiting.all(step)) touched.devs.add(dev)
        }
        worklist.enlist(touched)
        return { ...approval, id }
      }),
    approved: (now) => read(() => new Set(covered.all(now).map(({ step }) => step))),
    approvals: (limit) => read(() => newest.all(limit).map(approvalFrom)),
  }
}

function holdFrom(id: string, { subject, kind, rows }: Gathered): StoredHold {
  const [code] = subject.codes
  if (code === undefined) throw new SimplaneError('internal', `Hold ${id} has no reason.`)
  return {
    id,
    code,
    codes: subject.codes,
    step: kind,
    ...(subject.configuration === undefined ? {} : { configuration: subject.configuration }),
    devices: new Set(rows.map(({ dev }) => dev)).size,
    digest: holdDigest(rows.map((row) => row.id)),
    since: rows.reduce((since, row) => Math.min(since, row.held_at ?? row.planned_at), Infinity),
    steps: rows.map(({ dev, n, id: step, device }) => ({ dev, n, id: step, device })),
  }
}
