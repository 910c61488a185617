import { SimplaneError } from '../../domain/error.ts'
import type { Instant } from '../../domain/time.ts'
import type { Answer } from '../../exchange/answer.ts'
import { quoted } from '../../exchange/words.ts'
import { object, objects, parsed, text } from './json.ts'

/** What Jamf Pro itself says to a request. Everything else (a proxy, half an answer, no answer) throws. */
export type Judged =
  | { readonly kind: 'done'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  /** Nothing was taken; come again then. */
  | { readonly kind: 'throttled'; readonly retryAt: Instant }

/**
 * Judges an answer. A complaint counts only in Jamf Pro's own words, `{ httpStatus, errors }`: a 404 of a proxy must not
 * make a device look gone. `privilege`: what the API role lacks when it may not. Throws `driver-unreachable`.
 */
export function judge(driver: string, answer: Answer, privilege: string): Judged {
  if (answer.kind === 'throttled') return answer
  if (answer.kind === 'unreachable') throw unreachable(driver, answer.why)
  const { status, body } = answer
  const json = parsed(body)
  if (status >= 200 && status < 300) {
    if (json === undefined) throw unreachable(driver, 'it answered with something that is not JSON')
    return { kind: 'done', body: json }
  }
  // Without a privilege some calls say 401 and others 403.
  if (status === 401 || status === 403)
    throw unreachable(
      driver,
      `the API client may not do this (HTTP ${status})`,
      `Give its API role the privilege "${privilege}".`,
    )
  const errors = objects(object(json)?.['errors'])
  if (object(json)?.['httpStatus'] !== status || errors === undefined)
    throw unreachable(driver, `it answered HTTP ${status}, which is not what Jamf Pro would say`)
  const said = errors.map(
    (error) =>
      `${text(error['code']) ?? ''} ${text(error['description']) ?? ''} ${text(error['field']) ?? ''}`,
  )
  return { kind: 'refused', status, message: quoted([`HTTP ${status}`, ...said].join(', ')) }
}

/** The error of a driver that cannot reach its MDM. */
export function unreachable(driver: string, why: string, hint?: string): SimplaneError {
  return new SimplaneError(
    'driver-unreachable',
    `The MDM of driver ${driver} does not answer: ${why}.`,
    hint === undefined ? {} : { hint },
  )
}

/** Is it that the MDM, or the driver's file, is out of reach? */
export function isUnreachable(error: unknown): boolean {
  return error instanceof SimplaneError && error.code === 'driver-unreachable'
}
