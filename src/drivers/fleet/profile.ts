import { windowsBuild } from '../../domain/device.ts'
import type { Command, Submission } from '../../domain/driver.ts'
import { specIdentity, type SpecIdentity } from '../../domain/esim.ts'
import { MINUTE } from '../../domain/time.ts'
import { DEFAULT_EUICC } from '../../syncml/address.ts'
import { installServer } from '../../syncml/server-commands.ts'
import { over } from './deliver.ts'
import { ensureSlot, profileTrouble } from './ensure-slot.ts'
import { isUnderWay } from './facts.ts'
import { failed } from './failure.ts'
import type { Host } from './host.ts'
import { lookIntoWindows } from './looking.ts'
import { unreachable, type Judged } from './judged.ts'
import type { Reading, Sent } from './rows.ts'
import { isComing, namesFor, olderNames, slotOf } from './slot.ts'
import { PROFILE_ROUND } from './timing.ts'
import { accepted, refused, type Work } from './work.ts'

/**
 * Puts a configuration on a Windows device: the device becomes a member of the label that the profile goes to. Only
 * creating the server in the device makes it download, so that a configuration that is there is taken off first, and the
 * install put off until it is gone; unless the device itself shows the eSIM of that server: then it is downloaded already.
 */
export async function installOnWindows(
  work: Work,
  command: Command,
  host: Host,
  known: Sent | undefined,
): Promise<Submission> {
  const { configuration, spec } = command
  const { memory, clock } = work
  if (configuration === undefined || spec?.platform !== 'windows')
    return refused('wrong-platform', `${configuration ?? 'What is to be installed'} is not for Windows.`)
  const build = windowsBuild(host.osVersion)
  const target = { euicc: DEFAULT_EUICC, ...(build === undefined ? {} : { build }) }
  const built = installServer('gate', target, spec, { again: false })
  if (built.kind === 'refused') return refused(built.code, built.message)
  const slot = slotOf(configuration, spec)
  if (slot === undefined)
    return refused(
      'name-too-long',
      `The names of ${configuration} and its server are longer than Fleet takes.`,
    )
  const trouble = await profileTrouble(work)
  if (trouble !== undefined) return trouble
  const identity = specIdentity(spec)
  const sent: Sent = known ?? {
    step: command.id,
    kind: 'install',
    host: host.id,
    slot: slot.name,
    configuration,
    identity,
    sentAt: clock.now(),
    state: 'sending',
  }
  if (known === undefined) {
    const there = namesFor(host, identity)
    // Fleet brings it by itself after an enrolment: taken off and put on again, it would download twice.
    if (there.length > 0 && !isComing(host, slot, there)) {
      const reading = await lookedAt(work, host)
      if (holdsEsimOf(reading, identity)) return alreadyThere(work, sent)
      if (isUnderWay(reading)) return later('The device is getting its eSIM.', clock.now() + MINUTE)
      return await clear(work, host, there)
    }
    memory.add(sent)
  }
  const first = known === undefined
  // An install replaces what an older text of the configuration put there.
  const left = await leave(work, host, olderNames(host, slot))
  if (left?.kind === 'throttled') return putOff(work, sent, left.retryAt, first)
  if (left?.kind === 'refused') return over(work, sent, refused(`label-${left.code}`, left.message))
  const ensured = await ensureSlot(work, host, slot)
  if (ensured.kind === 'refused') return over(work, sent, ensured)
  if (ensured.kind === 'throttled') {
    const isUntold = first && left === undefined && ensured.begun !== true
    return putOff(work, sent, ensured.retryAt, isUntold)
  }
  memory.told(sent.step)
  return accepted(sent)
}

/** Takes a configuration off: the device leaves the label, and Fleet deletes on it what the profile put there. */
export async function uninstallOnWindows(
  work: Work,
  command: Command,
  host: Host,
  known: Sent | undefined,
): Promise<Submission> {
  const { configuration, spec } = command
  const { memory, clock } = work
  if (spec?.platform !== 'windows')
    return refused('wrong-platform', `${configuration ?? 'What is to be taken off'} is not for Windows.`)
  const trouble = await profileTrouble(work)
  if (trouble !== undefined) return trouble
  const identity = specIdentity(spec)
  const names = namesFor(host, identity)
  const sent: Sent = known ?? {
    step: command.id,
    kind: 'uninstall',
    host: host.id,
    identity,
    sentAt: clock.now(),
    state: 'sending',
    ...(configuration === undefined ? {} : { configuration }),
  }
  if (known === undefined) {
    memory.add(sent)
    if (names.length === 0)
      return over(work, sent, refused('not-installed', 'Fleet has no such configuration on the device.'))
  }
  const left = await leave(work, host, names)
  if (left?.kind === 'throttled') return putOff(work, sent, left.retryAt, known === undefined)
  if (left?.kind === 'refused') return over(work, sent, refused(`label-${left.code}`, left.message))
  memory.told(sent.step)
  return accepted(sent)
}

/** The device's own word, from just now; that Fleet has the profile there says nothing of an eSIM. */
async function lookedAt(work: Work, host: Host): Promise<Reading | undefined> {
  await lookIntoWindows(work, host, true)
  const { reading } = work.memory.known(host.id)
  const since = Math.max(work.clock.now() - PROFILE_ROUND, host.enrolledAt ?? -Infinity)
  return reading !== undefined && reading.at >= since ? reading : undefined
}

function holdsEsimOf(reading: Reading | undefined, identity: SpecIdentity): boolean {
  if (reading?.kind !== 'euicc' || reading.facts.esims === 'unknown') return false
  return reading.facts.esims.some(({ source }) => source?.identity === identity)
}

function alreadyThere(work: Work, sent: Sent): Submission {
  const message = 'The configuration and its eSIM are on the device: sent again, it would download nothing.'
  const outcome = {
    ...failed('already-downloaded', message, work.clock.now(), true),
    alreadyDownloaded: true,
  }
  work.memory.add({ ...sent, state: 'over', outcome })
  return accepted(sent)
}

async function clear(work: Work, host: Host, names: readonly string[]): Promise<Submission> {
  const left = await leave(work, host, names)
  if (left?.kind === 'refused') return refused(`label-${left.code}`, left.message)
  const retryAt = left?.kind === 'throttled' ? left.retryAt : work.clock.now() + PROFILE_ROUND
  return later('What is there of the configuration is taken off first.', retryAt)
}

/** Leaves the labels among these that it has; `undefined`: it has none. */
async function leave(work: Work, host: Host, names: readonly string[]): Promise<Judged | undefined> {
  const [first, ...more] = host.labels?.filter((label) => names.includes(label)) ?? []
  return first === undefined ? undefined : await work.client.removeLabels(host.id, [first, ...more])
}

/** Part of it, or an earlier try under this id, may have arrived: then "nothing happened" would be a lie. */
function putOff(work: Work, sent: Sent, retryAt: number, isUntold: boolean): Submission {
  if (!isUntold) throw unreachable(work.driver, 'it wants to be left alone')
  work.memory.drop(sent.step)
  return later('Fleet wants to be left alone.', retryAt)
}

function later(reason: string, retryAt: number): Submission {
  return { kind: 'deferred', reason, retryAt }
}
