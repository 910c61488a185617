import type { RecordKey } from '../domain/device.ts'
import { type Event, type EventKind, NO_COUNTS, type Run, type RunCounts } from '../domain/run-store.ts'
import { given } from './given.ts'

export type RunRow = {
  readonly id: number
  readonly trigger: string
  readonly revision: string | null
  readonly started_at: number
  readonly ended_at: number | null
  readonly counts: string | null
  readonly error: string | null
}

export type EventRow = {
  readonly id: number
  readonly at: number
  readonly kind: EventKind
  readonly message: string
  readonly actor: string | null
  readonly run: number | null
  readonly revision: string | null
  readonly device: RecordKey | null
}

export function runFrom(row: RunRow): Run {
  return {
    id: row.id,
    trigger: row.trigger,
    ...given('revision', row.revision),
    startedAt: row.started_at,
    ...given('endedAt', row.ended_at),
    counts: row.counts === null ? NO_COUNTS : (JSON.parse(row.counts) as RunCounts),
    ...given('error', row.error),
  }
}

export function eventFrom(row: EventRow): Event {
  return {
    id: row.id,
    at: row.at,
    kind: row.kind,
    message: row.message,
    ...given('actor', row.actor),
    ...given('run', row.run),
    ...given('revision', row.revision),
    ...given('device', row.device),
  }
}
