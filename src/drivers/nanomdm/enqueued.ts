import type { Reply } from '../../exchange/answer.ts'
import { quoted } from '../../exchange/words.ts'

/** What NanoMDM says of a command that it was given for one device. */
export type Enqueued =
  /** It is in the queue. `unpushed`: why the device was not woken; it will find the command when it polls. */
  | { readonly kind: 'queued'; readonly unpushed?: string }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** The credentials are wrong. */
  | { readonly kind: 'forbidden' }
  /** NanoMDM had trouble of its own; it may have queued the command. */
  | { readonly kind: 'trouble'; readonly why: string }

type Result = { readonly [key: string]: unknown }

/** The same command id twice: in the words of the kv stores, of MySQL and of PostgreSQL. */
const DUPLICATE = /already exists|duplicate entry|duplicate key/i
/** MySQL and PostgreSQL refuse an enrolment that they do not know; the kv stores queue it for nobody. */
const STRANGER = /foreign key constraint/i

/**
 * Judges by `command_error`, at the top or in any entry below `status`, and never by the HTTP status: a push that fails
 * is 500 although the command is queued, and the kv stores give errors under the command's id instead of the device's.
 */
export function readEnqueued({ status, body }: Reply, uuid: string): Enqueued {
  if (status === 401 || status === 403) return { kind: 'forbidden' }
  const result = resultOf(body)
  if (result === undefined)
    return { kind: 'trouble', why: `it answered HTTP ${status} with something unreadable` }
  const entries = Object.values(objectOf(result['status']))
  const [error] = textsOf('command_error', result, entries)
  if (error !== undefined) return refusalOf(error)
  const [unpushed] = textsOf('push_error', result, entries)
  if (result['command_uuid'] !== uuid)
    return { kind: 'trouble', why: 'it does not name the command that it was given' }
  return { kind: 'queued', ...(unpushed === undefined ? {} : { unpushed: quoted(unpushed) }) }
}

/** Is this NanoMDM speaking, and not a proxy before it? */
export function isNanoMdm({ status, body }: Reply): boolean {
  return status === 401 || status === 403 || resultOf(body) !== undefined
}

function refusalOf(error: string): Enqueued {
  // Our own earlier try: the command is in the queue.
  if (DUPLICATE.test(error)) return { kind: 'queued' }
  if (STRANGER.test(error))
    return { kind: 'refused', code: 'not-found', message: 'NanoMDM has no such enrolment.' }
  if (error.startsWith('decoding command'))
    return {
      kind: 'refused',
      code: 'malformed',
      message: `NanoMDM cannot read the command: ${quoted(error)}.`,
    }
  return { kind: 'trouble', why: `it could not queue the command (${quoted(error)})` }
}

const KEYS = ['status', 'no_push', 'push_error', 'command_error', 'command_uuid', 'request_type']

function resultOf(body: string): Result | undefined {
  try {
    const value = objectOf(JSON.parse(body))
    return KEYS.some((key) => key in value) ? value : undefined
  } catch {
    return undefined
  }
}

function objectOf(value: unknown): Result {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Result) : {}
}

function textsOf(key: string, result: Result, entries: readonly unknown[]): readonly string[] {
  return [result, ...entries.map(objectOf)].flatMap((each) => {
    const text = each[key]
    return typeof text === 'string' && text !== '' ? [text] : []
  })
}
