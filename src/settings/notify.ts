import { NOTICE_KINDS, type NoticeKind, type NoticeSeverity } from '../domain/notice.ts'
import type { Trouble } from './check.ts'
import type { Environment } from './environment.ts'
import type { SecretRef } from './secret.ts'

/** One entry of `notify`, with every default filled in. */
export type ChannelSettings = {
  readonly name: string
  readonly events: readonly NoticeKind[]
  /** The least that is told. */
  readonly severity: NoticeSeverity
  /** Globs. */
  readonly subjects: readonly string[]
  /** Devices are named in full. */
  readonly identities: boolean
} & (
  | { readonly kind: 'webhook'; readonly url: string | SecretRef; readonly secret: SecretRef }
  // Whoever knows the address may post there.
  | { readonly kind: 'slack' | 'teams'; readonly url: SecretRef }
)

/** As the schema accepts it. */
export type WrittenChannel = Partial<
  Pick<ChannelSettings, 'events' | 'severity' | 'subjects' | 'identities'>
> & {
  readonly name: string
  readonly kind: ChannelSettings['kind']
  readonly url: string | SecretRef
  readonly secret?: SecretRef
}

const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/

/** With the defaults. */
export function completeChannel({ kind, url, secret, ...written }: WrittenChannel): ChannelSettings {
  const asked = {
    events: NOTICE_KINDS,
    severity: 'info' as const,
    subjects: ['**'],
    identities: false,
    ...written,
  }
  if (kind === 'webhook' && secret !== undefined) return { ...asked, kind, url, secret }
  // `channelTroubles` lets no other through.
  return { ...asked, kind: kind === 'slack' ? kind : 'teams', url: url as SecretRef }
}

/** Where the secrets of the channels are. */
export function secretsOfChannels(
  channels: readonly (WrittenChannel | ChannelSettings)[] = [],
): readonly SecretRef[] {
  return channels.flatMap((channel) => secretsOf(channel).map(([, ref]) => ref))
}

/** By the key that says so. */
function secretsOf(channel: WrittenChannel | ChannelSettings): readonly [string, SecretRef][] {
  const { url, secret }: { readonly url: string | SecretRef; readonly secret?: SecretRef } = channel
  return [
    ...(typeof url === 'string' ? [] : [['url', url] as [string, SecretRef]]),
    ...(secret === undefined ? [] : [['secret', secret] as [string, SecretRef]]),
  ]
}

/** What no schema can say of `notify`. An address may hold a secret, and is never repeated. */
export function channelTroubles(channels: readonly WrittenChannel[], env: Environment): readonly Trouble[] {
  return channels.flatMap((channel, index) => {
    const at = ['notify', index]
    const { name, kind, url, secret } = channel
    const troubles: Trouble[] = []
    if (channels.findIndex((each) => each.name === name) !== index)
      troubles.push(wrong([...at, 'name'], `two channels are named "${name}"`, 'give each its own name'))
    if (kind !== 'webhook' && typeof url === 'string') {
      const message = `the address of a ${kind} channel is a secret, which is never written here`
      troubles.push(wrong([...at, 'url'], message, 'write { env: NAME } or { file: PATH }'))
    }
    if (kind !== 'webhook' && secret !== undefined)
      troubles.push(
        wrong([...at, 'secret'], `a ${kind} channel is not signed: it has no secret`, 'take it out'),
      )
    if (kind === 'webhook' && typeof url === 'string') troubles.push(...addressTroubles(url, [...at, 'url']))
    for (const [key, ref] of secretsOf(channel))
      if ('env' in ref && (env[ref.env] ?? '') === '')
        troubles.push(
          wrong(
            [...at, key, 'env'],
            `the environment variable ${ref.env} is not set`,
            `set it to the ${key}`,
          ),
        )
    return troubles
  })
}

function addressTroubles(text: string, path: Trouble['path']): readonly Trouble[] {
  const name = path.join('.')
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && (url.username !== '' || url.password !== ''))
    return [wrong(path, `${name} holds a user name or password, which is never written here`, 'take it out')]
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname))
  return safe
    ? []
    : [wrong(path, `${name} is no https address`, 'for example https://hooks.acme.example/simplane')]
}

function wrong(path: Trouble['path'], message: string, hint: string): Trouble {
  return { path, severity: 'error', reason: 'bad-value', message, hint }
}
