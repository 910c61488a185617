import type { DesiredState } from '../domain/desired.ts'
import type { RecordKey } from '../domain/device.ts'
import { DRIFT_CAUSES } from '../domain/journal.ts'
import type { DriftCause } from '../domain/journal.ts'
import type { HoldCode } from '../domain/plan.ts'
import type { Duration, Instant } from '../domain/time.ts'

/**
 * Does it repair itself? `in-work`: yes; `held`: a person decides; `gave-up`: every try failed; `observed`: its mode only
 * reports; `reported`: there is nothing that simplane could do.
 */
export const DRIFT_REPAIRS = ['in-work', 'held', 'gave-up', 'observed', 'reported'] as const
export type DriftRepair = (typeof DRIFT_REPAIRS)[number]

/** One device that contradicts the revision in force. `follows`: what simplane does about it, in a few words. */
export type DriftRow = {
  readonly device: RecordKey
  readonly name?: string
  readonly serial?: string
  readonly configuration?: string
  readonly cause: DriftCause
  readonly since: Instant
  readonly repair: DriftRepair
  readonly follows: string
}

type DriftSubject = {
  /** Devices of the fleet. */
  readonly devices: number
  readonly revision?: string
  /** When that revision was applied. */
  readonly appliedAt?: Instant
  readonly now: Instant
}

/** What a drift report is about, device by device. */
export type DriftReport = DriftSubject & {
  readonly rows: readonly DriftRow[]
  /** What the revision in force asks for: where drift is shown on lines. */
  readonly desired?: DesiredState
}

/** What holds the repair of drifted devices, and how many of them. */
export type DriftHold = {
  readonly id: string
  readonly code: HoldCode
  readonly configuration?: string
  readonly devices: number
}

/** Drift in numbers, with a few devices as examples: as small for a million devices as for one. */
export type DriftSummary = DriftSubject & {
  readonly drifted: number
  readonly causes: readonly DriftOfCause[]
  readonly examples: readonly DriftRow[]
  readonly holds: readonly DriftHold[]
}

/** Drifted devices of one cause and configuration, by whether they repair themselves. */
export type DriftOfCause = {
  readonly cause: DriftCause
  readonly configuration?: string
  readonly devices: number
  readonly oldest: Duration
  readonly repairs: Readonly<Partial<Record<DriftRepair, number>>>
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
/** Devices that a summary names. */
const SHOWN = 20

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
    .sort(byCause)
}

/** Sums up drifted devices one by one. */
type DriftSums = {
  add(row: DriftRow): void
  summary(subject: DriftSubject, holds: readonly DriftHold[]): DriftSummary
}

export function driftSums(): DriftSums {
  const causes = new Map<
    string,
    { first: DriftRow; since: Instant; repairs: Partial<Record<DriftRepair, number>> }
  >()
  const examples: DriftRow[] = []
  let drifted = 0
  return {
    add(row) {
      drifted += 1
      if (examples.length < SHOWN) examples.push(row)
      const key = JSON.stringify([row.cause, row.configuration])
      const sum = causes.get(key) ?? { first: row, since: row.since, repairs: {} }
      causes.set(key, sum)
      sum.since = Math.min(sum.since, row.since)
      sum.repairs[row.repair] = (sum.repairs[row.repair] ?? 0) + 1
    },
    summary: (subject, holds) => ({
      ...subject,
      drifted,
      causes: [...causes.values()]
        .map(({ first, since, repairs }) => ({
          cause: first.cause,
          ...(first.configuration === undefined ? {} : { configuration: first.configuration }),
          devices: Object.values(repairs).reduce((sum, devices) => sum + devices, 0),
          oldest: subject.now - since,
          repairs,
        }))
        .sort(byCause),
      examples,
      holds,
    }),
  }
}

/** A report in numbers. */
export function driftSummary(report: DriftReport, holds: readonly DriftHold[] = []): DriftSummary {
  const sums = driftSums()
  for (const row of report.rows) sums.add(row)
  const { devices, revision, appliedAt, now } = report
  const applied = appliedAt === undefined ? {} : { appliedAt }
  return sums.summary({ devices, ...(revision === undefined ? {} : { revision }), ...applied, now }, holds)
}

function byCause(
  a: Pick<DriftOfCause, 'cause' | 'devices'>,
  b: Pick<DriftOfCause, 'cause' | 'devices'>,
): number {
  return DRIFT_CAUSES.indexOf(a.cause) - DRIFT_CAUSES.indexOf(b.cause) || b.devices - a.devices
}
