import { createHmac } from 'node:crypto'
import { SimplaneError } from '../domain/error.ts'

/** Standard Webhooks: a key has 24 to 64 bytes, and is written in base64 behind this. */
const PREFIX = 'whsec_'
const SHORTEST = 24
const LONGEST = 64

/**
 * The keys in a secret: one, or several between spaces while one takes the place of another. Throws `settings`, without
 * the secret, for what is no key by Standard Webhooks.
 */
export function readKeys(secret: string, channel: string): readonly Buffer[] {
  const keys = secret.trim().split(/ +/).map(keyFrom)
  const good = keys.filter((key) => key !== undefined)
  if (good.length === keys.length) return good
  throw new SimplaneError('settings', `The secret of channel ${channel} is no key of Standard Webhooks.`, {
    hint: `Make one: echo "${PREFIX}$(openssl rand -base64 32)"`,
  })
}

function keyFrom(text: string): Buffer | undefined {
  if (!text.startsWith(PREFIX)) return undefined
  const written = text.slice(PREFIX.length)
  const key = Buffer.from(written, 'base64')
  // Node reads what it can of anything; a mistyped key must not become a short one.
  const same = key.toString('base64').replace(/=+$/, '') === written.replace(/=+$/, '')
  return same && key.length >= SHORTEST && key.length <= LONGEST ? key : undefined
}

/** The `webhook-signature` of a body, once for each key. `at`: seconds. The id holds no full stop. */
export function signature(keys: readonly Buffer[], id: string, at: number, body: string): string {
  return keys
    .map((key) => `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`)
    .join(' ')
}
