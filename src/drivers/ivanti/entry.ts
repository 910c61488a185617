import type { Command, Submission } from '../../domain/driver.ts'
import type { Works } from './carry.ts'
import type { Attributes } from './device.ts'
import type { Sent } from './rows.ts'

export type Refused = Extract<Submission, { kind: 'refused' }>

/** How a command is written down before the MDM is told. */
export function row(
  { clock }: Works,
  command: Command,
  writes: readonly Attributes[],
  record?: string,
): Omit<Sent, 'seq' | 'position'> {
  const { id, kind, device, configuration, spec } = command
  return {
    id,
    kind,
    device: device.id,
    sentAt: clock.now(),
    writes,
    state: 'open',
    ...(configuration === undefined ? {} : { configuration }),
    ...(spec === undefined ? {} : { spec }),
    ...(record === undefined ? {} : { record }),
  }
}

/** Writes the command down. */
export function add(works: Works, command: Command, writes: readonly Attributes[], record?: string): Sent {
  return works.notebook.add(row(works, command, writes, record))
}

/** A refusal is kept, so that it is the same when asked again. */
export function note(works: Works, command: Command, refusal: Refused): Refused {
  const { code, message } = refusal
  const error = { code, message, permanent: true }
  const endedAt = works.clock.now()
  works.notebook.add({ ...row(works, command, []), state: 'failed', endedAt, error })
  return refusal
}

/** A refusal. */
export function refused(code: string, message: string): Refused {
  return { kind: 'refused', code, message }
}
