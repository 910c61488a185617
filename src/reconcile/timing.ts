import type { StepKind } from '../domain/plan.ts'
import { DAY, MINUTE, SECOND, type Duration, type Instant } from '../domain/time.ts'

/** How many commands a driver is sent, or asked about, at once. */
export const CONCURRENCY = 32
/** How many steps are written as issued in one transaction, and then sent. */
export const CLAIM = 500

const DEADLINES: Readonly<Partial<Record<StepKind, Duration>>> = { 'delete-record': DAY }
/** Devices sleep over long weekends: a command waits in the MDM's queue as long. */
const DEADLINE = 4 * DAY

/** When a step that nothing has proven by then expires. */
export function deadlineOf(kind: StepKind, issuedAt: Instant): Instant {
  return issuedAt + (DEADLINES[kind] ?? DEADLINE)
}

/** When to ask about a step again: soon while it is young, every 10 minutes when it is old. */
export function nextPoll(issuedAt: Instant, now: Instant): Instant {
  const age = Math.max(0, now - issuedAt)
  return now + Math.round(Math.min(10 * MINUTE, Math.max(SECOND / 4, age / 4)))
}

/** From this age on a silent step's device is looked at too: answers get lost, effects do not. */
export const SILENT_AFTER = 30 * SECOND
