import { isApple } from '../../domain/device.ts'
import type { Command, Submission } from '../../domain/driver.ts'
import { specIdentity, type IosSpec } from '../../domain/esim.ts'
import { MINUTE, SECOND, type Instant } from '../../domain/time.ts'
import { lastQuestion } from './asking.ts'
import { unreachable, type Delivery } from './client.ts'
import { refreshCellularPlans } from './commands.ts'
import { platformOf } from './facts.ts'
import { knownOf } from './memory.ts'
import { ask, type Asker, askIfDue } from './question.ts'
import { enrolledAt, isAnswered, standing, type Device, type Sent } from './rows.ts'
import { BASELINE_AGE } from './timing.ts'

type Refused = Extract<Submission, { kind: 'refused' }>

/**
 * Tells a device to fetch its eSIM. Before that it must have said once what it holds, or what it brings could not be
 * told apart. The id of the command for NanoMDM is written before NanoMDM is told: after a crash the same id is sent,
 * which NanoMDM takes once.
 */
export async function submit(driver: string, asker: Asker, command: Command): Promise<Submission> {
  const { memory, client } = asker
  const known = memory.read((rows) => rows.byStep(command.id))
  if (known !== undefined && (known.state === 'queued' || known.answer !== undefined)) return accepted(known)
  if (known?.state === 'refused' && known.error !== undefined) return { kind: 'refused', ...known.error }
  const device = memory.read((rows) => rows.device(command.device.id))
  const install = readInstall(command, device)
  if (install.kind === 'refused') {
    // Whether the MDM is there at all comes before what it would say.
    await client.reach()
    return install
  }
  if (known === undefined) {
    const notYet = await prepare(driver, asker, install.device)
    if (notYet !== undefined) return notYet
  }
  const sent = known ?? (await write(asker, command, install))
  const delivery = await client.enqueue(
    install.device.id,
    sent.uuid,
    refreshCellularPlans(sent.uuid, install.spec.carrierUrl),
  )
  return await judged(driver, asker, sent, delivery, known === undefined)
}

type Install = {
  readonly kind: 'install'
  readonly device: Device
  readonly configuration: string
  readonly spec: IosSpec
}

/** Why NanoMDM is not even told: it would queue it for everybody, once in the queue for ever. */
function readInstall(command: Command, device: Device | undefined): Install | Refused {
  const { kind, configuration, spec } = command
  if (kind !== 'install') return refused('unsupported', `There is no ${kind} through NanoMDM.`)
  if (device === undefined)
    return refused('not-found', `Nothing was ever heard of a device ${command.device.id}.`)
  const where = standing(device)
  if (where !== 'active')
    return refused(
      'not-active',
      where === 'left' ? 'The device left the MDM.' : 'The device is still enrolling.',
    )
  if (device.userEnrolled) return refused('user-enrolled', 'A User Enrollment takes no eSIM from an MDM.')
  if (!isApple(platformOf(device))) return refused('wrong-platform', 'It is no iPhone or iPad.')
  if (configuration === undefined || spec === undefined)
    return refused('incomplete-command', 'The install carries no configuration.')
  if (spec.platform !== 'ios') return refused('wrong-platform', `${configuration} is for ${spec.platform}.`)
  // iOS refuses a bare server name, which is what Windows wants.
  if (!/^https?:\/\/[^/]/.test(spec.carrierUrl) || !URL.canParse(spec.carrierUrl))
    return refused('bad-url', `${configuration} has no http(s) address of a carrier's server.`)
  return { kind: 'install', device, configuration, spec }
}

/** Sees to a list to compare with; gives the answer when there is none yet. */
async function prepare(driver: string, asker: Asker, device: Device): Promise<Submission | undefined> {
  const now = asker.clock.now()
  const known = asker.memory.read((rows) => knownOf(rows, device))
  const { sent, readings } = known
  const since = enrolledAt(device) ?? -Infinity
  const answered = sent.some((each) => each.install === undefined && each.sentAt >= since && isAnswered(each))
  if (!answered && !readings.some(({ at }) => at >= since)) {
    const unknown = lastQuestion(sent)
    if (unknown?.state === 'refused' && unknown.error !== undefined && unknown.sentAt >= since)
      return { kind: 'refused', ...unknown.error }
    const delivery = await askIfDue(asker, known)
    if (delivery?.kind === 'refused') return refused(delivery.code, delivery.message)
    if (delivery !== undefined) mustBeHeard(driver, delivery)
    return { kind: 'deferred', reason: 'The device is asked what it holds first.', retryAt: later(sent, now) }
  }
  const open = lastQuestion(sent)
  const asked = open !== undefined && open.state === 'queued' && !isAnswered(open)
  const fresh = (readings.at(-1)?.heardAt ?? -Infinity) > now - BASELINE_AGE
  // One that stands in the queue already is answered before the install.
  if (fresh || asked) return undefined
  const delivery = await ask(asker, device, 0)
  if (delivery.kind === 'refused') return refused(delivery.code, delivery.message)
  if (delivery.kind === 'throttled')
    return { kind: 'deferred', reason: 'NanoMDM wants to be left alone.', retryAt: delivery.retryAt }
  mustBeHeard(driver, delivery)
  return undefined
}

/** The longer a device has not answered, the later it is worth coming again. */
function later(sent: readonly Sent[], now: Instant): Instant {
  const asked = lastQuestion(sent)?.sentAt ?? now
  return now + Math.min(10 * MINUTE, Math.max(30 * SECOND, now - asked))
}

async function write(
  asker: Asker,
  command: Command,
  { device, configuration, spec }: Install,
): Promise<Sent> {
  const { memory, clock, newUuid } = asker
  const uuid = newUuid()
  const install = { step: command.id, configuration, identity: specIdentity(spec) }
  const sent = await memory.write((rows) => {
    rows.addSent({ uuid, device: device.seq, install, sentAt: clock.now(), tries: 0 })
    return rows.byUuid(uuid)
  })
  if (sent === undefined) throw new Error('a command that was just written is not there')
  return sent
}

async function judged(
  driver: string,
  { memory }: Asker,
  sent: Sent,
  delivery: Delivery,
  first: boolean,
): Promise<Submission> {
  switch (delivery.kind) {
    case 'queued':
      await memory.write((rows) => rows.setState(sent.seq, 'queued'))
      return accepted(sent)
    case 'refused': {
      const { code, message } = delivery
      await memory.write((rows) => rows.setState(sent.seq, 'refused', { code, message }))
      return { kind: 'refused', code, message }
    }
    case 'throttled':
      // An earlier try under this id may have arrived: then "nothing happened" would be a lie.
      if (!first) throw unreachable(driver, 'it wants to be left alone')
      await memory.write((rows) => rows.dropSent(sent.seq))
      return { kind: 'deferred', reason: 'NanoMDM wants to be left alone.', retryAt: delivery.retryAt }
    case 'unheard':
      throw unreachable(driver, delivery.why)
  }
}

function mustBeHeard(driver: string, delivery: Delivery): void {
  if (delivery.kind === 'unheard') throw unreachable(driver, delivery.why)
}

function accepted({ uuid }: Sent): Submission {
  return { kind: 'accepted', receipt: uuid }
}

function refused(code: string, message: string): Refused {
  return { kind: 'refused', code, message }
}
