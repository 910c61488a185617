import type { Clock } from '../../domain/time.ts'
import { unreachable, valueOf, type Client } from './client.ts'
import type { Attributes, IvantiDevice } from './device.ts'
import { contradicts, effective, type Reading } from './facts.ts'
import type { Notebook } from './notebook.ts'
import { nextOf } from './progress.ts'
import type { Failure, Sent } from './rows.ts'
import { heldValue } from './targeting.ts'

/** All that the parts of the driver share. */
export type Works = Reading & { readonly client: Client; readonly notebook: Notebook; readonly clock: Clock }

/** What came of carrying a command on. */
export type Carried =
  | { readonly kind: 'carried'; readonly sent: Sent }
  /** Nothing was written; come again then. */
  | { readonly kind: 'throttled'; readonly retryAt: number }

/**
 * Carries a command of attributes on as far as it goes now: what is written is written before the device is waited for,
 * and each write that may or may not have got through is simply made again, for it sets what it set. Throws
 * `driver-unreachable`. Must not run twice at once for one device.
 */
export async function carryOn(works: Works, begun: Sent, device: IvantiDevice | undefined): Promise<Carried> {
  const { notebook, clock } = works
  let sent = begun
  for (;;) {
    const next = nextOf(sent, device, { now: clock.now(), ...works })
    switch (next.kind) {
      case 'wait':
        return { kind: 'carried', sent }
      case 'go-on':
        sent = keep(notebook, unwritten({ ...sent, position: sent.position + 1 }))
        break
      case 'withdraw':
        sent = keep(notebook, unwritten({ ...sent, state: 'withdrawing' }))
        break
      case 'unclear':
        return { kind: 'carried', sent: keep(notebook, { ...sent, state: 'unclear' }) }
      case 'done':
        return { kind: 'carried', sent: keep(notebook, { ...sent, state: 'done', endedAt: next.at }) }
      case 'failed':
        return { kind: 'carried', sent: keep(notebook, failed(sent, next.at, next.error)) }
      case 'write': {
        if (device === undefined) return { kind: 'carried', sent }
        const written = await write(works, device, next.values)
        if (written.kind === 'throttled') return written
        if (written.kind === 'refused')
          return { kind: 'carried', sent: keep(notebook, failed(sent, clock.now(), written.error)) }
        noteAssigned(works, sent, device, next.values, written.before)
        sent = keep(notebook, { ...sent, writtenAt: clock.now() })
      }
    }
  }
}

/**
 * Notes the SIMs that a device shows, where they are trusted. Comes before anything goes on because of the same check-in:
 * what that shows was there before, and is not what is written next.
 */
export function noteSims({ notebook, iccids }: Works, device: IvantiDevice): void {
  if (iccids === 'trust' && device.lastCheckin !== undefined)
    notebook.noteIccids(device.id, device.iccids, device.lastCheckin)
}

/** The device as it is, its attributes asked for once more where the search might still show former ones. */
export async function confirmed(works: Works, device: IvantiDevice): Promise<IvantiDevice> {
  const { notebook, client, driver } = works
  if (!contradicts(works, device, notebook.memory(device.id))) return device
  const attributes = valueOf(driver, await client.attributes(device.id))
  return { ...device, attributes }
}

type Written =
  | { readonly kind: 'written'; readonly before: Attributes }
  | { readonly kind: 'refused'; readonly error: Failure }
  | { readonly kind: 'throttled'; readonly retryAt: number }

/** Read, merge, write, and read again: others keep theirs, and only what is shown afterwards was written. */
async function write({ client, driver }: Works, { id }: IvantiDevice, values: Attributes): Promise<Written> {
  const read = await client.attributes(id)
  if (read.kind === 'throttled') return read
  const before = read.value
  if (holds(before, values)) return { kind: 'written', before }
  const told = await client.putAttributes(id, { ...before, ...values })
  if (told.kind === 'throttled') return told
  if (told.kind === 'refused') return { kind: 'refused', error: refusal(values, told.message) }
  const after = valueOf(driver, await client.attributes(id))
  if (holds(after, values)) return { kind: 'written', before }
  if (told.kind === 'unheard') throw unreachable(driver, told.why)
  return { kind: 'refused', error: refusal(values, 'it took them and does not show them') }
}

function refusal(values: Attributes, why: string): Failure {
  const names = Object.keys(values).join(', ')
  const message = `Neurons for MDM does not take the custom attribute ${names} of a device: ${why}.`
  return { code: 'attribute-refused', message, permanent: true }
}

function holds(attributes: Attributes, values: Attributes): boolean {
  return Object.entries(values).every(([key, value]) => attributes[key] === value)
}

/** What was in effect stays so until the device hears of the change; a write that changed nothing is none. */
function noteAssigned(
  works: Works,
  sent: Sent,
  device: IvantiDevice,
  values: Attributes,
  before: Attributes,
): void {
  const { targeting, notebook, clock } = works
  const value = values[targeting.attribute]
  if (value === undefined) return
  const { assigned } = notebook.memory(device.id)
  const configuration = sent.kind === 'install' ? sent.configuration : undefined
  if (assigned?.value === value && heldValue(targeting, before) === value) {
    if (configuration !== undefined && configuration !== assigned.configuration)
      notebook.assign(device.id, { ...assigned, configuration })
    return
  }
  const former = effective(works, { ...device, attributes: before }, assigned)
  notebook.assign(device.id, {
    value,
    before: former?.value ?? heldValue(targeting, before),
    changedAt: clock.now(),
    ...(configuration === undefined ? {} : { configuration }),
    ...(former?.configuration === undefined ? {} : { beforeConfiguration: former.configuration }),
  })
}

function unwritten(sent: Sent): Sent {
  const { writtenAt: _writtenAt, ...rest } = sent
  return rest
}

function failed(sent: Sent, at: number, error: Failure): Sent {
  return { ...sent, state: 'failed', endedAt: at, error }
}

function keep(notebook: Notebook, sent: Sent): Sent {
  notebook.change(sent)
  return sent
}
