import { SimplaneError } from '../domain/error.ts'

const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/

/**
 * The address of the other side, without a slash at its end. Throws `settings` for one that is no https URL (http is taken on
 * the loopback only, where a proxy does the TLS), or that holds credentials, a query or a fragment. `whose`: `driver fleet`.
 */
export function readAddress(text: string, whose: string): URL {
  const hint = 'Write it like https://mdm.example.com.'
  if (!URL.canParse(text)) throw new SimplaneError('settings', `The address of ${whose} is no URL.`, { hint })
  const url = new URL(text)
  const wrong = wrongIn(url)
  if (wrong !== undefined) throw new SimplaneError('settings', `The address of ${whose} ${wrong}.`, { hint })
  url.pathname = url.pathname.replace(/\/+$/, '')
  return url
}

function wrongIn(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '')
    return 'holds credentials: they belong into the settings for them'
  if (url.search !== '' || url.hash !== '') return 'has a query or a fragment'
  if (url.protocol === 'https:') return undefined
  if (url.protocol !== 'http:') return `starts with ${url.protocol}, and only https: is spoken`
  return LOOPBACK.test(url.hostname)
    ? undefined
    : 'is not encrypted: credentials never travel over plain http'
}
