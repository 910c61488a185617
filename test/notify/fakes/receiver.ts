import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { openDesk, type Desk, type Said } from './desk.ts'

/** A key as Standard Webhooks writes it. */
export const KEY = `whsec_${Buffer.from('a key of twenty-four bytes or more').toString('base64')}`

export type Event = {
  readonly id: string
  readonly type: string
  readonly source: string
  readonly subject: string
  readonly time: string
  readonly data: {
    readonly severity: string
    readonly title: string
    readonly lines: readonly string[]
    readonly details: object
    readonly devices?: readonly string[]
    readonly url?: string
  }
}

export type Receiver = Desk & {
  /** What it took, the same as often as it came. */
  readonly taken: { readonly event: Event; readonly at: number }[]
  /** Why it took others not. */
  readonly complaints: string[]
}

/**
 * A receiver of signed CloudEvents, written from standard-webhooks/spec/standard-webhooks.md (1.0.0) and from the
 * CloudEvents 1.0 specification, its JSON format and its HTTP binding.
 */
export async function openReceiver(now: () => number, key: () => string = () => KEY): Promise<Receiver> {
  const taken: Receiver['taken'] = []
  const complaints: string[] = []

  function take(request: IncomingMessage, body: string): Said {
    const complaint = signatureTrouble(request, body) ?? eventTrouble(request, body)
    if (complaint !== undefined) {
      complaints.push(complaint)
      return { status: complaint.startsWith('signature') ? 401 : 400 }
    }
    taken.push({ event: JSON.parse(body) as Event, at: Number(request.headers['webhook-timestamp']) })
    return { status: 204 }
  }

  function signatureTrouble({ headers }: IncomingMessage, body: string): string | undefined {
    const [id, at, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
      String(headers[name] ?? ''),
    )
    if (id === undefined || id === '' || id.includes('.')) return 'signature: no id'
    if (!/^\d{10}$/.test(at ?? '')) return 'signature: no timestamp'
    if (Math.abs(now() / 1_000 - Number(at)) > 5 * 60) return 'signature: too old or too new'
    const secret = Buffer.from(key().replace(/^whsec_/, ''), 'base64')
    const expected = createHmac('sha256', secret).update(`${id}.${at}.${body}`).digest()
    const fits = (signatures ?? '').split(' ').some((each) => {
      const [version, value = ''] = each.split(',')
      const given = Buffer.from(value, 'base64')
      return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected)
    })
    return fits ? undefined : 'signature: does not fit'
  }

  return { ...(await openDesk(take)), taken, complaints }
}

/** https://github.com/cloudevents/spec: required attributes are texts that are not empty, names are of [a-z0-9]. */
function eventTrouble({ headers }: IncomingMessage, body: string): string | undefined {
  if (!/^application\/cloudevents\+json(;|$)/.test(headers['content-type'] ?? '')) return 'content type'
  const event = JSON.parse(body) as Record<string, unknown>
  if (event['specversion'] !== '1.0') return 'specversion'
  for (const name of ['id', 'source', 'type', 'subject'])
    if (typeof event[name] !== 'string' || !/^[^\p{Cc}\p{Cs}]+$/u.test(event[name])) return name
  if (Object.keys(event).some((name) => !/^[a-z0-9]{1,20}$/.test(name))) return 'a name'
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(String(event['time']))) return 'time'
  if (event['id'] !== headers['webhook-id']) return 'another id'
  return URL.canParse(String(event['source']), 'https://base.example') ? undefined : 'no URI reference'
}
