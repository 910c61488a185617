import type { Outcome } from '../../domain/driver.ts'
import { EUICCS } from '../../syncml/address.ts'
import { resetEuicc } from '../../syncml/euicc-commands.ts'
import { itemOutcome } from '../../syncml/status-outcome.ts'
import { ended, failed } from './failure.ts'
import type { Host } from './host.ts'
import { appleOutcome } from './outcome-apple.ts'
import type { Sent } from './rows.ts'
import { namesFor } from './slot.ts'
import { OVERDUE } from './timing.ts'
import type { Work } from './work.ts'

/** What became of a step. What Fleet says is never more than accepted; once final it is remembered. */
export async function outcomeOf(work: Work, sent: Sent): Promise<Outcome> {
  if (sent.outcome !== undefined) return sent.outcome
  if (sent.kind === 'install' && sent.slot === undefined) return await appleOutcome(work, sent)
  const outcome = sent.kind === 'reset' ? await resetOutcome(work, sent) : await shownOutcome(work, sent)
  if (outcome.kind === 'done' || outcome.kind === 'failed') work.memory.ended(sent.step, outcome)
  return outcome
}

async function resetOutcome({ client, clock }: Work, sent: Sent): Promise<Outcome> {
  const host = await client.host(sent.host)
  const at = clock.now()
  if (host === undefined) return failed('gone', 'Fleet has no such host any more.', at)
  const state = await client.results(sent.uuid ?? '', host.uuid)
  if (state.kind === 'answered' && /^\d{3}$/.test(state.result.status))
    return itemOutcome(
      resetEuicc(sent.uuid ?? EUICCS, 'whichever-is-active'),
      Number(state.result.status),
      at,
    )
  const over = ended(sent, host, at)
  if (over !== undefined) return over
  return state.kind === 'unknown' && sent.state === 'sending' ? { kind: 'unknown' } : { kind: 'pending' }
}

/** Steps whose effect Fleet itself shows. */
async function shownOutcome({ client, clock }: Work, sent: Sent): Promise<Outcome> {
  const { kind } = sent
  const host = await client.host(sent.host)
  const at = clock.now()
  if (kind === 'delete-record') return host === undefined ? { kind: 'done', at } : underWay(sent)
  if (kind === 'retire' && (host === undefined || host.registration === 'retired'))
    return { kind: 'done', at }
  if (kind === 'retire') return underWay(sent)
  if (host === undefined) return failed('gone', 'Fleet has no such host any more.', at)
  const over = ended({ sentAt: Infinity }, host, at)
  if (over !== undefined) return over
  return kind === 'install' ? installOutcome(sent, host, at) : uninstallOutcome(sent, host, at)
}

/** A profile is sent again by Fleet itself after a new enrolment: that alone ends nothing. */
function installOutcome(sent: Sent, { profiles, labels }: Host, at: number): Outcome {
  const profile = profiles?.find(({ name }) => name === sent.slot)
  if (profile === undefined) {
    if (sent.state === 'sending') return { kind: 'unknown' }
    const isWanted = labels === undefined || labels.includes(sent.slot ?? '')
    return isWanted
      ? { kind: 'pending' }
      : failed('label-removed', 'Somebody took the label of the configuration off the device.', at)
  }
  if (profile.operation === 'remove')
    return failed('taken-off', 'The configuration is being taken off again.', at)
  if (profile.status === 'pending') return { kind: 'pending' }
  if (profile.status !== 'failed') return { kind: 'done', at }
  return failed('profile-failed', profile.detail ?? 'Fleet did not say why.', at)
}

function uninstallOutcome(sent: Sent, host: Host, at: number): Outcome {
  const { identity } = sent
  const names = identity === undefined ? [] : namesFor(host, identity)
  if (names.length === 0) return host.profiles === undefined ? { kind: 'pending' } : { kind: 'done', at }
  const left = host.profiles?.filter(({ name }) => names.includes(name)) ?? []
  if (left.some(({ operation, status }) => operation === 'remove' && status === 'failed'))
    return failed('removal-failed', left[0]?.detail ?? 'Fleet did not say why.', at)
  if (sent.state === 'sending') return { kind: 'unknown' }
  const removing = left.every(({ operation }) => operation === 'remove')
  if (left.length > 0 && removing) return { kind: 'pending' }
  const seen = host.seenAt ?? -Infinity
  if (seen - sent.sentAt < OVERDUE) return { kind: 'pending' }
  return failed(
    'still-there',
    'Fleet does not take the profile off: was its label deleted, or given back?',
    at,
  )
}

function underWay({ state }: Sent): Outcome {
  return state === 'sending' ? { kind: 'unknown' } : { kind: 'pending' }
}
