import type { Log, LogFields } from '../domain/log.ts'
import { MINUTE, type Clock, type Duration, type Instant } from '../domain/time.ts'

/** How often webhooks of one sender that are refused are complained about. */
const EVERY: Duration = MINUTE

/** Says in the log that a webhook of somebody known (`driver phones`) was refused, and why; once a minute each. */
export function openComplaints(
  clock: Clock,
  log: Log,
): (of: string, why: string, fields?: LogFields) => void {
  const complained = new Map<string, Instant>()
  return (of, why, fields) => {
    const now = clock.now()
    const last = complained.get(of) ?? -Infinity
    if (now >= last && now - last < EVERY) return
    complained.set(of, now)
    log.warn('refused-webhook', `a webhook for ${of} was refused: ${why}`, fields)
  }
}
