import { createHash } from 'node:crypto'
import type { WebhookKind } from '../domain/hint.ts'
import { DAY, type Duration, type Instant } from '../domain/time.ts'
import type { Arrived } from './forge-signature.ts'

/**
 * Where a delivery has its id; sent again, it keeps it. Forgejo has those of Gitea beside its own. Not taken is GitLab's
 * X-Gitlab-Event-UUID: webhooks that were set off by webhooks share one.
 */
const IDS: Readonly<Record<WebhookKind, readonly string[]>> = {
  github: ['x-github-delivery'],
  gitlab: ['webhook-id', 'idempotency-key'],
  gitea: ['x-forgejo-delivery', 'x-gitea-delivery'],
  generic: ['idempotency-key'],
}

/**
 * What a delivery is known by: its id, and its body, which is all that most forges sign. Sent again with another id, it is
 * the same nevertheless.
 */
export function deliveryKeys(name: string, kind: WebhookKind, { headers, body }: Arrived): readonly string[] {
  const id = IDS[kind].map((header) => headers[header]).find((text) => (text ?? '') !== '')
  const keys = [digest(name, 'body', body)]
  return id === undefined ? keys : [digest(name, 'id', id), ...keys]
}

/** What was delivered already. */
export type Deliveries = {
  has(keys: readonly string[], now: Instant): boolean
  add(keys: readonly string[], now: Instant): void
}

/** Remembers for a day, and at most twenty thousand keys: then the oldest are forgotten. A restart forgets them all. */
export function openDeliveries(keep: Duration = DAY, most = 20_000): Deliveries {
  const added = new Map<string, Instant>()

  function forget(now: Instant): void {
    for (const [key, at] of added) {
      if (added.size <= most && now - at < keep) return
      added.delete(key)
    }
  }

  return {
    has(keys, now) {
      forget(now)
      return keys.some((key) => added.has(key))
    },
    add(keys, now) {
      for (const key of keys) added.set(key, now)
      forget(now)
    },
  }
}

function digest(name: string, what: string, content: string | Uint8Array): string {
  return createHash('sha256').update(`${name} ${what} `).update(content).digest('base64')
}
