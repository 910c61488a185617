import type { Channel } from '../domain/notice.ts'
import { SECOND, type Clock } from '../domain/time.ts'
import { noticeEvent } from '../report/notice-event.ts'
import { wireId } from '../report/notice-words.ts'
import { openPoster } from './post.ts'
import { readKeys, signature } from './signature.ts'

export type WebhookOptions = {
  readonly name: string
  readonly url: () => string
  /** `whsec_…`, asked at each use. */
  readonly secret: () => string
  /** The source of its events: a URI reference. */
  readonly source: string
  /** Devices are named in full. */
  readonly identities: boolean
  readonly clock: Clock
}

/**
 * A CloudEvent in structured mode (CloudEvents 1.0, HTTP protocol binding), signed as Standard Webhooks 1.0.0 says. The
 * id stays the same however often it is tried, the timestamp is that of the try.
 */
export function openWebhook(options: WebhookOptions): Channel {
  const { name, secret, source, identities, clock } = options
  const poster = openPoster(options)
  return {
    name,
    async deliver(notice) {
      const body = JSON.stringify(noticeEvent(notice, source, identities))
      const id = wireId(notice.id)
      const at = Math.floor(clock.now() / SECOND)
      return poster.post(body, {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'webhook-id': id,
        'webhook-timestamp': String(at),
        'webhook-signature': signature(readKeys(secret(), name), id, at, body),
      })
    },
    [Symbol.asyncDispose]: () => poster[Symbol.asyncDispose](),
  }
}
