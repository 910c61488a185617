import type { Capabilities, Command, Submission } from '../../domain/driver.ts'
import { HOUR } from '../../domain/time.ts'
import { carryOn, type Works } from './carry.ts'
import { unreachable, valueOf, type Read } from './client.ts'
import { deletion, direct, LEFT_ALONE } from './direct.ts'
import { isDeviceId, type IvantiDevice } from './device.ts'
import { add, note, row } from './entry.ts'
import { alreadyThere, whyNot } from './refusals.ts'
import type { Memory, Sent } from './rows.ts'
import { writesFor } from './writes.ts'

/**
 * Tells Neurons for MDM. The command is written down first: after a crash, or when no answer came, the device is looked
 * at, and only what is not there yet is asked for again. Must not run twice at once for one device.
 */
export async function submit(
  works: Works,
  capabilities: Capabilities,
  command: Command,
): Promise<Submission> {
  const { notebook, driver, clock } = works
  const known = notebook.command(command.id)
  if (known !== undefined) return await again(works, known)
  const looked = await look(works, command.device.id)
  if (looked.kind === 'throttled') return { kind: 'deferred', reason: LEFT_ALONE, retryAt: looked.retryAt }
  const found = looked.value
  const refusal = whyNot(works, capabilities, command, found)
  if (refusal !== undefined) return note(works, command, refusal)
  if (found === undefined) throw unreachable(driver, 'it lost a device while it was asked')
  const memory = notebook.memory(found.id)
  const resetting = memory.sent.some(({ kind, state }) => kind === 'reset' && BUSY.includes(state))
  if (resetting)
    return { kind: 'deferred', reason: 'An eSIM reset is not over yet.', retryAt: clock.now() + HOUR / 4 }
  if (command.kind === 'retire') return await direct(works, add(works, command, []), true)
  if (command.kind === 'delete-record') return await deletion(works, command, found)
  const there = alreadyThere(command, found, memory)
  if (there !== undefined) {
    notebook.add({ ...row(works, command, []), state: 'failed', endedAt: clock.now(), error: there })
    return { kind: 'accepted' }
  }
  const writes = writesFor(works, command, found, memory)
  supersede(works, memory)
  const sent = add(works, command, writes)
  const carried = await carryOn(works, sent, found)
  if (carried.kind === 'carried') return answerOf(carried.sent)
  notebook.drop(sent.seq)
  return { kind: 'deferred', reason: LEFT_ALONE, retryAt: carried.retryAt }
}

const BUSY: readonly Sent['state'][] = ['open', 'withdrawing']

/** What was given up and not heard of must not write again behind what is written now. */
function supersede({ notebook, clock }: Works, { sent }: Memory): void {
  for (const each of sent.filter(({ kind, state }) => POINTS.includes(kind) && state === 'open')) {
    const error = { code: 'superseded', message: 'A newer command took its place.', permanent: false }
    notebook.change({ ...each, state: 'failed', endedAt: clock.now(), error })
  }
}

const POINTS: readonly Sent['kind'][] = ['install', 'uninstall']

/** The device, with attributes that can be relied on; `undefined`: there is none. */
async function look({ client, driver }: Works, id: string): Promise<Read<IvantiDevice | undefined>> {
  if (!isDeviceId(id)) {
    // Whether the MDM is there at all comes before what it would say.
    valueOf(driver, await client.devices(0, 1))
    return { kind: 'read', value: undefined }
  }
  const read = await client.device(id)
  if (read.kind === 'throttled' || read.value === undefined) return read
  const attributes = await client.attributes(id)
  return attributes.kind === 'throttled'
    ? attributes
    : { kind: 'read', value: { ...read.value, attributes: attributes.value } }
}

/** It was taken before: it goes on from where it is. */
async function again(works: Works, known: Sent): Promise<Submission> {
  if (known.state !== 'open' || known.writtenAt !== undefined || known.position > 0) return answerOf(known)
  if (known.kind === 'retire' || known.kind === 'delete-record') return await direct(works, known, false)
  const device = valueOf(works.driver, await look(works, known.device))
  const carried = await carryOn(works, known, device)
  // An earlier try may have arrived: "nothing happened" would be a lie.
  if (carried.kind === 'throttled') throw unreachable(works.driver, 'it wants to be left alone')
  return answerOf(carried.sent)
}

/** What fails later was accepted all the same. */
function answerOf({ state, error, position }: Sent): Submission {
  const atOnce = state === 'failed' && position === 0 && error?.permanent === true
  if (!atOnce || error.alreadyDownloaded === true) return { kind: 'accepted' }
  return { kind: 'refused', code: error.code, message: error.message }
}
