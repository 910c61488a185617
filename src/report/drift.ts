import type { RecordKey } from '../domain/device.ts'
import { DRIFT_CAUSES } from '../domain/journal.ts'
import type { DriftCause } from '../domain/journal.ts'
import type { Duration, Instant } from '../domain/time.ts'

/** One device that contradicts the revision in force. `follows`: what simplane does about it, in a few words. */
export type DriftRow = {
  readonly device: RecordKey
  readonly name?: string
  readonly serial?: string
  readonly configuration?: string
  readonly cause: DriftCause
  readonly since: Instant
  readonly follows: string
}

/** What a drift report is about. */
export type DriftReport = {
  readonly rows: readonly DriftRow[]
  /** Devices of the fleet. */
  readonly devices: number
  readonly revision?: string
  /** When that revision was applied. */
  readonly appliedAt?: Instant
  readonly now: Instant
}

/** Drifted devices of one cause and configuration, for which the same follows. */
export type DriftGroup = {
  readonly cause: DriftCause
  readonly configuration?: string
  readonly follows: string
  readonly devices: number
  readonly oldest: Duration
  /** The first few. */
  readonly rows: readonly DriftRow[]
}

const EXAMPLES = 3

/** By cause in the order of DRIFT_CAUSES, the largest group first. */
export function driftGroups(report: DriftReport): readonly DriftGroup[] {
  const groups = new Map<string, { first: DriftRow; devices: number; since: Instant; rows: DriftRow[] }>()
  for (const row of report.rows) {
    const key = JSON.stringify([row.cause, row.configuration, row.follows])
    const group = groups.get(key) ?? { first: row, devices: 0, since: row.since, rows: [] }
    groups.set(key, group)
    group.devices += 1
    group.since = Math.min(group.since, row.since)
    if (group.rows.length < EXAMPLES) group.rows.push(row)
  }
  return [...groups.values()]
    .map(({ first, devices, since, rows }) => ({
      cause: first.cause,
      ...(first.configuration === undefined ? {} : { configuration: first.configuration }),
      follows: first.follows,
      devices,
      oldest: report.now - since,
      rows,
    }))
    .sort((a, b) => DRIFT_CAUSES.indexOf(a.cause) - DRIFT_CAUSES.indexOf(b.cause) || b.devices - a.devices)
}
