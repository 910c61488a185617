import type { Command, Submission } from '../../domain/driver.ts'
import { specIdentity } from '../../domain/esim.ts'
import { MINUTE, SECOND } from '../../domain/time.ts'
import { refreshCellularPlans } from './apple.ts'
import { deliver } from './deliver.ts'
import type { Host } from './host.ts'
import { ask, hear } from './looking.ts'
import type { Reading, Sent } from './rows.ts'
import { BASELINE_AGE } from './timing.ts'
import { refused, type Work } from './work.ts'

/**
 * Tells an iPhone or iPad to fetch its eSIM. It must have said just before what it holds, or what it brings could not be
 * told apart: until it has, the install is put off.
 */
export async function installOnApple(
  work: Work,
  command: Command,
  host: Host,
  known: Sent | undefined,
): Promise<Submission> {
  const { configuration, spec } = command
  if (host.personal) return refused('user-enrolled', 'A User Enrollment takes no eSIM from an MDM.')
  if (configuration === undefined || spec?.platform !== 'ios')
    return refused('wrong-platform', `${configuration ?? 'What is to be installed'} is not for iOS.`)
  // iOS refuses a bare server name, which is what Windows wants.
  if (!/^https?:\/\/[^/]/.test(spec.carrierUrl) || !URL.canParse(spec.carrierUrl))
    return refused('bad-url', `${configuration} has no http(s) address of a carrier's server.`)
  if (known !== undefined) return await deliver(work, host, known, textOf(known, spec.carrierUrl), false)
  const reading = await fresh(work, host)
  if ('retryAt' in reading) {
    const reason = 'The device is asked what it holds first.'
    return { kind: 'deferred', reason, retryAt: reading.retryAt }
  }
  const sent: Sent = {
    step: command.id,
    kind: 'install',
    host: host.id,
    uuid: work.newUuid(),
    configuration,
    identity: specIdentity(spec),
    sentAt: work.clock.now(),
    state: 'sending',
    ...(reading.kind === 'plans' ? { baseline: reading.plans.iccids } : {}),
  }
  work.memory.add(sent)
  return await deliver(work, host, sent, textOf(sent, spec.carrierUrl), true)
}

function textOf({ uuid = '' }: Sent, carrierUrl: string): string {
  return refreshCellularPlans(uuid, carrierUrl)
}

/** What the device holds, read a short while ago; else it is asked, and the moment to come again. */
async function fresh(work: Work, host: Host): Promise<Reading | { readonly retryAt: number }> {
  const { memory, clock } = work
  const now = clock.now()
  await hear(work, host)
  const { reading, question } = memory.known(host.id)
  const since = Math.max(now - BASELINE_AGE, host.enrolledAt ?? -Infinity)
  if (reading !== undefined && reading.at >= since) return reading
  if (question === undefined) await ask(work, host, 0)
  // The longer it has not answered, the later it is worth coming again.
  const age = now - (question?.askedAt ?? now)
  return { retryAt: now + Math.min(10 * MINUTE, Math.max(30 * SECOND, age)) }
}
