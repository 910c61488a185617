import type { Duration, Instant } from '../../domain/time.ts'
import { ranAt } from './origins.ts'
import {
  enrolledAt,
  isAnswered,
  lastHeard,
  standing,
  type Device,
  type Known,
  type Origin,
  type Sent,
} from './rows.ts'
import {
  APPEARS_WITHIN,
  FIRST_LOOK,
  FIRST_PATIENCE,
  LONGEST_PATIENCE,
  PASSED_OVER,
  SILENT,
} from './timing.ts'
import { platformOf } from './facts.ts'

/** `repeat`: the same question, of which nobody knows whether it arrived. */
export type Due =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'ask'; readonly tries: number }
  | { readonly kind: 'repeat'; readonly question: Sent }

const NOTHING: Due = { kind: 'nothing' }

/**
 * Is the device to be asked what it holds? At most one question is open; nothing is ever withdrawn from NanoMDM's queue,
 * so that a device that sleeps for weeks finds a few dozen. A question that was lost (an emptied queue, a lost webhook)
 * is asked again under a new id.
 */
export function dueQuestion({ device, sent, origins }: Known, now: Instant, refreshEvery: Duration): Due {
  if (!isAskable(device)) return NOTHING
  const last = lastQuestion(sent)
  if (last === undefined || last.sentAt < (enrolledAt(device) ?? -Infinity)) return { kind: 'ask', tries: 0 }
  if (last.state !== 'refused' && !isAnswered(last)) return openQuestion(last, device, now)
  const answeredAt = last.answer?.heardAt ?? last.sentAt
  const wanted = Math.min(answeredAt + refreshEvery, nextLook(answeredAt, device, sent, origins))
  return now >= wanted ? { kind: 'ask', tries: 0 } : NOTHING
}

/** The newest question; it is the only one that may be open. */
export function lastQuestion(sent: readonly Sent[]): Sent | undefined {
  return sent.findLast((each) => each.install === undefined)
}

/** A User Enrollment does not show its plans, and other platforms have none; what a new device is must be asked. */
function isAskable(device: Device): boolean {
  if (device.userEnrolled || standing(device) !== 'active') return false
  return device.told.product === undefined || platformOf(device) !== 'other'
}

function openQuestion(question: Sent, device: Device, now: Instant): Due {
  if (question.state === 'sending') return { kind: 'repeat', question }
  const again: Due = { kind: 'ask', tries: question.tries + 1 }
  // A busy device (NotNow) is offered the question again by itself: its patience begins anew.
  const since = question.answer?.heardAt ?? question.sentAt
  const passedOver = (lastHeard(device) ?? -Infinity) - since >= PASSED_OVER
  const doubled = 2 ** Math.min(question.tries, 20)
  const patience = Math.min(LONGEST_PATIENCE, (passedOver ? PASSED_OVER : FIRST_PATIENCE) * doubled)
  const age = now - since
  return age >= patience ? again : NOTHING
}

/** When to look for what the newest install brings; Infinity: it is there, failed, or does not come any more. */
function nextLook(
  answeredAt: Instant,
  device: Device,
  sent: readonly Sent[],
  origins: readonly Origin[],
): Instant {
  const install = sent.findLast((each) => each.install !== undefined)
  if (install === undefined || install.state === 'refused') return Infinity
  if (install.sentAt < (enrolledAt(device) ?? -Infinity)) return Infinity
  if (origins.some((each) => each.command === install.seq)) return Infinity
  const ran = ranAt(install, sent)
  if (ran === undefined && isAnswered(install)) return Infinity
  if (ran === undefined) {
    // Nothing was heard, or NotNow: its acknowledgement may be lost, and the plan there.
    const since = install.answer?.heardAt ?? install.sentAt
    return Math.max(since, answeredAt) + Math.max(SILENT, answeredAt - since)
  }
  const looked = answeredAt - ran
  if (looked >= APPEARS_WITHIN) return Infinity
  return Math.max(ran, answeredAt) + Math.max(FIRST_LOOK, looked)
}
