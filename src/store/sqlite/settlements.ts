import type { StepState } from '../../domain/journal.ts'
import type { JournalStore, Settlement } from '../../domain/journal-store.ts'
import type { StepKind } from '../../domain/plan.ts'
import type { Connection } from './connection.ts'
import type { DeviceReads } from './device-reads.ts'
import type { RecordWrites } from './record-writes.ts'
import { UNDER_WAY } from '../step-rows.ts'
import { nothingTouched, type Touched } from '../touched.ts'
import type { Worklist } from './worklist.ts'

const TERMINAL: ReadonlySet<StepState> = new Set([
  'proven',
  'failed',
  'expired',
  'lost',
  'unproven',
  'superseded',
])

/**
 * Writes what became of steps. One that has already come to its end, or was never sent, stays as it is, so that a late
 * or repeated answer changes nothing. A step that was not taken (`ready`) is as if never issued: it counts against no
 * budget.
 */
export function openSettlements(
  { db, write }: Connection,
  reads: DeviceReads,
  records: RecordWrites,
  worklist: Worklist,
): JournalStore['settle'] {
  const end = db.prepare<[StepState, number, string | null, string | null, number, number], StepEnd>(
    `update step set state = ?, settled_at = ?, proof = coalesce(?, proof), error = coalesce(?, error), poll_at = 0
       where dev = ? and n = ? and ${UNDER_WAY} returning id, kind`,
  )
  const goOn = db.prepare<[StepState, number, number | null, string | null, string | null, number, number]>(
    `update step set state = ?, poll_at = ?, deadline = coalesce(?, deadline), proof = coalesce(?, proof),
       error = coalesce(?, error) where dev = ? and n = ? and ${UNDER_WAY}`,
  )
  const putBack = db.prepare<[StepState, number, string | null, number, number]>(
    `update step set state = ?, not_before = ?, error = ?, poll_at = 0, command = null, issued_at = null, deadline = null,
       baseline = null, proof = null where dev = ? and n = ? and ${UNDER_WAY}`,
  )
  const remember = openMemory({ db })

  function written(settlement: Settlement): boolean {
    const { dev, n, state, at, pollAt, deadline, proof } = settlement
    const error = settlement.error === undefined ? null : JSON.stringify(settlement.error)
    if (TERMINAL.has(state)) {
      const ended = end.get(state, at, proof ?? null, error, dev, n)
      if (ended !== undefined) remember(settlement, ended)
      return ended !== undefined
    }
    if (state === 'ready' || state === 'held')
      return putBack.run(state, pollAt ?? at, error, dev, n).changes === 1
    return goOn.run(state, pollAt ?? 0, deadline ?? null, proof ?? null, error, dev, n).changes === 1
  }

  function settle(settlement: Settlement, touched: Touched): void {
    if (!written(settlement)) return
    const { dev, record, deleted } = settlement
    if (TERMINAL.has(settlement.state)) worklist.touch(touched, dev)
    if (record !== undefined) records.put(reads.byKey(record.key), record, touched)
    const gone = deleted === undefined ? undefined : reads.byKey(deleted)
    if (gone !== undefined) records.remove(gone, touched)
  }

  return (settlements) =>
    write(() => {
      const touched = nothingTouched()
      for (const settlement of settlements) settle(settlement, touched)
      worklist.enlist(touched)
    })
}

type StepEnd = { readonly id: string; readonly kind: StepKind }

/** Keeps beside the record what plans depend on of the steps that have ended. */
function openMemory({ db }: Pick<Connection, 'db'>): (settlement: Settlement, ended: StepEnd) => void {
  const unanswered = db.prepare<[number, number]>(
    'update record set unanswered_at = max(coalesce(unanswered_at, 0), ?) where dev = ?',
  )
  const proven = db.prepare<[Record<'at' | 'dev' | 'kind', string | number>]>(
    `update record set proven_at = max(coalesce(proven_at, 0), @at),
       erased_at = case @kind when 'reset' then @at when 'install' then null else erased_at end where dev = @dev`,
  )
  // History rests on the newest proven step, and on the newest that filled or emptied the eUICC.
  const restNoMore = {
    eSim: db.prepare<[number]>('update step set rests = 0 where dev = ? and rests = 1'),
    other: db.prepare<[number]>(
      "update step set rests = 0 where dev = ? and rests = 1 and kind not in ('reset', 'install')",
    ),
  }
  const rest = db.prepare<[number, number]>('update step set rests = 1 where dev = ? and n = ?')
  // An approval lets a step go once: what comes again later is asked again.
  const spend = db.prepare<[number, number, string]>(
    'update approval_step set used_at = ? where dev = ? and step = ? and used_at is null',
  )

  return ({ dev, n, state, at }, { id, kind }) => {
    if (state === 'expired' || state === 'unproven') unanswered.run(at, dev)
    if (state !== 'proven') return
    proven.run({ at, dev, kind })
    restNoMore[kind === 'reset' || kind === 'install' ? 'eSim' : 'other'].run(dev)
    rest.run(dev, n)
    spend.run(at, dev, id)
  }
}
