import type { Database } from 'better-sqlite3'
import { SimplaneError } from '../../domain/error.ts'
import type { Clock, Instant } from '../../domain/time.ts'
import { turn } from './dials.ts'
import type { Dials } from './dials.ts'
import { deviceLog } from './log.ts'
import type { DeviceLog } from './log.ts'
import { roll } from './random.ts'
import { tables } from './tables.ts'
import type { DeviceRow, Tables } from './tables.ts'

/** Everything the parts of the simulator share: one open simulated world. */
export type World = {
  readonly name: string
  readonly seed: number
  readonly clock: Clock
  readonly db: Database
  readonly tables: Tables
  readonly log: DeviceLog
  dials: Dials
  /** Calls of `submit` so far: a call repeated with the same id must be able to fare better. */
  calls: number
}

/** Joins an open and filled database to a clock and its dials. */
export function joinWorld(db: Database, name: string, clock: Clock, dials: Dials): World {
  const rows = tables(db)
  const world: World = {
    name,
    seed: Number(rows.meta('seed')),
    clock,
    db,
    tables: rows,
    log: deviceLog(db),
    dials,
    calls: 0,
  }
  write(world, () => followOffline(world, clock.now()))
  return world
}

/** Turns dials while the world runs. Throws `settings` for a value out of range. */
export function turnDials(world: World, changes: Partial<Dials>, now: Instant): void {
  world.dials = turn(world.dials, changes)
  followOffline(world, now)
}

/** Whether the device checks in. */
export function isOnline(world: World, row: DeviceRow): boolean {
  if (row.device.registration !== 'active') return false
  return row.online ?? roll(world.seed, 'offline', row.id) >= world.dials.offline
}

/** When the MDM last heard of the device: now, while it checks in. */
export function lastSeen(world: World, row: DeviceRow, now: Instant): Instant {
  if (isOnline(world, row)) return now
  return row.seenAt ?? Number(world.tables.meta('offline-since') ?? world.tables.meta('created-at'))
}

/** The row without what the MDM used to believe: the device has checked in. */
export function withoutReport(row: DeviceRow): DeviceRow {
  const { reported: _reported, ...rest } = row
  return rest
}

/** One transaction that takes the write lock at once. Trouble with the file becomes `driver-unreachable`. */
export function write<T>(world: Pick<World, 'db' | 'name'>, work: () => T): T {
  return guard(world, () => world.db.transaction(work).immediate())
}

/** Runs a read; trouble with the file becomes `driver-unreachable`. */
export function guard<T>(world: Pick<World, 'name'>, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!isDatabaseError(error)) throw error
    throw unreachable(world.name, `its file cannot be used (${error.message})`, error)
  }
}

/** The error of a driver that cannot reach its MDM. */
export function unreachable(name: string, because: string, cause?: unknown): SimplaneError {
  return new SimplaneError(
    'driver-unreachable',
    `The MDM of driver ${name} does not answer: ${because}.`,
    cause === undefined ? {} : { cause },
  )
}

/** Lets a share of offline devices other than the last one take effect, be it turned now or when the world was opened. */
function followOffline(world: World, now: Instant): void {
  const { tables: rows, dials } = world
  const share = String(dials.offline)
  if (rows.meta('offline') === share) return
  rows.setMeta('offline', share)
  rows.setMeta('offline-since', String(now))
  for (const row of rows.staleReports()) {
    if (isOnline(world, row)) rows.updateDevice(withoutReport(row))
  }
  rows.unpark(now)
}

function isDatabaseError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_')
}
