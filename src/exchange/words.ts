/** What the other side said, fit for a message: on one line, without control characters, and not endless. */
export function quoted(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}

/** A reply without the credentials it was asked with, which some servers give back when they complain about them. */
export function withoutCredentials(text: string, authorization: string): string {
  const [scheme = '', credentials = ''] = authorization.split(' ', 2)
  const [, password = ''] = /^basic$/i.test(scheme)
    ? (/^[^:]*:(.*)$/s.exec(Buffer.from(credentials, 'base64').toString()) ?? [])
    : []
  const secrets = [credentials, password].filter((secret) => secret.length >= SHORTEST_SECRET)
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
}

/** Shorter ones are words of any text. */
const SHORTEST_SECRET = 6

const LONGEST = 200

/** Why a connection came to nothing, from the codes of Node and of its HTTP client. Unknown ones are given as codes. */
export function connectionTrouble(error: unknown): { readonly why: string; readonly untold: boolean } {
  const code = codeOf(error)
  const known = TROUBLES[code]
  if (known !== undefined) return known
  if (/CERT|SIGNATURE|ISSUER|SELF_SIGNED|ERR_TLS|ERR_SSL/.test(code))
    return { why: `its TLS certificate is not accepted (${code})`, untold: true }
  return { why: `the connection failed (${code === '' ? 'no code' : code})`, untold: false }
}

const TROUBLES: Readonly<Record<string, { readonly why: string; readonly untold: boolean }>> = {
  ECONNREFUSED: { why: 'the connection is refused', untold: true },
  ENOTFOUND: { why: 'its name is not known', untold: true },
  EAI_AGAIN: { why: 'its name cannot be looked up at the moment', untold: true },
  EHOSTUNREACH: { why: 'there is no way to its network', untold: true },
  ENETUNREACH: { why: 'there is no way to its network', untold: true },
  UND_ERR_CONNECT_TIMEOUT: { why: 'it could not be connected in time', untold: true },
  ECONNRESET: { why: 'the connection was reset', untold: false },
  EPIPE: { why: 'the connection broke', untold: false },
  UND_ERR_SOCKET: { why: 'the connection broke', untold: false },
  UND_ERR_ABORTED: { why: 'the answer took too long', untold: false },
  UND_ERR_HEADERS_OVERFLOW: { why: 'the head of its answer is too large', untold: false },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { why: 'only a part of the answer arrived', untold: false },
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  // Several addresses were tried: the first one's trouble stands for all.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  if (first !== undefined) return codeOf(first)
  if ('code' in error && typeof error.code === 'string') return error.code
  if (error.name === 'HTTPParserError') return 'HTTP_PARSER'
  return error.cause === undefined ? '' : codeOf(error.cause)
}
