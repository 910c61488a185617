import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { WebhookKind } from '../domain/hint.ts'
import { MINUTE, SECOND, type Duration, type Instant } from '../domain/time.ts'

/** A webhook as it arrived; header names are in lower case. */
export type Arrived = {
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

/** `refused`: nothing of it may be used. The message names headers, and nothing of what they held. */
export type Verdict = { readonly kind: 'signed' } | { readonly kind: 'refused'; readonly message: string }

/**
 * Where the HMAC-SHA256 of the body stands, as hexadecimal, and what stands before it. GitHub, "Validating webhook
 * deliveries"; Gitea and Forgejo, services/webhook/deliver.go, without anything before it.
 */
const SIGNATURES = {
  github: { names: ['X-Hub-Signature-256'], before: 'sha256=' },
  gitea: { names: ['X-Forgejo-Signature', 'X-Gitea-Signature'], before: '' },
  generic: { names: ['X-Signature-256'], before: 'sha256=' },
} as const satisfies Readonly<Record<Exclude<WebhookKind, 'gitlab'>, unknown>>

/** How a signing token of GitLab begins; what follows is the key in base64 (Standard Webhooks). */
const SIGNING_TOKEN = 'whsec_'
/** How far its signed timestamp may be from now: what Standard Webhooks recommends. */
const TOLERANCE: Duration = 5 * MINUTE

/**
 * Was this webhook sent by who knows one of the secrets? Over the bytes as they came, before any of them is read as
 * anything. All secrets are tried whatever the first says, and compared in constant time; an empty one signs nothing.
 */
export function verifySignature(
  kind: WebhookKind,
  given: readonly string[],
  arrived: Arrived,
  now: Instant,
): Verdict {
  const secrets = given.filter((secret) => secret !== '')
  if (kind === 'gitlab') return anyOf(secrets.map((secret) => verifyGitLab(secret, arrived, now)))
  const { names, before } = SIGNATURES[kind]
  const written = names.map((name) => arrived.headers[name.toLowerCase()]).find((text) => (text ?? '') !== '')
  if (written === undefined) return missing(names.join(' or '))
  const signature = written.startsWith(before) ? hexadecimal(written.slice(before.length)) : undefined
  if (signature === undefined) return refused(`${names.join(' or ')} is no SHA-256 in hexadecimal`)
  return anyOf(
    secrets.map((secret) =>
      timingSafeEqual(signature, hmac(secret, arrived.body)) ? SIGNED : refused('signed with another secret'),
    ),
  )
}

/** GitLab, "Webhooks": a secret token is sent as it is; a signing token signs id, time and body. */
function verifyGitLab(secret: string, { headers, body }: Arrived, now: Instant): Verdict {
  if (!secret.startsWith(SIGNING_TOKEN)) {
    const token = headers['x-gitlab-token'] ?? ''
    if (token === '') return missing('X-Gitlab-Token')
    // Digests are of equal length, whatever the lengths of what they are of.
    return timingSafeEqual(digest(token), digest(secret)) ? SIGNED : refused('X-Gitlab-Token is another one')
  }
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures } = headers
  if (id === undefined || at === undefined || signatures === undefined)
    return missing('webhook-id, webhook-timestamp or webhook-signature')
  const key = Buffer.from(secret.slice(SIGNING_TOKEN.length), 'base64')
  const expected = hmac(key, Buffer.concat([Buffer.from(`${id}.${at}.`), body]))
  // Several signatures, by several keys, stand side by side while a key is renewed.
  const found = signatures.split(' ').map((text) => {
    const given = Buffer.from(/^v1,([A-Za-z0-9+/]{43}=)$/.exec(text)?.[1] ?? '', 'base64')
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
  if (!found.includes(true)) return refused('signed with another token')
  const apart = Math.abs(Number(/^\d{1,12}$/.test(at) ? at : NaN) * SECOND - now)
  return apart <= TOLERANCE ? SIGNED : refused('sent more than five minutes ago, or a clock is wrong')
}

const SIGNED: Verdict = { kind: 'signed' }

function anyOf(verdicts: readonly Verdict[]): Verdict {
  return verdicts.find(({ kind }) => kind === 'signed') ?? verdicts[0] ?? refused('no secret is set')
}

function missing(header: string): Verdict {
  return refused(`there is no ${header}: is the secret set where this comes from?`)
}

function refused(message: string): Verdict {
  return { kind: 'refused', message }
}

function hexadecimal(text: string): Buffer | undefined {
  return /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : undefined
}

function hmac(key: string | Uint8Array, bytes: Uint8Array): Buffer {
  return createHmac('sha256', key).update(bytes).digest()
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
