import type { RecordKey } from './device.ts'
import type { Instant } from './time.ts'

export type RunCounts = {
  readonly observed: number
  readonly changed: number
  readonly planned: number
  readonly steps: number
  readonly held: number
  readonly issued: number
  readonly proven: number
  readonly failed: number
}

/** Nothing was counted yet. */
export const NO_COUNTS: RunCounts = {
  observed: 0,
  changed: 0,
  planned: 0,
  steps: 0,
  held: 0,
  issued: 0,
  proven: 0,
  failed: 0,
}

export type Run = {
  readonly id: number
  /** start, schedule, change, request, settle ... */
  readonly trigger: string
  readonly revision?: string
  readonly startedAt: Instant
  readonly endedAt?: Instant
  readonly counts: RunCounts
  readonly error?: string
}

export type EventKind =
  | 'revision'
  | 'refused'
  | 'run'
  | 'step'
  | 'approve'
  | 'retry'
  | 'gone'
  | 'restore'
  | 'error'

/** One line of history. */
export type Event = {
  readonly id: number
  readonly at: Instant
  readonly kind: EventKind
  readonly message: string
  readonly actor?: string
  readonly run?: number
  readonly revision?: string
  readonly device?: RecordKey
}

export interface RunStore {
  beginRun(trigger: string, revision: string | undefined, at: Instant): Promise<number>
  endRun(
    id: number,
    counts: RunCounts,
    revision: string | undefined,
    at: Instant,
    error?: string,
  ): Promise<void>
  runs(limit: number): Promise<readonly Run[]>
  record(events: readonly Omit<Event, 'id'>[]): Promise<void>
  history(filter: {
    readonly since?: Instant
    readonly device?: RecordKey
    readonly limit: number
  }): Promise<readonly Event[]>
  /** Another process asks the running service for a pass; gives the request's number. */
  request(trigger: string, at: Instant): Promise<number>
  /** Requests not answered yet, oldest first: one whose pass a crash ended is found again. */
  requests(): Promise<readonly { readonly id: number; readonly trigger: string }[]>
  /** The highest request number that a finished run has answered. */
  answered(): Promise<number>
  /** Answers this request and every earlier one. */
  answer(request: number): Promise<void>
}
