import { HOUR, MINUTE, SECOND, type Instant } from '../../domain/time.ts'
import type { Reply } from '../../exchange/answer.ts'
import { retryAfter } from '../../exchange/throttle.ts'
import { quoted } from '../../exchange/words.ts'
import { object, objects, text } from '../json.ts'
import { ownTrouble, Refused, unreachable } from '../trouble.ts'

const CREDENTIALS = 'Check the token, or the id, key and installation of the GitHub App, in the settings.'
const RIGHTS = 'Give the token or the GitHub App the right for it; "simplane doctor" says which are missing.'
const NOT_FOUND =
  'Check the name of the repository, and that the token or the GitHub App may see it: GitHub says the same of both.'
const REJECTED = 'Nothing was changed. What GitHub says above is the reason.'

/**
 * Until when GitHub wants to be left alone. It says so with 403 too (docs.github.com/rest, "Rate limits for the REST API"):
 * Retry-After, else the reset of a used-up limit, else at least a minute.
 */
export function turnedAway({ status, headers, body }: Reply, now: Instant): Instant | undefined {
  if (status !== 403) return undefined
  const wait = retryAfter(headers['retry-after'], now)
  if (wait !== undefined) return now + wait
  if (headers['x-ratelimit-remaining'] === '0') {
    const reset = Number(headers['x-ratelimit-reset']) * SECOND
    return Number.isNaN(reset) ? now + MINUTE : Math.min(now + HOUR, Math.max(now + SECOND, reset))
  }
  return /secondary rate limit/i.test(body) ? now + MINUTE : undefined
}

/** What an error of the library means: trouble of ours in it, or GitHub's own no. Anything else is given back as it is. */
export function judged(forge: string, error: unknown): unknown {
  const own = ownTrouble(error)
  if (own !== undefined) return own
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return error
  const { status } = error
  const said = 'response' in error ? saidBy(object(error.response)?.['data']) : undefined
  if (said === undefined)
    return unreachable(forge, `it answered HTTP ${status}, which is not what GitHub would say`)
  return new Refused(forge, `${said} (HTTP ${status})`, hintFor(status), status)
}

function hintFor(status: number): string {
  if (status === 401) return CREDENTIALS
  if (status === 403) return RIGHTS
  return status === 404 || status === 410 ? NOT_FOUND : REJECTED
}

/** GitHub's words: a message, and for a request that it cannot process each field that is wrong. */
function saidBy(data: unknown): string | undefined {
  const message = text(object(data)?.['message'])
  if (message === undefined) return undefined
  const details = (objects(object(data)?.['errors']) ?? []).flatMap(({ message: own, field, code }) => {
    const detail = text(own) ?? [field, code].flatMap((each) => text(each) ?? []).join(' ')
    return detail === '' ? [] : [detail]
  })
  return quoted([message, ...details].join(': '))
}
