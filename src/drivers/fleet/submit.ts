import { isApple, recordKey, windowsBuild, WINDOWS_11 } from '../../domain/device.ts'
import type { Command, Submission } from '../../domain/driver.ts'
import { namedEuicc } from '../../syncml/address.ts'
import { resetEuicc } from '../../syncml/euicc-commands.ts'
import { writeFragment } from '../../syncml/write.ts'
import { capabilitiesOf } from './capabilities.ts'
import { deliver } from './deliver.ts'
import { hostId, type Host } from './host.ts'
import { installOnApple } from './install-apple.ts'
import { unreachable, type Judged } from './judged.ts'
import { installOnWindows, uninstallOnWindows } from './profile.ts'
import type { Sent } from './rows.ts'
import { accepted, refused, type Work } from './work.ts'

/**
 * Tells Fleet. What was told is remembered under the id of the command before Fleet hears of it: after a crash the same
 * is sent under the same id, which Fleet takes once.
 */
export async function submit(work: Work, command: Command): Promise<Submission> {
  const known = work.memory.sent(command.id)
  if (known !== undefined) {
    const answer = answered(known)
    if (answer !== undefined) return answer
  }
  const id = hostId(command.device.id)
  const host = id === undefined ? undefined : await work.client.host(id)
  if (host === undefined) {
    // Whether Fleet is there at all comes before what it would say.
    await work.client.reach()
    return refused('not-found', `Fleet has no host ${command.device.id}.`)
  }
  if (!isOffered(work, command, host))
    return refused('unsupported', `There is no ${command.kind} on this device through Fleet.`)
  if (command.kind === 'delete-record') return await deleteRecord(work, command, host, known)
  if (command.kind === 'retire') return await retire(work, command, host, known)
  if (host.registration !== 'active') return refused('not-active', 'The device is not enrolled in Fleet.')
  if (command.kind === 'reset') return await reset(work, command, host, known)
  if (command.kind === 'uninstall') return await uninstallOnWindows(work, command, host, known)
  const install = isApple(host.platform) ? installOnApple : installOnWindows
  return await install(work, command, host, known)
}

/** As it was answered before; `undefined`: whether Fleet was told is not known. */
function answered(sent: Sent): Submission | undefined {
  const { outcome } = sent
  if (sent.state === 'told' || outcome?.kind === 'done') return accepted(sent)
  if (outcome?.kind !== 'failed') return undefined
  return outcome.alreadyDownloaded === true ? accepted(sent) : refused(outcome.code, outcome.message)
}

function isOffered({ premium }: Work, { kind }: Command, { platform }: Host): boolean {
  const { windows, ios } = capabilitiesOf(premium)
  if (platform === 'other') return false
  return (platform === 'windows' ? windows : ios).steps.includes(kind)
}

/** The eSIM reset; never anything else: the only Exec that is ever written here. */
async function reset(work: Work, command: Command, host: Host, known: Sent | undefined): Promise<Submission> {
  const build = windowsBuild(host.osVersion)
  if (build === undefined || build < WINDOWS_11)
    return refused('os-too-old', 'An eSIM reset needs Windows 11, and the device is not known to run it.')
  const sent = known ?? write(work, command, host, work.newUuid())
  // Fleet knows no EID; where somebody else told it, another chip than the one that was looked at is not erased.
  const target = namedEuicc(command.device.eid ?? '') ?? 'whichever-is-active'
  const text = writeFragment([resetEuicc(sent.uuid ?? '', target)])
  return await deliver(work, host, sent, text, known === undefined)
}

/** Turns MDM off: the device unenrols when it checks in. */
async function retire(
  work: Work,
  command: Command,
  host: Host,
  known: Sent | undefined,
): Promise<Submission> {
  const sent = known ?? write(work, command, host)
  if (host.registration === 'retired') return told(work, sent)
  return settled(work, sent, await work.client.turnOffMdm(host.id), known === undefined)
}

/** Deletes a stale record of the same hardware. Never a live one, which the deletion would take out of management. */
async function deleteRecord(
  work: Work,
  command: Command,
  live: Host,
  known: Sent | undefined,
): Promise<Submission> {
  const prefix = recordKey(work.driver, '')
  const id =
    command.record?.startsWith(prefix) === true ? hostId(command.record.slice(prefix.length)) : undefined
  if (id === undefined) return refused('not-found', 'The command names no record of this Fleet.')
  const stale = await work.client.host(id)
  if (stale === undefined) return told(work, known ?? write(work, command, { id }))
  const isStale = stale.registration === 'wiped' || stale.registration === 'retired'
  if (id === live.id || !isStale)
    return refused('still-live', 'The record is not one of a wiped or retired device.')
  if (stale.serialNumber === undefined || stale.serialNumber !== live.serialNumber)
    return refused('other-hardware', 'The record is not one of the same device.')
  const sent = known ?? write(work, command, stale)
  return settled(work, sent, await work.client.deleteHost(id), known === undefined)
}

function write({ memory, clock }: Work, command: Command, { id }: Pick<Host, 'id'>, uuid?: string): Sent {
  const sent: Sent = {
    step: command.id,
    kind: command.kind,
    host: id,
    sentAt: clock.now(),
    state: 'sending',
    ...(uuid === undefined ? {} : { uuid }),
  }
  memory.add(sent)
  return sent
}

function settled(work: Work, sent: Sent, judged: Judged, first: boolean): Submission {
  switch (judged.kind) {
    case 'done':
      return told(work, sent)
    case 'throttled':
      if (!first) throw unreachable(work.driver, 'it wants to be left alone')
      work.memory.drop(sent.step)
      return { kind: 'deferred', reason: 'Fleet wants to be left alone.', retryAt: judged.retryAt }
    case 'refused':
      // Gone, or unenrolled, since it was looked at: the outcome shows it. Anything else may pass.
      work.memory.drop(sent.step)
      return refused(judged.code, judged.message)
  }
}

function told({ memory }: Work, sent: Sent): Submission {
  memory.told(sent.step)
  return accepted(sent)
}
