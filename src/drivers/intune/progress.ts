import type { Outcome } from '../../domain/driver.ts'
import type { Instant } from '../../domain/time.ts'
import type { Context, Told } from './context.ts'
import { registrationOf } from './registration.ts'
import type { CommandError, CommandRow, Managed } from './rows.ts'

/** Where a command is after a visit; `throttled`: Graph was to be told more, and wants to be left alone until then. */
export type Progress = { readonly row: CommandRow; readonly throttled?: Instant }

/** Writes a change of a command, before whatever follows from it. */
export function note({ memory }: Context, row: CommandRow, change: Partial<CommandRow>): CommandRow {
  const next = { ...row, ...change }
  memory.write((rows) => rows.setCommand(next))
  return next
}

export function done(context: Context, row: CommandRow, at?: Instant): Progress {
  return { row: note(context, row, { end: { kind: 'done', at: at ?? context.clock.now() } }) }
}

export function failed(
  context: Context,
  row: CommandRow,
  { code, message, permanent, alreadyDownloaded }: CommandError,
): Progress {
  const error = { code, message, permanent, ...(alreadyDownloaded === true ? { alreadyDownloaded } : {}) }
  return { row: note(context, row, { end: { kind: 'failed', at: context.clock.now(), ...error } }) }
}

/** What Graph said instead of doing it. */
export function notTold(context: Context, row: CommandRow, told: Exclude<Told, { kind: 'ok' }>): Progress {
  if (told.kind === 'throttled') return { row, throttled: told.retryAt }
  const { code, message } = told
  return { row: note(context, row, { end: { kind: 'refused', code, message, at: context.clock.now() } }) }
}

/** The enrolment that a command was meant for is over; `undefined`: it is not. */
export function leftOf(managed: Managed | undefined): CommandError | undefined {
  const registration = managed === undefined ? 'retired' : registrationOf(managed)
  if (registration !== 'retired' && registration !== 'wiped') return undefined
  return { code: 'left', message: 'The device left Intune before it was done.', permanent: false }
}

/** What is told of a command that ended, or did not. */
export function outcomeOf(row: CommandRow): Outcome {
  const { end } = row
  if (end === undefined) return { kind: 'pending' }
  if (end.kind === 'refused') {
    const { code, message, at } = end
    return { kind: 'failed', code, message, permanent: true, at }
  }
  return end
}
