import type { Setting } from './app.ts'
import type { Log } from './domain/log.ts'
import type { NoticeStore } from './domain/notice-store.ts'
import type { Outbox } from './domain/notice.ts'
import type { Clock } from './domain/time.ts'
import type { Outlet } from './notify/channels.ts'
import { Announcements } from './reconcile/announce/announcements.ts'
import type { Parts } from './reconcile/parts.ts'
import { reveal } from './secrets.ts'
import type { SecretRef } from './settings/secret.ts'
import type { Settings } from './settings.ts'

/** What channels need of the rest. */
type Around = {
  readonly clock: Clock
  /** Looks a secret up, anew at each call. */
  readonly reveal: (secret: SecretRef) => string
}

/** Where nobody asked to be told. */
const NOBODY: Outbox = {
  put: async () => undefined,
  deliverDue: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
}

/**
 * Opens the notices of a service: what is put reaches the channels of the settings. Dispose it before the store. The way
 * over HTTP is loaded only where there is a channel.
 */
export async function openNotices(
  settings: Settings,
  { store, log, ...around }: Around & { readonly store: NoticeStore; readonly log: Log },
): Promise<Outbox> {
  const outlets = await openOutlets(settings, around)
  if (outlets.length === 0) return NOBODY
  const { openOutbox } = await import('./notify/outbox.ts')
  return openOutbox({ store, outlets, clock: around.clock, log })
}

/** Opens what tells people of a running service; `undefined`: nobody asked to be told. */
export async function openAnnouncements(
  setting: Setting,
  parts: Parts,
): Promise<(AsyncDisposable & { readonly announcements: Announcements }) | undefined> {
  if ((setting.settings.notify ?? []).length === 0) return undefined
  const stack = new AsyncDisposableStack()
  const { store, clock, log } = parts
  const around = { store, clock, log, reveal: (secret: SecretRef) => reveal(setting, secret) }
  const outbox = await openNotices(setting.settings, around)
  const announcements = stack.use(new Announcements({ ...parts, outbox }))
  // Ends first: a round that waits for somebody's answer ends with it.
  stack.use(outbox)
  return { announcements, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** Opens each channel of the settings, in their order. Nothing is sent, and no secret is read yet. */
export async function openOutlets(settings: Settings, around: Around): Promise<readonly Outlet[]> {
  const { notify = [] } = settings
  if (notify.length === 0) return []
  const { openOutlet } = await import('./notify/channels.ts')
  const source = eventSource(settings)
  return notify.map((channel) => openOutlet(channel, { ...around, source }))
}

/** What a CloudEvent is from: the repository of the desired state, as a URI without credentials. */
export function eventSource({ source }: Pick<Settings, 'source'>): string {
  if (source.kind === 'folder') return '/simplane'
  // user@host:path, as ssh takes it, is no URI.
  const address = source.repo.replace(/^([^/@]+@)?([^/:@]+):(?!\/\/)(.+)$/, 'ssh://$2/$3')
  if (!URL.canParse(address)) return '/simplane'
  const url = new URL(address)
  url.username = ''
  url.password = ''
  url.search = ''
  url.hash = ''
  return url.protocol === 'file:' ? '/simplane' : url.href
}
