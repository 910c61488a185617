import type { Outcome } from '../../domain/driver.ts'
import type { Instant } from '../../domain/time.ts'
import type { Listed } from './commands.ts'
import { find } from './deliver.ts'
import type { Device, Uuid } from './device.ts'
import { currentPlans } from './facts.ts'
import { attribute } from './looking.ts'
import type { Sent } from './rows.ts'
import { APPEARS_WITHIN, SHOWN_WITHIN, SKEW } from './timing.ts'
import type { Work } from './work.ts'

type Failure = Extract<Outcome, { kind: 'failed' }>

/**
 * Errors of RefreshCellularPlans (Apple's schema; the domain is not documented, so that the code alone counts): 36001 no
 * way to the cellular software, 36002 the hardware cannot, 36003 it could not, or was busy. 12021: the device does not
 * know the command. Any other may pass.
 */
const PERMANENT: readonly number[] = [36_002, 12_021]

/** What became of an install. "done" is only that the device asked the carrier; once final it is remembered. */
export async function outcomeOf(work: Work, sent: Sent): Promise<Outcome> {
  if (sent.outcome !== undefined) return sent.outcome
  if (sent.uuid === undefined) return await lost(work, sent)
  const device = await work.client.device(sent.device)
  const outcome = await judged(work, sent, sent.uuid, device)
  if (outcome.kind === 'failed') work.memory.ended(sent.step, outcome, 'told')
  return outcome
}

/** Whether Jamf Pro ever got it is looked for. */
async function lost(work: Work, sent: Sent): Promise<Outcome> {
  const uuid = await find(work, sent)
  if (uuid !== undefined) {
    work.memory.told(sent.step, uuid)
    return await outcomeOf(work, { ...sent, uuid, state: 'told' })
  }
  return work.clock.now() - sent.sentAt < SHOWN_WITHIN ? { kind: 'pending' } : { kind: 'unknown' }
}

async function judged(work: Work, sent: Sent, uuid: Uuid, device: Device | undefined): Promise<Outcome> {
  const { memory, client, clock } = work
  if (sent.acknowledgedAt !== undefined) return await concluded(work, sent, sent.acknowledgedAt, device)
  const listed = await client.command(uuid)
  const now = clock.now()
  if (listed?.state === 'acknowledged') {
    const at = listed.completedAt ?? now
    memory.acknowledged(sent.step, at)
    return await concluded(work, sent, at, device)
  }
  if (listed?.state === 'error') return errorOf(listed, now)
  const over = ended(sent, device, now)
  if (over !== undefined) return over
  if (listed !== undefined) return { kind: listed.state === 'not-now' ? 'not-now' : 'pending' }
  if (now - sent.sentAt < SHOWN_WITHIN) return { kind: 'pending' }
  return failed('cancelled', 'Jamf Pro no longer has the command: somebody cancelled it.', now)
}

/** The device asked the carrier; if it was looked at when the plan had to be there, and had nothing new, none came. */
async function concluded(
  work: Work,
  { step, baseline }: Sent,
  acknowledgedAt: Instant,
  device: Device | undefined,
): Promise<Outcome> {
  const done = { kind: 'done', at: Math.min(acknowledgedAt, work.clock.now()) } as const
  if (device === undefined) return done
  await attribute(work, device)
  const isBrought = work.memory.known(device.id).origins.some((each) => each.step === step)
  const { inventoryAt = 0 } = device
  const isShown = currentPlans(device) !== undefined && inventoryAt >= acknowledgedAt + APPEARS_WITHIN
  if (baseline === undefined || !isShown || isBrought) return done
  const message = "The device asked the carrier's server and got no plan: is one bound to this device there?"
  return failed('no-plan', message, work.clock.now())
}

function errorOf({ error }: Listed, at: Instant): Failure {
  const { code, message = 'The device did not say why.' } = error ?? {}
  return failed(String(code ?? 'error'), message, at, code !== undefined && PERMANENT.includes(code))
}

/** The enrolment that it was meant for is over; `undefined` while it lasts. */
function ended(sent: Sent, device: Device | undefined, at: Instant): Failure | undefined {
  if (device === undefined) return failed('gone', 'Jamf Pro has no such device any more.', at)
  if (device.managed === false) return failed('left', 'The device left the MDM before it answered.', at)
  const isAnother = device.managementId !== undefined && device.managementId !== sent.managementId
  if (isAnother || (device.enrolledAt ?? -Infinity) > sent.sentAt + SKEW)
    return failed('re-enrolled', 'The device enrolled again before it answered.', at)
  return undefined
}

function failed(code: string, message: string, at: Instant, permanent = false): Failure {
  return { kind: 'failed', code, message, permanent, at }
}
