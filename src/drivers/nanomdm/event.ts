import { createHmac, timingSafeEqual } from 'node:crypto'
import type { WebhookRequest } from '../../domain/driver.ts'
import { parseInstant, type Instant } from '../../domain/time.ts'
import {
  readAuthenticate,
  readError,
  readInformation,
  type DeviceError,
  type Information,
  type Told,
} from './report.ts'

/** One thing that NanoMDM heard from one device. */
export type Event = {
  readonly id: string
  /** Apple User Enrollment: no eSIM command reaches it. */
  readonly userEnrolled: boolean
  /** By NanoMDM's clock. */
  readonly at: Instant
  readonly what: Happening
}

/** `Idle` polls are `idle`: most of what is pushed. */
export type Happening =
  | { readonly kind: 'authenticated'; readonly told: Told }
  /** `first`: the first one since the device enrolled. */
  | { readonly kind: 'token'; readonly first: boolean }
  | { readonly kind: 'left' }
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'answer'
      readonly uuid: string
      readonly status: AnswerStatus
      readonly error?: DeviceError
      readonly information?: Information
    }

export type AnswerStatus = 'Acknowledged' | 'Error' | 'CommandFormatError' | 'NotNow'

/** What a webhook holds. `nothing`: something that does not concern devices and their eSIMs. */
export type WebhookReading =
  | { readonly kind: 'event'; readonly event: Event }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly status: 400 | 401; readonly message: string }

/** Largest body that is read, in bytes. */
const LARGEST = 1024 * 1024
const SIGNATURE = 'x-hmac-signature'
/** Channels that are devices; the others belong to users on them. */
const DEVICE_CHANNELS: readonly unknown[] = ['Device', 'User Enrollment (Device)']
const STATUSES: readonly unknown[] = ['Acknowledged', 'Error', 'CommandFormatError', 'NotNow']

/**
 * Reads one webhook of NanoMDM (its event.json). `key`: of `-webhook-hmac-key`; absent: nothing is signed. Pure, and
 * never throws. The signature covers no time, so that a replay passes: whoever takes events must not mind.
 */
export function readEvent({ headers, body }: WebhookRequest, key: string | undefined): WebhookReading {
  if (body.length > LARGEST) return refused(400, 'The webhook is too large.')
  if (key !== undefined && !isSigned(body, headers[SIGNATURE], key))
    return refused(401, 'The webhook is not signed with the key of the settings.')
  const message = parse(body)
  const at = typeof message?.['created_at'] === 'string' ? parseInstant(message['created_at']) : undefined
  if (message === undefined || at === undefined) return refused(400, 'The webhook is no event of NanoMDM.')
  const inner = objectOf(message['acknowledge_event'] ?? message['checkin_event'])
  const who = channelOf(inner)
  if (who === undefined) return { kind: 'nothing' }
  const what = happeningOf(message['topic'], inner)
  return what === undefined ? { kind: 'nothing' } : { kind: 'event', event: { ...who, at, what } }
}

function isSigned(body: Uint8Array, signature: string | undefined, key: string): boolean {
  const expected = createHmac('sha256', key).update(body).digest()
  const given = Buffer.from(signature ?? '', 'base64')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

type Json = { readonly [key: string]: unknown }

function parse(body: Uint8Array): Json | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
  } catch {
    return undefined
  }
}

/** `ids` is missing from servers that only copy MicroMDM's format. */
function channelOf(inner: Json): Pick<Event, 'id' | 'userEnrolled'> | undefined {
  const ids = objectOf(inner['ids'] ?? { id: inner['udid'], type: 'Device' })
  const id = ids['id']
  if (!DEVICE_CHANNELS.includes(ids['type']) || !isEnrolmentId(id)) return undefined
  return { id, userEnrolled: ids['type'] !== 'Device' }
}

/** A comma separates enrolments in NanoMDM's addresses: no id holds one. */
function isEnrolmentId(value: unknown): value is string {
  return typeof value === 'string' && /^[^\s,/\p{Cc}]{1,128}$/u.test(value)
}

function happeningOf(topic: unknown, inner: Json): Happening | undefined {
  switch (topic) {
    case 'mdm.Authenticate':
      return { kind: 'authenticated', told: readAuthenticate(payloadOf(inner)) }
    case 'mdm.TokenUpdate':
      return { kind: 'token', first: inner['token_update_tally'] === 1 }
    case 'mdm.CheckOut':
      return { kind: 'left' }
    case 'mdm.Connect':
      return connectOf(inner)
    default:
      return undefined
  }
}

function connectOf(inner: Json): Happening | undefined {
  const { status, command_uuid: uuid } = inner
  if (status === 'Idle') return { kind: 'idle' }
  if (typeof uuid !== 'string' || uuid === '' || uuid.length > 128 || !STATUSES.includes(status))
    return undefined
  const payload = payloadOf(inner)
  const information = status === 'Acknowledged' ? readInformation(payload) : undefined
  return {
    kind: 'answer',
    uuid,
    status: status as AnswerStatus,
    ...(status === 'Error' ? { error: readError(payload) } : {}),
    ...(information === undefined ? {} : { information }),
  }
}

function payloadOf(inner: Json): Uint8Array {
  const text = inner['raw_payload']
  return Buffer.from(typeof text === 'string' ? text : '', 'base64')
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

function refused(status: 400 | 401, message: string): WebhookReading {
  return { kind: 'refused', status, message }
}
