import type { Delivery } from '../domain/notice.ts'
import type { Instant } from '../domain/time.ts'
import type { Answer, Reply } from '../exchange/answer.ts'
import { retryAfter } from '../exchange/throttle.ts'

/** It is the notice they do not like, or they want none any more: the same again would fare no better. */
const REFUSALS: ReadonlySet<number> = new Set([400, 410, 413, 422])

/**
 * What an answer means for a delivery (standardwebhooks.com, "Delivery success and failure"): 2xx took it; what may be
 * set right in time (no such address, no rights, trouble over there) comes again, the next one not before this. `took`:
 * does a 2xx say that it was taken?
 */
export function judge(answer: Answer, now: Instant, took: (reply: Reply) => boolean): Delivery {
  if (answer.kind === 'throttled')
    return { kind: 'later', why: 'it wants to be left alone for a while', retryAt: answer.retryAt }
  if (answer.kind === 'unreachable') return { kind: 'later', why: answer.why }
  const { status, headers } = answer
  const why = `it answered HTTP ${status}${word(answer)}`
  if (status >= 200 && status < 300) {
    if (took(answer)) return { kind: 'delivered' }
    return { kind: 'later', why: `${why}, but not that it took the notice` }
  }
  if (REFUSALS.has(status)) return { kind: 'refused', why }
  const wait = retryAfter(headers['retry-after'], now)
  return { kind: 'later', why, ...(wait === undefined ? {} : { retryAt: now + wait }) }
}

/** Slack says what is wrong in a word. Longer texts are not repeated: they may hold the address, which is a secret. */
function word({ body }: Reply): string {
  const text = body.trim()
  return /^[a-z_]{3,40}$/.test(text) ? ` (${text})` : ''
}
