import type { Setting } from './app.ts'
import { isFollowed, type Hint } from './domain/hint.ts'
import type { Listener } from './http/listener.ts'
import type { Parts } from './reconcile/parts.ts'
import type { Reviews } from './reconcile/review/reviews.ts'
import type { Signals } from './reconcile/signals.ts'
import type { Triggers } from './reconcile/triggers.ts'
import { reveal } from './secrets.ts'
import { DEFAULT_HTTP } from './settings/http.ts'
import type { Settings } from './settings.ts'

/** Who is told of what was heard. */
export type Listening = {
  readonly signals: Signals
  readonly triggers?: Triggers
  readonly reviews?: Pick<Reviews, 'hint'>
}

/**
 * Listens for what MDMs and forges push, where a driver hears it or the settings say so; `undefined`: nobody needs it. A
 * push on what the source follows is the trigger `push`; whatever a forge pushes lets proposals be looked at.
 */
export async function openWebhooks(
  setting: Setting,
  { drivers, clock, log }: Parts,
  { signals, triggers, reviews }: Listening,
): Promise<Listener | undefined> {
  const { settings } = setting
  const hooks = new Map(
    drivers.flatMap((driver) => {
      const hook = driver.webhook?.bind(driver)
      return hook === undefined ? [] : [[driver.name, hook] as const]
    }),
  )
  if (hooks.size === 0 && settings.http === undefined) return undefined
  const { openListener } = await import('./http/listener.ts')
  const { answerWebhooks } = await import('./http/webhooks.ts')
  const { answerForges } = await import('./http/forge-webhooks.ts')
  const { host, port, webhooks = [] } = settings.http ?? DEFAULT_HTTP
  const forges = answerForges({
    webhooks,
    reveal: (secret) => reveal(setting, secret),
    heard: (hint) => {
      // A push on any branch may be one to a proposal.
      reviews?.hint()
      if (isOfSource(settings, hint)) triggers?.add('push')
    },
    clock,
    log,
  })
  const answer = answerWebhooks({ hooks, heard: signals.add.bind(signals), forges, clock, log })
  return await openListener({ host, port, answer, log })
}

function isOfSource({ source }: Settings, hint: Hint): boolean {
  return hint.kind === 'push' && source.kind === 'git' && isFollowed(hint.ref, source.ref)
}
