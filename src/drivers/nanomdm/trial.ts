import { createHmac } from 'node:crypto'
import type { WebhookRequest } from '../../domain/driver.ts'
import type { Instant } from '../../domain/time.ts'

/** A webhook signed as NanoMDM signs, about nobody: whoever listens well takes it, and nothing follows from it. */
export function trialOf(key: string | undefined, now: Instant): WebhookRequest {
  const event = { topic: 'simplane.Trial', created_at: new Date(now).toISOString() }
  const body = Buffer.from(JSON.stringify(event))
  if (key === undefined) return { headers: {}, body }
  return { headers: { 'x-hmac-signature': createHmac('sha256', key).update(body).digest('base64') }, body }
}
