import { SimplaneError } from '../../domain/error.ts'
import type { Instant } from '../../domain/time.ts'
import type { Answer, Reply } from '../../exchange/answer.ts'
import { quoted } from '../../exchange/words.ts'
import { objects, parseObject, type Json } from './json.ts'

/** What Fleet itself says to a request. Everything else (a proxy, half an answer, no answer) throws. */
export type Judged =
  | { readonly kind: 'done'; readonly body: Json }
  | RefusedByFleet
  /** Nothing was taken; come again then. */
  | { readonly kind: 'throttled'; readonly retryAt: Instant }

export type RefusedByFleet = {
  readonly kind: 'refused'
  readonly status: number
  readonly code: string
  readonly message: string
}

/**
 * Judges an answer. A 404 counts only in Fleet's own words: one of a proxy in front of it must not make a device look
 * gone. Throws `driver-unreachable` for what is not Fleet's, and for a token that it does not accept.
 */
export function judge(driver: string, answer: Answer): Judged {
  if (answer.kind === 'throttled') return answer
  if (answer.kind === 'unreachable') throw unreachable(driver, answer.why)
  const { status, body } = answer
  if (status >= 200 && status < 300) {
    const parsed = body.trim() === '' ? {} : parseObject(body)
    if (parsed === undefined) throw unreachable(driver, 'it answered with something that is not JSON')
    return { kind: 'done', body: parsed }
  }
  if (status === 401 || status === 403) throw unreachable(driver, FORBIDDEN[status], TOKEN_HINT)
  const said = complaintOf(answer)
  if (said === undefined)
    throw unreachable(driver, `it answered HTTP ${status}, which is not what Fleet would say`)
  return { kind: 'refused', status, code: CODES[status] ?? 'refused', message: said }
}

/** Fleet's own complaint: `{ message, errors: [{ name, reason }] }`; `undefined`: somebody else's. */
export function complaintOf({ body }: Reply): string | undefined {
  const parsed = parseObject(body)
  const message = parsed?.['message']
  const errors = objects(parsed?.['errors'])
  if (typeof message !== 'string' || errors === undefined) return undefined
  const reasons = errors.flatMap(({ reason }) => (typeof reason === 'string' ? reason : []))
  return quoted([message, ...reasons].join(': '))
}

/** The error of a driver that cannot reach its MDM. */
export function unreachable(driver: string, why: string, hint?: string): SimplaneError {
  return new SimplaneError(
    'driver-unreachable',
    `The MDM of driver ${driver} does not answer: ${why}.`,
    hint === undefined ? {} : { hint },
  )
}

const CODES: Readonly<Record<number, string>> = {
  400: 'malformed',
  402: 'needs-premium',
  404: 'not-found',
  409: 'conflict',
  412: 'mdm-off',
  415: 'malformed',
  422: 'malformed',
}

const FORBIDDEN = {
  401: 'it does not accept the token',
  403: 'the role of the token may not do this',
} as const
const TOKEN_HINT = 'Check the API token in the settings, and that its user has the role Maintainer or Admin.'
