import type { RecordKey } from '../../domain/device.ts'
import type { CommandId } from '../../domain/driver.ts'
import type { ClaimedStep, JournalStore } from '../../domain/journal-store.ts'
import type { StoredDevice } from '../../domain/stored-device.ts'
import type { Connection } from './connection.ts'
import type { DeviceReads } from './device-reads.ts'
import { journalStep, type StepRow, UNDER_WAY } from '../step-rows.ts'

export type Claims = Pick<JournalStore, 'claim' | 'underWay' | 'nextDue' | 'steps'>

/**
 * A step may be issued when it is the first unsettled one of its device (the first of its plan: whoever settles one is
 * planned again), nothing of its device is under way, the device does not wait to be planned (what is on the worklist
 * may be superseded by a newer revision or observation), and it left no group that is not judged yet.
 */
const ISSUABLE = `s.state = 'ready' and s.ord = 0
  and not exists (select 1 from work w where w.dev = s.dev)
  and not exists (select 1 from leaver l where l.dev = s.dev and l.shrunk = 0)
  and not exists (select 1 from step e not indexed where e.dev = s.dev and e.${UNDER_WAY})`

/** The journal as the executor uses it: what to send, what to ask about, and when. */
export function openClaims({ db, texts, epoch, read, write }: Connection, reads: DeviceReads): Claims {
  const issuable = db.prepare<[number, string, number], StepRow>(
    `select s.* from step s indexed by step_ready where ${ISSUABLE} and s.not_before <= (select ?)
       and (select v.name from record r join driver v using(driver) where r.dev = s.dev) in (select value from json_each(?))
       order by s.not_before, s.dev limit ?`,
  )
  const issue = db.prepare<[CommandId, number, number, number, string | null, number, number], StepRow>(
    `update step set state = 'issued', command = ?, run = ?, issued_at = ?, deadline = ?, baseline = ?, poll_at = 0,
       held_at = null where dev = ? and n = ? returning *`,
  )
  const polled = db.prepare<[number, number], StepRow>(
    `select * from step where ${UNDER_WAY} and poll_at <= (select ?) order by poll_at, dev limit ?`,
  )
  const dues = [
    `select poll_at as at from step where ${UNDER_WAY} order by poll_at limit 1`,
    `select s.not_before as at from step s indexed by step_ready where ${ISSUABLE} order by s.not_before limit 1`,
    'select at from due order by at limit 1',
    'select visit_at as at from device where visit_at is not null order by visit_at limit 1',
  ].map((sql) => db.prepare<[], { at: number }>(sql))
  const keyOf = db.prepare<[number], { key: RecordKey }>('select key from record where dev = ?')
  const ofDevice = db.prepare<[number, number], StepRow>(
    'select * from step where dev = ? order by n desc limit ?',
  )

  function devicesOf(rows: readonly StepRow[]): ReadonlyMap<number, StoredDevice> {
    return new Map(reads.byDevs(rows.map(({ dev }) => dev)).map((stored) => [stored.dev, stored]))
  }

  function claimed(row: StepRow, stored: StoredDevice | undefined): ClaimedStep[] {
    if (stored === undefined || row.command === null) return []
    return [{ ...journalStep(row, stored.record.key, texts), command: row.command, stored }]
  }

  return {
    claim: (limit, drivers, run, now, deadline) =>
      write(() => {
        const rows = issuable.all(now, JSON.stringify(drivers), limit)
        const devices = devicesOf(rows)
        return rows.flatMap(({ dev, n, attempt }) => {
          const stored = devices.get(dev)
          if (stored === undefined) return []
          const command = `${epoch}.${dev}.${n}.${attempt}` as CommandId
          const row = issue.get(command, run, now, deadline, baselineOf(stored), dev, n)
          return row === undefined ? [] : claimed(row, stored)
        })
      }),
    underWay: (now, limit) =>
      read(() => {
        const rows = polled.all(now, limit)
        const devices = devicesOf(rows)
        return rows.flatMap((row) => claimed(row, devices.get(row.dev)))
      }),
    nextDue: (now) =>
      read(() => {
        const moments = dues.flatMap((statement) => statement.get()?.at ?? [])
        // Zero stands for "at once".
        return moments.length === 0 ? undefined : Math.min(...moments.map((at) => (at === 0 ? now : at)))
      }),
    steps: (dev, limit) =>
      read(() => {
        const key = keyOf.get(dev)?.key
        return key === undefined ? [] : ofDevice.all(dev, limit).map((row) => journalStep(row, key, texts))
      }),
  }
}

/** The ICCIDs listed now; nothing when nobody knows them, for an empty baseline would prove any reset. */
function baselineOf({ record }: StoredDevice): string | null {
  return record.esims === 'unknown' ? null : JSON.stringify(record.esims.map(({ iccid }) => iccid))
}
