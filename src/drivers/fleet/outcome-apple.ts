import type { Outcome } from '../../domain/driver.ts'
import { readError } from './apple.ts'
import type { CommandResult } from './commands.ts'
import { ended, failed } from './failure.ts'
import type { Sent } from './rows.ts'
import { APPEARS_WITHIN } from './timing.ts'
import type { Work } from './work.ts'

/**
 * Errors of RefreshCellularPlans (Apple's schema; the domain is not documented, so that the code alone counts): 36001 no
 * way to the cellular software, 36002 the hardware cannot, 36003 it could not, or was busy. 12021: the device does not
 * know the command. Any other may pass.
 */
const PERMANENT: readonly number[] = [36_002, 12_021]

/** What became of an install on iOS. "done" is only that the device asked the carrier. */
export async function appleOutcome(work: Work, sent: Sent): Promise<Outcome> {
  const { memory, client, clock } = work
  const { uuid = '', step } = sent
  if (sent.outcome !== undefined) return sent.outcome
  if (sent.acknowledgedAt !== undefined) return concluded(work, sent, sent.acknowledgedAt)
  const host = await client.host(sent.host)
  const at = clock.now()
  const state = host === undefined ? undefined : await client.results(uuid, host.uuid)
  if (state?.kind === 'answered' && state.result.status === 'Acknowledged') {
    memory.acknowledged(step, at)
    return concluded(work, sent, at)
  }
  const over = state?.kind === 'answered' ? errorOf(state.result, at) : undefined
  const final = over ?? ended(sent, host, at)
  if (final !== undefined) {
    memory.ended(step, final)
    return final
  }
  if (state?.kind === 'answered') return { kind: 'not-now' }
  return state?.kind === 'unknown' && sent.state === 'sending' ? { kind: 'unknown' } : { kind: 'pending' }
}

/** `undefined`: the device was busy, and is offered the command again. */
function errorOf({ status, report }: CommandResult, at: number): Outcome | undefined {
  if (status === 'NotNow') return undefined
  if (status === 'CommandFormatError')
    return failed('command-format-error', 'The device cannot read the command.', at, true)
  const { code, message } = readError(report)
  return failed(String(code ?? 'error'), message, at, code !== undefined && PERMANENT.includes(code))
}

/** The device asked the carrier; if it was looked at when the plan had to be there, and had nothing new, none came. */
function concluded({ memory }: Work, { host, step, baseline }: Sent, at: number): Outcome {
  const { reading, origins } = memory.known(host)
  const shown = reading?.kind === 'plans' && reading.at >= at + APPEARS_WITHIN
  if (baseline === undefined || !shown || origins.some((each) => each.step === step))
    return { kind: 'done', at }
  const message = "The device asked the carrier's server and got no plan: is one bound to this device there?"
  return failed('no-plan', message, reading.at)
}
