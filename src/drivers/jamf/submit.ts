import { isApple } from '../../domain/device.ts'
import type { Command, Submission } from '../../domain/driver.ts'
import { specIdentity } from '../../domain/esim.ts'
import type { Instant } from '../../domain/time.ts'
import { deliver, resume } from './deliver.ts'
import { deviceId, type Device, type Uuid } from './device.ts'
import { currentPlans } from './facts.ts'
import { ask } from './looking.ts'
import type { Sent } from './rows.ts'
import { BASELINE_AGE, LATEST, SOONEST } from './timing.ts'
import { refused, type Work } from './work.ts'

/**
 * Tells an iPhone or iPad to fetch its eSIM. It is remembered before Jamf Pro hears of it, with what the device held and
 * which such commands it had: by that a command whose answer got lost is found again.
 */
export async function submit(work: Work, command: Command): Promise<Submission> {
  const { memory, client } = work
  const known = memory.sent(command.id)
  if (known !== undefined && known.state !== 'sending') return answered(known)
  const id = deviceId(command.device.id)
  const device = id === undefined ? undefined : await client.device(id)
  if (device === undefined) {
    // Whether Jamf Pro is there at all comes before what it would say.
    await client.version()
    return refused('not-found', `Jamf Pro has no mobile device ${command.device.id}.`)
  }
  const { kind, configuration, spec } = command
  if (kind !== 'install' || !isApple(device.platform))
    return refused('unsupported', `There is no ${kind} on this device through Jamf Pro.`)
  if (device.managed !== true) return refused('not-active', 'The device is not managed by Jamf Pro.')
  if (device.userEnrolled) return refused('user-enrolled', 'A User Enrollment takes no eSIM from an MDM.')
  if (configuration === undefined || spec?.platform !== 'ios')
    return refused('wrong-platform', `${configuration ?? 'What is to be installed'} is not for iOS.`)
  // iOS refuses a bare server name, which is what Windows wants.
  if (!/^https?:\/\/[^/]/.test(spec.carrierUrl) || !URL.canParse(spec.carrierUrl))
    return refused('bad-url', `${configuration} has no http(s) address of a carrier's server.`)
  const { managementId } = device
  if (managementId === undefined)
    return refused('no-management-id', 'Jamf Pro shows no management id of the device.')
  if (known?.managementId === managementId) return await resume(work, known, spec.carrierUrl)
  // It enrolled again since: what was told to the old enrolment is over.
  if (known !== undefined) memory.drop(known.step)
  const retryAt = await waitsUntil(work, device)
  if (retryAt !== undefined)
    return { kind: 'deferred', reason: 'The device is asked what it holds first.', retryAt }
  const others = await client.refreshes(managementId)
  const sent = sentOf(work, command.id, device, managementId, others, {
    configuration,
    identity: specIdentity(spec),
  })
  memory.add(sent)
  return await deliver(work, sent, spec.carrierUrl)
}

/** As it was answered before. */
function answered({ outcome, state, uuid }: Sent): Submission {
  if (state === 'over' && outcome?.kind === 'failed') return refused(outcome.code, outcome.message)
  return uuid === undefined ? { kind: 'accepted' } : { kind: 'accepted', receipt: uuid }
}

function sentOf(
  { clock }: Work,
  step: Command['id'],
  device: Device,
  managementId: Uuid,
  others: readonly Uuid[],
  what: Pick<Sent, 'configuration' | 'identity'>,
): Sent {
  const baseline = currentPlans(device)
  return {
    step,
    device: device.id,
    managementId,
    ...what,
    sentAt: clock.now(),
    state: 'sending',
    others,
    ...(baseline === undefined ? {} : { baseline }),
  }
}

/**
 * What is told apart by what was there before needs a fresh list of that. The moment to come again when the device has to
 * be asked first; `undefined`: it said so just now, or cannot be asked.
 */
async function waitsUntil(work: Work, device: Device): Promise<Instant | undefined> {
  const now = work.clock.now()
  const since = Math.max(now - BASELINE_AGE, device.enrolledAt ?? -Infinity)
  if ((device.inventoryAt ?? -Infinity) >= since) return undefined
  const { question } = work.memory.known(device.id)
  const isOpen = question !== undefined && question.inventoryAt === (device.inventoryAt ?? 0)
  if (!isOpen && !(await ask(work, device, 0))) return undefined
  // The longer it has not answered, the later it is worth coming again.
  const age = isOpen ? now - question.askedAt : 0
  return now + Math.min(LATEST, Math.max(SOONEST, age))
}
