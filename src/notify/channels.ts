import type { Channel, Notice } from '../domain/notice.ts'
import type { Clock } from '../domain/time.ts'
import type { ChannelSettings } from '../settings/notify.ts'
import type { SecretRef } from '../settings/secret.ts'
import { openSlack, openTeams } from './chat.ts'
import { wants } from './wants.ts'
import { openWebhook } from './webhook.ts'

/** What channels are opened in. */
export type Around = {
  readonly clock: Clock
  /** Looks a secret up, anew at each call. Throws `settings` when it is not there. */
  readonly reveal: (secret: SecretRef) => string
  /** The source of events: a URI reference that names this simplane. */
  readonly source: string
}

/** A channel, and what it asks for. */
export type Outlet = { readonly channel: Channel; readonly wants: (notice: Notice) => boolean }

/** Opens a channel of the settings. Nothing is sent, and no secret is read yet. */
export function openOutlet(settings: ChannelSettings, around: Around): Outlet {
  return { channel: openChannel(settings, around), wants: wants(settings) }
}

function openChannel(settings: ChannelSettings, { clock, reveal, source }: Around): Channel {
  const { name, identities } = settings
  if (settings.kind === 'webhook') {
    const { url, secret } = settings
    return openWebhook({
      name,
      url: () => (typeof url === 'string' ? url : reveal(url)),
      secret: () => reveal(secret),
      source,
      identities,
      clock,
    })
  }
  const options = { name, url: () => reveal(settings.url), identities, clock }
  return settings.kind === 'slack' ? openSlack(options) : openTeams(options)
}
