import type { Hint } from '../domain/hint.ts'
import type { Log } from '../domain/log.ts'
import { SECOND, type Clock } from '../domain/time.ts'
import { openBucket, type Bucket } from '../exchange/bucket.ts'
import { secretsOfWebhooks, type WebhookSettings } from '../settings/http-webhooks.ts'
import type { SecretRef } from '../settings/secret.ts'
import { MEBIBYTE } from './bodies.ts'
import { openComplaints } from './complaints.ts'
import { deliveryKeys, openDeliveries } from './deliveries.ts'
import { readWebhook } from './forge-reading.ts'
import { verifySignature, type Arrived } from './forge-signature.ts'
import type { Asked, Reply } from './listener.ts'

export type ForgeWebhookOptions = {
  readonly webhooks: readonly WebhookSettings[]
  /** Looks a secret up, for each request anew: files are renewed. Throws `settings` when it is not there. */
  readonly reveal: (secret: SecretRef) => string
  /** Told of each delivery that was signed, and was not heard before. */
  readonly heard: (hint: Hint, webhook: string) => void
  readonly clock: Clock
  readonly log: Log
}

const PATH = /^\/webhooks\/forges\/([a-z0-9-]{1,63})$/
/** GitHub sends up to 25 MB; what is larger than this is found by looking, as everything is that was not heard. */
const LARGEST = 3 * MEBIBYTE
/** Hints of one webhook that are heard at once, and how many a second after that. */
const BURST = 60
const PER_SECOND = 1

type Known = WebhookSettings & { readonly bucket: Bucket }

/**
 * Answers POST /webhooks/forges/NAME; `undefined`: that is another path. The body is bounded before anything, its
 * signature is checked before it is read, and of what it says a hint is heard and nothing else. 2xx: sending it again
 * would change nothing.
 */
export function answerForges(options: ForgeWebhookOptions): (asked: Asked) => Promise<Reply> | undefined {
  const { reveal, heard, clock, log } = options
  const complain = openComplaints(clock, log)
  const deliveries = openDeliveries()
  const webhooks = new Map(
    options.webhooks.map((each) => [each.name, { ...each, bucket: openBucket(PER_SECOND, BURST) }]),
  )

  function hear({ name, kind, bucket }: Known, arrived: Arrived, hint: Hint): Reply {
    const now = clock.now()
    const keys = deliveryKeys(name, kind, arrived)
    if (deliveries.has(keys, now)) return { status: 200, text: 'this was heard before' }
    const wait = bucket.take(now, 0)
    // Not remembered: it may be sent again.
    if (wait > 0) return tooMany(Math.ceil(wait / SECOND))
    deliveries.add(keys, now)
    heard(hint, name)
    log.debug('hint', `webhook ${name} tells of a ${hint.kind}`)
    return { status: 202, text: 'heard' }
  }

  async function answer(name: string, { method, headers, body }: Asked): Promise<Reply> {
    const webhook = webhooks.get(name)
    if (webhook === undefined) return { status: 404, text: 'no webhook of this name is set up' }
    if (method !== 'POST')
      return { status: 405, text: 'webhooks are sent with POST', headers: { allow: 'POST' } }
    const bytes = await body(LARGEST)
    if (bytes === 'too-large')
      return refuse(name, 413, 'more than 3 MiB; what it tells of is found at the next look')
    if (bytes === 'too-many') return tooMany(1)
    // Before the signature: a form is signed without its wrapping, and a bad signature would be the wrong hint.
    if (!isJson(headers['content-type']))
      return refuse(name, 415, 'set the content type of the webhook to application/json')
    const arrived = { headers, body: bytes }
    const secrets = secretsOfWebhooks([webhook]).map(reveal)
    const verdict = verifySignature(webhook.kind, secrets, arrived, clock.now())
    if (verdict.kind === 'refused') return refuse(name, 401, verdict.message)
    const reading = readWebhook(webhook.kind, arrived)
    if (reading.kind === 'malformed') return refuse(name, 400, reading.message)
    if (reading.kind === 'nothing') return { status: 200, text: reading.message }
    return hear(webhook, arrived, reading.hint)
  }

  function refuse(name: string, status: number, why: string): Reply {
    complain(`forge ${name}`, why)
    return { status, text: why }
  }

  return (asked) => {
    const name = PATH.exec(asked.path)?.[1]
    return name === undefined ? undefined : answer(name, asked)
  }
}

function isJson(type: string | undefined): boolean {
  return /^application\/json\s*(?:;|$)/i.test(type ?? '')
}

function tooMany(seconds: number): Reply {
  return { status: 429, text: 'too many at once', headers: { 'retry-after': String(seconds) } }
}
