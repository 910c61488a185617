import { isApple } from '../../domain/device.ts'
import type { Command, Outcome, Submission } from '../../domain/driver.ts'
import type { Instant } from '../../domain/time.ts'
import { advanceApple, prepareApple } from './apple.ts'
import { capabilitiesOf } from './capabilities.ts'
import type { Context } from './context.ts'
import { refreshOne } from './inventory.ts'
import { outcomeOf, type Progress } from './progress.ts'
import { platformOf, registrationOf } from './registration.ts'
import { advanceReset, prepareReset } from './reset.ts'
import { advanceDelete, advanceRetire } from './retirement.ts'
import type { CommandRow, Managed } from './rows.ts'
import { SHOWS_WITHIN } from './timing.ts'
import { LEAVE_ALONE, refused, unreachable, type Refused } from './trouble.ts'
import { prepareWindows } from './windows-begin.ts'
import { advanceWindows } from './windows.ts'

type Deferred = Extract<Submission, { kind: 'deferred' }>

/**
 * Begins a command, or goes on with one whose answer was lost. It is written before anything is sent; what it takes
 * several calls or check-ins for goes on whenever somebody asks what became of it.
 */
export async function submit(context: Context, command: Command): Promise<Submission> {
  const { memory, driver, clock } = context
  const written = memory.read((rows) => rows.command(command.id))
  const known = written?.phase === 'put-off' ? undefined : written
  if (known?.end?.kind === 'refused') return refused(known.end.code, known.end.message)
  if (known !== undefined && (known.phase !== 'sending' || known.end !== undefined))
    return { kind: 'accepted' }
  const managed = await refreshOne(context, command.device.id)
  if (known !== undefined) {
    const isYoung = clock.now() < known.phaseAt + SHOWS_WITHIN
    const seen = await advance(context, known, managed, !isYoung)
    if (seen.row.phase === 'sending' && seen.row.end === undefined)
      throw unreachable(driver, 'whether it took the command does not show yet')
    return submissionOf(seen)
  }
  if (managed === undefined) return refused('not-found', `Intune has no device ${command.device.id}.`)
  const row = await prepare(context, managed, command, written?.at ?? clock.now())
  if (row.kind === 'deferred') return row
  if (row.kind === 'refused') {
    const { code, message } = row
    const end = { kind: 'refused', code, message, at: clock.now() } as const
    memory.write((rows) => rows.setCommand({ ...rowOf(command, clock.now()), end }))
    return row
  }
  memory.write((rows) => rows.setCommand(row))
  if (row.end !== undefined) return { kind: 'accepted' }
  const progress = await advance(context, row, managed, true)
  if (progress.throttled === undefined || progress.row.phase !== row.phase) return submissionOf(progress)
  putOff(context, progress.row)
  return { kind: 'deferred', reason: LEAVE_ALONE, retryAt: progress.throttled }
}

/** Nothing happened. A script package that was made for it has in it when that was: told again, it is to be the same. */
function putOff({ memory }: Context, row: CommandRow): void {
  memory.write((rows) => {
    if (row.script === undefined) rows.dropCommand(row.step)
    else rows.setCommand({ ...row, phase: 'put-off' })
  })
}

function submissionOf({ row: { end } }: Progress): Submission {
  return end?.kind === 'refused' ? refused(end.code, end.message) : { kind: 'accepted' }
}

/** What became of a command; what it still needs is done on the way. */
export async function outcome(context: Context, command: Command): Promise<Outcome> {
  const row = context.memory.read((rows) => rows.command(command.id))
  if (row?.end !== undefined) return outcomeOf(row)
  const managed = await refreshOne(context, command.device.id)
  if (row === undefined || row.phase === 'put-off') return { kind: 'unknown' }
  const { row: after } = await advance(context, row, managed, false)
  const isSilent = after.phase === 'sending' && after.end === undefined
  return isSilent && context.clock.now() >= after.phaseAt + SHOWS_WITHIN
    ? { kind: 'unknown' }
    : outcomeOf(after)
}

async function prepare(
  context: Context,
  managed: Managed,
  command: Command,
  at: Instant,
): Promise<CommandRow | Refused | Deferred> {
  const { kind } = command
  const platform = platformOf(managed)
  const family = isApple(platform) ? 'ios' : 'windows'
  const can = platform !== 'other' && capabilitiesOf(context.scripts)[family].steps.includes(kind)
  if (!can) return refused('unsupported', `There is no ${kind} for this device through Intune.`)
  const row = { ...rowOf(command, context.clock.now()), at }
  if (kind === 'delete-record') return prepareDelete(context, command, row)
  const registration = registrationOf(managed)
  if (registration !== 'active')
    return refused('not-active', `The device's registration is ${registration}, and nothing is sent to it.`)
  if (kind === 'retire') return row
  if (family === 'ios') return prepareApple(managed, row)
  if (kind === 'reset') return await prepareReset(context, managed, row, command.device.eid)
  return await prepareWindows(context, managed, row)
}

function prepareDelete({ driver }: Context, { record }: Command, row: CommandRow): CommandRow | Refused {
  if (record === undefined || !record.startsWith(`${driver}/`))
    return refused('not-found', `The record ${record ?? '(none was named)'} is not one of ${driver}.`)
  return { ...row, record: record.slice(driver.length + 1) }
}

function rowOf({ id, kind, device, configuration, spec }: Command, now: number): CommandRow {
  return {
    step: id,
    kind,
    device: device.id,
    ...(configuration === undefined ? {} : { configuration }),
    ...(spec === undefined ? {} : { spec }),
    at: now,
    phaseAt: now,
    phase: 'sending',
  }
}

function advance(
  context: Context,
  row: CommandRow,
  managed: Managed | undefined,
  send: boolean,
): Promise<Progress> {
  switch (row.kind) {
    case 'retire':
      return advanceRetire(context, row, managed, send)
    case 'delete-record':
      return advanceDelete(context, row, managed, send)
    case 'reset':
      return advanceReset(context, row, managed, send)
    case 'install':
    case 'update':
    case 'uninstall':
      return row.spec?.platform === 'ios'
        ? advanceApple(context, row, managed, send)
        : advanceWindows(context, row, managed)
  }
}
