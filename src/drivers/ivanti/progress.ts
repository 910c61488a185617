import { DAY, type Duration, type Instant } from '../../domain/time.ts'
import type { Attributes, IvantiDevice } from './device.ts'
import { hasHeard } from './facts.ts'
import type { Failure, Sent } from './rows.ts'
import { NOTHING, type Targeting } from './targeting.ts'

/** An eSIM reset that no device came for in this time is taken back, so that none runs when nobody expects it. */
const WITHDRAWN_AFTER: Duration = 3 * DAY

/** What a command that is not over needs now. */
export type Next =
  | { readonly kind: 'wait' }
  | { readonly kind: 'write'; readonly values: Attributes }
  /** The device heard of what was written: on to the next. */
  | { readonly kind: 'go-on' }
  | { readonly kind: 'withdraw' }
  | { readonly kind: 'done'; readonly at: Instant }
  | { readonly kind: 'unclear' }
  | { readonly kind: 'failed'; readonly at: Instant; readonly error: Failure }

/** What the command needs now, given the device as it is. Pure. */
export function nextOf(
  sent: Sent,
  device: IvantiDevice | undefined,
  given: { readonly now: Instant; readonly heardAfter: Duration; readonly targeting: Targeting },
): Next {
  const { now, heardAfter, targeting } = given
  if (sent.state === 'withdrawing') return withdrawing(sent, device, given)
  if (sent.state !== 'open') return { kind: 'wait' }
  const over = ended(sent, device, now)
  if (over !== undefined) {
    // What is left in the MDM must not run in the device's next life.
    const leftBehind =
      sent.kind === 'reset' && device?.attributes?.[targeting.resetAttribute ?? ''] !== NOTHING
    return leftBehind && device !== undefined ? { kind: 'withdraw' } : over
  }
  const { position, writes, writtenAt } = sent
  const values = writes[position]
  if (values === undefined) return { kind: 'done', at: device?.lastCheckin ?? now }
  if (writtenAt === undefined) return { kind: 'write', values }
  const lastCheckin = device?.lastCheckin
  if (hasHeard(lastCheckin, writtenAt, heardAfter)) {
    const isLast = position === writes.length - 1
    return isLast ? { kind: 'done', at: lastCheckin ?? now } : { kind: 'go-on' }
  }
  if (sent.kind === 'reset' && position === 0 && now > writtenAt + WITHDRAWN_AFTER)
    return { kind: 'withdraw' }
  return { kind: 'wait' }
}

/** The enrolment that the command was meant for is over. */
function ended(sent: Sent, device: IvantiDevice | undefined, now: Instant): Next | undefined {
  const failed = (code: string, message: string): Next => ({
    kind: 'failed',
    at: now,
    error: { code, message, permanent: false },
  })
  if (device === undefined) return failed('gone', 'The MDM has no such device any more.')
  if ((device.enrolledAt ?? -Infinity) > sent.sentAt)
    return failed('re-enrolled', 'The device enrolled again before it heard of it.')
  if (device.registration === 'active') return undefined
  return failed('not-active', `The device is not active any more (${device.registration}).`)
}

/** Taken back; only a device that certainly did not come in between did not run it. */
function withdrawing(
  sent: Sent,
  device: IvantiDevice | undefined,
  {
    now,
    heardAfter,
    targeting,
  }: { readonly now: Instant; readonly heardAfter: Duration; readonly targeting: Targeting },
): Next {
  const { writtenAt } = sent
  if (device === undefined) return { kind: 'unclear' }
  if (writtenAt === undefined) return { kind: 'write', values: { [targeting.resetAttribute ?? '']: NOTHING } }
  if (now <= writtenAt + heardAfter) return { kind: 'wait' }
  if ((device.lastCheckin ?? -Infinity) > sent.sentAt) return { kind: 'unclear' }
  const message = 'The device did not check in for days: the eSIM reset was taken back before it heard of it.'
  return { kind: 'failed', at: now, error: { code: 'withdrawn', message, permanent: false } }
}
