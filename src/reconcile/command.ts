import type { Command, Driver, Submission } from '../domain/driver.ts'
import { SimplaneError } from '../domain/error.ts'
import type { Log } from '../domain/log.ts'
import type { ClaimedStep, Settlement } from '../domain/journal-store.ts'
import { afterProof } from '../plan/settled.ts'
import { deadlineOf, nextPoll } from './timing.ts'

/** What every settlement of a step begins with. */
export function settlementAt(
  { dev, n, lease }: ClaimedStep,
  at: number,
): Pick<Settlement, 'dev' | 'n' | 'at' | 'lease'> {
  return { dev, n, at, ...(lease === undefined ? {} : { lease }) }
}

/** What a submission says of the journal's row. An MDM out of reach leaves it issued: whether it was told is asked later. */
export function afterSubmission(
  step: ClaimedStep,
  submission: Submission | 'unreachable',
  at: number,
): Settlement {
  const base = settlementAt(step, at)
  const issuedAt = step.issuedAt ?? at
  if (submission === 'unreachable')
    return { ...base, state: 'issued', pollAt: nextPoll(issuedAt, at + 1_000) }
  switch (submission.kind) {
    case 'accepted':
      return {
        ...base,
        state: 'accepted',
        pollAt: nextPoll(issuedAt, at),
        deadline: deadlineOf(step.step.kind, issuedAt),
      }
    case 'deferred':
      return { ...base, state: 'ready', pollAt: submission.retryAt ?? nextPoll(issuedAt, at + 5_000) }
    case 'refused': {
      const { code, message } = submission
      return { ...base, state: 'failed', error: { code, message, permanent: true } }
    }
  }
}

/** `forget` and `release` are sent to nobody: writing them is their effect. */
export function isOursAlone({ step }: ClaimedStep): boolean {
  return step.kind === 'forget' || step.kind === 'release'
}

/** The settlement of a step that is ours alone; also of one that a crash left issued. */
export function settledHere(step: ClaimedStep, at: number): Settlement {
  const record = afterProof(step.stored.record, step.step, step.issuedAt ?? at, at)
  return { ...settlementAt(step, at), state: 'proven', proof: 'observed', record }
}

/** Tells the MDM. */
export function submit(driver: Driver, command: Command, log: Log): Promise<Submission | 'unreachable'> {
  return reached(() => driver.submit(command), command, log)
}

/**
 * Asks something of an MDM about one device. Out of reach is expected; anything else thrown here is a fault of the
 * driver, said in the log, and must not stop the other devices.
 */
export async function reached<T>(
  call: () => Promise<T>,
  command: Command,
  log: Log,
): Promise<T | 'unreachable'> {
  try {
    return await call()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const fields = { device: command.device.key, command: command.id }
    if (error instanceof SimplaneError && error.code === 'driver-unreachable')
      log.warn('unreachable', message, fields)
    else log.error('unexpected', message, fields)
    return 'unreachable'
  }
}

/** The command of a claimed step; `undefined` for steps that are ours alone. */
export function commandOf({ command, step, stored }: ClaimedStep): Command | undefined {
  const { kind, configuration, spec, record } = step
  if (kind === 'forget' || kind === 'release') return undefined
  const { key, id, platform, serialNumber, eid } = stored.record
  return {
    id: command,
    kind,
    device: {
      key,
      id,
      platform,
      ...(serialNumber === undefined ? {} : { serialNumber }),
      ...(eid === undefined ? {} : { eid }),
    },
    ...(configuration === undefined ? {} : { configuration }),
    ...(spec === undefined ? {} : { spec }),
    ...(record === undefined ? {} : { record }),
  }
}

export function logFields(step: ClaimedStep): {
  run: number
  revision: string
  device: string
  step: string
  command: string
} {
  return {
    run: step.run,
    revision: step.revision,
    device: step.device,
    step: step.step.id,
    command: step.command,
  }
}
