import type { Outcome } from '../../domain/driver.ts'
import type { Instant } from '../../domain/time.ts'
import type { Host } from './host.ts'
import type { Sent } from './rows.ts'
import { SKEW } from './timing.ts'

export type Failure = Extract<Outcome, { kind: 'failed' }>

export function failed(code: string, message: string, at: Instant, permanent = false): Failure {
  return { kind: 'failed', code, message, permanent, at }
}

/**
 * The enrolment that something was meant for is over: `undefined` while it lasts. A new enrolment empties the queue of
 * an Apple device, and an answer of the old one does not come any more.
 */
export function ended(
  { sentAt }: Pick<Sent, 'sentAt'>,
  host: Host | undefined,
  at: Instant,
): Failure | undefined {
  if (host === undefined) return failed('gone', 'Fleet has no such host any more.', at)
  if (host.registration === 'retired' || host.registration === 'wiped')
    return failed('left', 'The device left the MDM before it answered.', at)
  if ((host.enrolledAt ?? -Infinity) > sentAt + SKEW)
    return failed('re-enrolled', 'The device enrolled again before it answered.', at)
  return undefined
}
