import type { Outcome } from '../../domain/driver.ts'
import { MINUTE, type Duration, type Instant } from '../../domain/time.ts'
import type { Device } from './device.ts'
import type { Sent } from './memory.ts'
import type { Work } from './submit.ts'

/** SimpleMDM's clock and ours differ by no more. */
const SKEW: Duration = 5 * MINUTE

/**
 * What became of an install. SimpleMDM does not say; what it shows is that the device was there since, and so was offered
 * the command: no more than accepted. Whether a command arrived whose answer got lost cannot be known.
 */
export async function outcomeOf({ client, memory, clock }: Work, sent: Sent): Promise<Outcome> {
  if (sent.outcome !== undefined) return sent.outcome
  const device = await client.device(sent.device)
  const now = clock.now()
  const over = ended(sent, device, now)
  if (over !== undefined) {
    memory.ended(sent.step, over, 'told')
    return over
  }
  if (sent.state === 'sending') return { kind: 'unknown' }
  const { seenAt = 0 } = device ?? {}
  return seenAt > sent.seenAt ? { kind: 'done', at: Math.min(seenAt, now) } : { kind: 'pending' }
}

/** The enrolment that it was meant for is over; `undefined` while it lasts. */
function ended(sent: Sent, device: Device | undefined, at: Instant): Outcome | undefined {
  if (device === undefined) return failed('gone', 'SimpleMDM has no such device any more.', at)
  if (device.registration === 'retired')
    return failed('left', 'The device left the MDM before it was seen again.', at)
  if ((device.enrolledAt ?? -Infinity) > sent.sentAt + SKEW)
    return failed('re-enrolled', 'The device enrolled again since.', at)
  return undefined
}

function failed(code: string, message: string, at: Instant): Outcome {
  return { kind: 'failed', code, message, permanent: false, at }
}
