import type { Outcome } from '../../domain/driver.ts'
import type { Instant } from '../../domain/time.ts'
import { ranAt } from './origins.ts'
import { enrolledAt, standing, type Known, type Sent } from './rows.ts'
import { APPEARS_WITHIN } from './timing.ts'

/** What became of an install, from everything heard until now. "done" is only that the device asked the carrier. */
export function outcomeOf(install: Sent, known: Known, now: Instant): Outcome {
  const { answer, error, state } = install
  if (state === 'refused' && error !== undefined)
    return { ...failed(error.code, error.message, true), at: install.sentAt }
  if (answer === undefined) return unanswered(install, known, now)
  const { at } = answer
  switch (answer.status) {
    case 'Acknowledged':
      return nothingCame(install, known) ?? { kind: 'done', at }
    case 'NotNow':
      return unanswered(install, known, now)
    case 'CommandFormatError':
      return { ...failed('command-format-error', 'The device cannot read the command.', true), at }
    case 'Error':
      return { ...errorOf(error), at }
  }
}

type Failure = Omit<Extract<Outcome, { kind: 'failed' }>, 'at'>

/**
 * Errors of RefreshCellularPlans (Apple's schema; the domain is not documented, so that the code alone counts):
 * 36001 no way to the cellular software, 36002 the hardware cannot, 36003 it could not, or was busy. 12021: the device
 * does not know the command. Any other may pass.
 */
const PERMANENT: readonly string[] = ['36002', '12021']

function errorOf(error: Sent['error']): Failure {
  const { code = 'error', message = 'The device did not say why.' } = error ?? {}
  return failed(code, message, PERMANENT.includes(code))
}

function unanswered(install: Sent, known: Known, now: Instant): Outcome {
  const over = ended(install, known, now) ?? lost(install, known)
  if (over !== undefined) return over
  if (install.answer !== undefined) return { kind: 'not-now' }
  return install.state === 'sending' ? { kind: 'unknown' } : { kind: 'pending' }
}

/** A second answer to some command empties a queue of the kv stores; and acknowledgements of what failed get lost. */
function lost(install: Sent, known: Known): Outcome | undefined {
  const at = shownNothing(install, known)
  if (at === undefined) return undefined
  const message =
    'The device answered what stood behind the command in the queue, and not the command: it was lost.'
  return { ...failed('lost', message, false), at }
}

/** The enrolment that the command was meant for is over, and NanoMDM emptied its queue. */
function ended({ sentAt }: Sent, { device }: Known, now: Instant): Outcome | undefined {
  const enrolled = enrolledAt(device)
  if (enrolled !== undefined && enrolled > sentAt)
    return {
      ...failed('re-enrolled', 'The device enrolled again, which emptied its queue.', false),
      at: enrolled,
    }
  if (standing(device) !== 'left') return undefined
  return { ...failed('left', 'The device left the MDM before it answered.', false), at: device.leftAt ?? now }
}

/** The device asked the carrier, was looked at when the plan had to be there, and had nothing new. */
function nothingCame(install: Sent, known: Known): Outcome | undefined {
  const at = shownNothing(install, known)
  if (at === undefined) return undefined
  const message = "The device asked the carrier's server and got no plan: is one bound to this device there?"
  return { ...failed('no-plan', message, false), at }
}

/** The first reading after the plan had to be there; `undefined`: there is none yet, or the plan came. */
function shownNothing(install: Sent, { sent, readings, origins }: Known): Instant | undefined {
  const ran = ranAt(install, sent)
  if (ran === undefined || origins.some((each) => each.command === install.seq)) return undefined
  return readings.find(({ at }) => at >= ran + APPEARS_WITHIN)?.at
}

function failed(code: string, message: string, permanent: boolean): Failure {
  return { kind: 'failed', code, message, permanent }
}
