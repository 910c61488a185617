import type { StepState } from '../../domain/journal.ts'
import type { JournalStore, Settlement } from '../../domain/journal-store.ts'
import type { Connection } from './connection.ts'
import type { DeviceReads } from './device-reads.ts'
import type { RecordWrites } from './record-writes.ts'
import { nothingTouched, type Touched, type Worklist } from './worklist.ts'

const TERMINAL: ReadonlySet<StepState> = new Set([
  'proven',
  'failed',
  'expired',
  'lost',
  'unproven',
  'superseded',
])

const SETTLEABLE = "state in ('ready', 'held', 'issued', 'accepted')"

/**
 * Writes what became of steps. One that has already come to its end stays as it is, so that a late or repeated answer
 * changes nothing. A step that was not taken (`ready`) is as if never issued: it counts against no budget.
 */
export function openSettlements(
  { db, write }: Connection,
  reads: DeviceReads,
  records: RecordWrites,
  worklist: Worklist,
): JournalStore['settle'] {
  const end = db.prepare<[StepState, number, string | null, string | null, number, number]>(
    `update step set state = ?, settled_at = ?, proof = coalesce(?, proof), error = coalesce(?, error), poll_at = 0
       where dev = ? and n = ? and ${SETTLEABLE}`,
  )
  const goOn = db.prepare<[StepState, number, number | null, string | null, string | null, number, number]>(
    `update step set state = ?, poll_at = ?, deadline = coalesce(?, deadline), proof = coalesce(?, proof),
       error = coalesce(?, error) where dev = ? and n = ? and ${SETTLEABLE}`,
  )
  const putBack = db.prepare<[StepState, number, string | null, number, number]>(
    `update step set state = ?, not_before = ?, error = ?, poll_at = 0, command = null, issued_at = null, deadline = null,
       baseline = null, proof = null where dev = ? and n = ? and ${SETTLEABLE}`,
  )

  // An approval lets a step go once: what comes again later is asked again.
  const spend = db.prepare<[number, number]>(
    'update approval_step set used = 1 where step = (select id from step where dev = ? and n = ?)',
  )

  function step(settlement: Settlement): boolean {
    const { dev, n, state, at, pollAt, deadline, proof } = settlement
    const error = settlement.error === undefined ? null : JSON.stringify(settlement.error)
    if (TERMINAL.has(state)) return end.run(state, at, proof ?? null, error, dev, n).changes === 1
    if (state === 'ready' || state === 'held')
      return putBack.run(state, pollAt ?? at, error, dev, n).changes === 1
    return goOn.run(state, pollAt ?? 0, deadline ?? null, proof ?? null, error, dev, n).changes === 1
  }

  function settle(settlement: Settlement, touched: Touched): void {
    if (!step(settlement)) return
    const { dev, n, record, deleted } = settlement
    if (settlement.state === 'proven') spend.run(dev, n)
    if (TERMINAL.has(settlement.state)) worklist.touch(touched, dev)
    if (record !== undefined) records.put(reads.byKey(record.key), record, touched)
    const gone = deleted === undefined ? undefined : reads.byKey(deleted)
    if (gone !== undefined) records.remove(gone.dev, touched)
  }

  return (settlements) =>
    write(() => {
      const touched = nothingTouched()
      for (const settlement of settlements) settle(settlement, touched)
      worklist.enlist(touched)
    })
}
