import type { RecordKey } from '../domain/device.ts'
import { SimplaneError } from '../domain/error.ts'
import type { StoredHold } from '../domain/hold-store.ts'
import type { HoldSubject, StepKind } from '../domain/plan.ts'
import { holdDigest, holdIds, holdKey } from '../plan/holds.ts'
import { heldBy, type StepRow, subjectOf } from './step-rows.ts'

/** What holds are gathered from, beside the key of its device. */
export const HELD = [
  'dev',
  'n',
  'id',
  'kind',
  'held_by',
  'subject',
  'over',
  'waits',
  'configuration',
  'held_at',
  'planned_at',
] as const

export type HeldRow = Pick<StepRow, (typeof HELD)[number]> & { readonly device: RecordKey }

/** The texts that rows name by number. */
type Texts = { readonly text: (id: number) => string; readonly json: (id: number) => unknown }

type Gathered = { readonly subject: HoldSubject; readonly kind: StepKind; readonly rows: HeldRow[] }

/** Every held step, device by device in its order, as the holds of a person: by reason, step and configuration. */
export function gatherHeld(rows: readonly HeldRow[], texts: Texts): readonly StoredHold[] {
  const holds = new Map<string, Gathered>()
  let open: { readonly dev: number; readonly hold: Gathered } | undefined
  for (const row of rows) {
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
  const ids = holdIds(holds.keys())
  return [...holds]
    .map(([key, hold]) => holdFrom(ids.get(key) ?? key, hold))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
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
