import type { WebhookKind } from '../domain/hint.ts'
import type { Trouble } from './check.ts'
import type { Environment } from './environment.ts'
import type { SecretRef } from './secret.ts'

/** A webhook of a forge that is listened to. */
export type WebhookSettings = {
  readonly name: string
  readonly kind: WebhookKind
  readonly secret: SecretRef
  /** Taken too, while the secret is renewed. */
  readonly previousSecret?: SecretRef
}

/** Where the secrets of webhooks are, of each the one in force first. */
export function secretsOfWebhooks(webhooks: readonly WebhookSettings[] = []): readonly SecretRef[] {
  return webhooks.flatMap(({ secret, previousSecret }) =>
    previousSecret === undefined ? [secret] : [secret, previousSecret],
  )
}

/** What no schema can say of `http.webhooks`. */
export function webhookTroubles(
  webhooks: readonly WebhookSettings[],
  repo: string | undefined,
  env: Environment,
): readonly Trouble[] {
  const path = ['http', 'webhooks']
  const names = webhooks.map(({ name }) => name)
  const troubles = webhooks.flatMap((webhook, index): readonly Trouble[] => {
    const at = [...path, index]
    const again = names.indexOf(webhook.name) < index
    const twice = `two webhooks are named "${webhook.name}"`
    return [
      ...(again ? [wrong([...at, 'name'], twice, 'give each its own name')] : []),
      ...absent([...at, 'secret', 'env'], webhook.secret, env),
      ...absent([...at, 'previousSecret', 'env'], webhook.previousSecret, env),
    ]
  })
  if (webhooks.length === 0 || repo !== undefined) return troubles
  const message = 'http.webhooks wake nobody without source.repo: a folder is watched as it is'
  return [...troubles, { ...wrong(path, message, 'set source.repo, or take them out'), severity: 'warning' }]
}

function absent(path: Trouble['path'], ref: SecretRef | undefined, env: Environment): readonly Trouble[] {
  if (ref === undefined || !('env' in ref) || (env[ref.env] ?? '') !== '') return []
  const hint = 'set it to the secret that the forge signs with'
  return [wrong(path, `the environment variable ${ref.env} is not set`, hint)]
}

function wrong(path: Trouble['path'], message: string, hint: string): Trouble {
  return { path, severity: 'error', reason: 'bad-value', message, hint }
}
