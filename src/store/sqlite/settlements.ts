import type { RecordKey } from '../../domain/device.ts'
import type { StepState } from '../../domain/journal.ts'
import type { JournalStore, Settlement } from '../../domain/journal-store.ts'
import type { StoredDevice } from '../../domain/stored-device.ts'
import type { Connection } from './connection.ts'
import type { DeviceReads } from './device-reads.ts'
import type { RecordWrites } from './record-writes.ts'
import { UNDER_WAY } from '../step-rows.ts'
import { openStepEnds, type Standings } from './step-ends.ts'
import { nothingTouched, type Touched, touchRecord } from '../touched.ts'
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
  const end = db.prepare<[StepState, number, string | null, string | null, number, number, number]>(
    `update step set state = ?, settled_at = ?, proof = coalesce(?, proof), error = coalesce(?, error), poll_at = 0,
       rests = ? where dev = ? and n = ? and ${UNDER_WAY}`,
  )
  const goOn = db.prepare<[StepState, number, number | null, string | null, string | null, number, number]>(
    `update step set state = ?, poll_at = ?, deadline = coalesce(?, deadline), proof = coalesce(?, proof),
       error = coalesce(?, error) where dev = ? and n = ? and ${UNDER_WAY}`,
  )
  const putBack = db.prepare<[StepState, number, string | null, number, number]>(
    `update step set state = ?, not_before = ?, error = ?, poll_at = 0, command = null, issued_at = null, deadline = null,
       baseline = null, proof = null where dev = ? and n = ? and ${UNDER_WAY}`,
  )
  const standingsOf = openStepEnds({ db })

  function isWritten({ dev, n, state, at, pollAt, deadline, proof, error }: Settlement): boolean {
    const why = error === undefined ? null : JSON.stringify(error)
    if (TERMINAL.has(state))
      return end.run(state, at, proof ?? null, why, Number(state === 'proven'), dev, n).changes === 1
    if (state === 'ready' || state === 'held')
      return putBack.run(state, pollAt ?? at, why, dev, n).changes === 1
    return goOn.run(state, pollAt ?? 0, deadline ?? null, proof ?? null, why, dev, n).changes === 1
  }

  function settle(settlement: Settlement, standings: Standings, known: Known, touched: Touched): void {
    const { dev, n, state, record, deleted } = settlement
    const step = standings.underWay(dev, n)
    if (step === undefined || !isWritten(settlement)) return
    const stored = record === undefined ? undefined : known(record.key)
    if (TERMINAL.has(state)) {
      standings.remember(settlement, step)
      if (stored?.dev === dev) touchStored(touched, stored)
      else worklist.touch(touched, dev)
    }
    if (record !== undefined) records.put(stored, record, touched)
    const gone = deleted === undefined ? undefined : known(deleted)
    if (gone !== undefined) records.remove(gone, touched)
  }

  /** Reads in one statement what settlements will ask for. What was asked for once is written, and read again after that. */
  function devicesOf(settlements: readonly Settlement[]): Known {
    const devs = settlements.flatMap(({ dev, record }) => (record === undefined ? [] : [dev]))
    const fresh = new Map(reads.byDevs(devs).map((stored) => [stored.face.key, stored]))
    return (key) => {
      const stored = fresh.get(key) ?? reads.byKey(key)
      fresh.delete(key)
      return stored
    }
  }

  return (settlements) =>
    write(() => {
      const touched = nothingTouched()
      // Neighbours share pages.
      const ordered = settlements.toSorted((a, b) => a.dev - b.dev)
      const standings = standingsOf(ordered.map(({ dev }) => dev))
      const known = devicesOf(ordered)
      for (const settlement of ordered) settle(settlement, standings, known, touched)
      worklist.enlist(touched)
    })
}

type Known = (key: RecordKey) => StoredDevice | undefined

function touchStored(touched: Touched, { dev, face }: StoredDevice): void {
  touched.devs.add(dev)
  touchRecord(touched, face)
}
