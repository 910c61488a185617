import { SimplaneError } from '../domain/error.ts'

const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/

/** Where a channel is: what is connected to, and what is asked for there. The path is as secret as the whole. */
export type Target = { readonly origin: URL; readonly path: string }

/**
 * Reads the address of a channel. Throws `settings`, without the address, for one that is no https URL (http is taken on
 * the loopback only) or that holds a user name. Which networks are reached is the operator's choice.
 */
export function readTarget(text: string, channel: string): Target {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const wrong = url === undefined ? 'is no URL' : wrongIn(url)
  if (url === undefined || wrong !== undefined)
    throw new SimplaneError('settings', `The address of channel ${channel} ${wrong}.`, {
      hint: 'It is the whole https://… that the receiver, Slack or Teams gave.',
    })
  return { origin: new URL(url.origin), path: `${url.pathname}${url.search}` }
}

function wrongIn(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') return 'holds a user name or password'
  if (url.protocol === 'https:') return undefined
  if (url.protocol !== 'http:') return `starts with ${url.protocol}, and only https: is spoken`
  return LOOPBACK.test(url.hostname) ? undefined : 'is not encrypted: notices never travel over plain http'
}
