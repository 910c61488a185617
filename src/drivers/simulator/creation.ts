import { setImmediate } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import type { Instant } from '../../domain/time.ts'
import { fleet } from './fleet.ts'
import { tables } from './tables.ts'

const BREATH = 10_000

/** What a new fleet is made of. `progress` hears how many enrolments are written, now and then. */
export type FleetPlan = {
  readonly devices: number
  readonly seed: number
  readonly createdAt: Instant
  readonly progress?: (written: number) => void
}

/** Fills an empty database with a fleet, in one transaction: after a crash there is either all of it or none. */
export async function createFleet(db: Database, plan: FleetPlan): Promise<void> {
  const rows = tables(db)
  if (rows.meta('records') !== undefined) return
  db.exec('begin immediate')
  try {
    // Another process may have created it while this one waited for the lock.
    if (rows.meta('records') === undefined) await fill(rows, plan)
    db.exec('commit')
  } catch (error) {
    if (db.inTransaction) db.exec('rollback')
    throw error
  }
}

async function fill(rows: ReturnType<typeof tables>, plan: FleetPlan): Promise<void> {
  const { devices, seed, createdAt, progress } = plan
  let written = 0
  for (const { device, seenAt } of fleet(devices, seed, createdAt)) {
    rows.insertDevice({ id: device.id, device, ...(seenAt === undefined ? {} : { seenAt }) })
    written += 1
    if (written % BREATH === 0) {
      progress?.(written)
      await setImmediate()
    }
  }
  progress?.(written)
  rows.setMeta('seed', String(seed))
  rows.setMeta('created-at', String(createdAt))
  rows.setMeta('records', String(written))
  rows.setMeta('next-id', String(written + 1))
}
