import { normaliseCarrierUrl } from '../domain/esim.ts'

/** An address in its normal form, or what is wrong with it and what to write instead. */
export type Address =
  | { readonly address: string }
  | { readonly problem: string; readonly what: string; readonly write?: string }

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const SCHEME = /^[a-z][-a-z0-9+.]*:\/\//i
const ACTIVATION_CODE = /^(?:LPA:)?1\$([^$]*)\$/i

/** A bare host name in lower case: two labels or more, no scheme, port, path or IP address (S4). */
export function readServerName(text: string): Address {
  const host = text.toLowerCase()
  const problem = (what: string, said: string, meant?: string): Address => {
    const write = meant?.toLowerCase().replace(/\.$/, '')
    return { problem: said, what, ...(write !== undefined && isHostName(write) && { write }) }
  }
  if (isHostName(host)) return { address: host }
  if (SCHEME.test(text)) return problem('the URL', 'not a URL', hostOf(text))
  const code = ACTIVATION_CODE.exec(text.trim())
  if (code !== null) return problem('the code', 'not an activation code', code[1])
  if (text.trim() === '') return problem('it', 'and it is empty')
  if (/\s/.test(text)) return problem('the spaces', 'without spaces', text.trim())
  if (isIpAddress(host)) return problem('the address', 'not an IP address')
  if (/[/?#]/.test(host)) return problem('the path', 'without a path', hostOf(`https://${host}`))
  if (host.includes('@')) return problem('it', 'without a user', hostOf(`https://${host}`))
  if (/:\d*$/.test(host)) return problem('the port', 'without a port', host.replace(/:\d*$/, ''))
  if (host.endsWith('.')) return problem('the dot', 'without a dot at the end', host)
  if (LABEL.test(host)) return problem('it', 'with two labels or more')
  if (/[^\u0020-\u007e]/.test(host)) return problem('it', 'in ASCII', hostOf(`https://${host}`))
  return problem('it', 'of letters, digits, hyphens and dots')
}

/** An absolute http or https URL with a host, without credentials and fragment, in its WHATWG form (S1). */
export function readCarrierUrl(text: string): Address {
  const wrong = urlProblem(text)
  if (wrong === undefined) return { address: normaliseCarrierUrl(text) }
  const [problem, write] = wrong
  const isBetter = write !== undefined && urlProblem(write) === undefined
  return { problem, what: 'it', ...(isBetter && { write }) }
}

/** What is wrong with a carrier URL, and a text that may be meant. */
function urlProblem(text: string): readonly [problem: string, write?: string] | undefined {
  const code = ACTIVATION_CODE.exec(text.trim())
  if (code !== null) return ['not an activation code', `https://${code[1] ?? ''}`]
  if (/[\s\\]/.test(text)) return ['without spaces and backslashes', text.trim()]
  const scheme = /^([a-z][-a-z0-9+.]*):/i.exec(text)?.[1]?.toLowerCase()
  if (!SCHEME.test(text) && isHostName(text.toLowerCase().split(/[/:?#]/)[0] ?? '')) {
    return ['with https:// in front', `https://${text}`]
  }
  if (scheme !== 'http' && scheme !== 'https') return ['beginning with https:// or http://']
  if (!/^https?:\/\/[^/?#]/i.test(text) || !URL.canParse(text)) return ['with a host']
  if (/^https?:\/\/[^/?#]*@/i.test(text))
    return ['without a user and password', text.replace(/\/\/[^/?#]*@/, '//')]
  if (text.includes('#')) return ['without a fragment', text.slice(0, text.indexOf('#'))]
  return undefined
}

function isHostName(host: string): boolean {
  const labels = host.split('.')
  // A last label of digits only is what an IP address has, and no name.
  return (
    host.length <= 253 &&
    labels.length >= 2 &&
    labels.every((label) => LABEL.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? '')
  )
}

function isIpAddress(host: string): boolean {
  const bare = host.replace(/^\[(.*)\](:\d+)?$/, '$1')
  return (
    /^\d{1,3}(\.\d{1,3}){1,3}(:\d+)?$/.test(bare) ||
    (/^[0-9a-f:.]+$/.test(bare) && bare.split(':').length > 2)
  )
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined
}
