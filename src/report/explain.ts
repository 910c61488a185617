import type { DesiredState } from '../domain/desired.ts'
import type { JournalStep } from '../domain/journal.ts'
import type { StoredHold } from '../domain/hold-store.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import type { Instant } from '../domain/time.ts'
import type { HistoryEvent } from './step-events.ts'
import type { TimeFormat } from './time-format.ts'

/** What the explanation of one device is told from. */
export type ExplainInput = {
  readonly device: StoredDevice
  /** Of this device, newest first. */
  readonly steps: readonly JournalStep[]
  readonly desired?: DesiredState
  /** Of this device, newest first. */
  readonly events: readonly HistoryEvent[]
  /** Other records of the same hardware. */
  readonly twins: readonly StoredDevice[]
  /** Further devices that the same question fits, such as those of one user. */
  readonly others?: readonly StoredDevice[]
  readonly holds?: readonly Pick<StoredHold, 'id' | 'codes' | 'steps'>[]
  readonly now: Instant
  readonly time: TimeFormat
}

/** Steps that are still to come or under way, in the order in which they run. */
export function openSteps(steps: readonly JournalStep[]): readonly JournalStep[] {
  const open: readonly JournalStep['state'][] = ['ready', 'held', 'issued', 'accepted']
  return steps.filter((step) => open.includes(step.state)).sort((a, b) => a.n - b.n)
}

/** The hold that a step waits for, when the holds are known. */
export function holdOf(step: JournalStep, input: ExplainInput): string | undefined {
  const found = input.holds?.find((hold) =>
    hold.steps.some((each) => each.dev === step.dev && each.n === step.n),
  )
  return found?.id
}
