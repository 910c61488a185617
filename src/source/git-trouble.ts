import { SimplaneError } from '../domain/error.ts'

/** What git writes, and what a person can do about it; the first that fits. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/ENOENT/, 'Install git, or put it on the PATH.'],
  [/timed? ?out|timeout/i, 'Check that the host answers from this machine, and through which proxy.'],
  [/could not resolve host/i, 'Check the host name in source.repo and the DNS of this machine.'],
  [
    /host key verification failed/i,
    'Add the key of the host to the file that source.auth names as knownHosts.',
  ],
  [/permission denied \(|publickey/i, 'Check that the key in source.auth may read the repository.'],
  [
    /could not read (?:username|password)|authentication failed|\b40[13]\b/i,
    'Check that source.auth has a token that may read the repository.',
  ],
  [
    /redirect/i,
    'The server sends us to another address, which is not followed: write that address in source.repo.',
  ],
  [/dubious ownership/i, 'The folder belongs to another user: run as that user, or change its owner.'],
  [/certificate|SSL/i, 'Set SSL_CERT_FILE to the certificates of your own authority.'],
  [
    /not found|does not (?:appear to be|exist)|\b404\b/i,
    'Check source.repo, and that the token or key may see the repository.',
  ],
  [/no space left|disk quota/i, 'Free some space on the disk of the mirror.'],
]

/** A sentence and a hint from what git printed. `secrets` never get into it, nor does anything in front of an `@` in an address. */
export function gitTrouble(doing: string, error: unknown, secrets: readonly string[]): SimplaneError {
  const raw = error instanceof Error ? error.message : String(error)
  const text = scrub(raw, secrets)
  const hint = HINTS.find(([pattern]) => pattern.test(text))?.[1]
  const message = `${doing} failed: ${essence(text)}. The desired state that is in force stays.`
  return new SimplaneError('source-unreachable', message, hint === undefined ? {} : { hint })
}

/** Removes secrets, credentials in addresses, and everything a terminal would obey. */
export function scrub(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) clean = clean.replaceAll(secret, '[redacted]')
  return clean
    .replaceAll(/(\w:\/\/)[^/@\s]*@/g, '$1')
    .replaceAll(/(authorization:\s*\w+\s+)\S+/gi, '$1[redacted]')
    .replaceAll(/[^\P{Cc}\n]|\p{Cf}/gu, '')
}

function essence(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/^(?:(?:fatal|error|remote|warning|Error):\s*)+/i, '').trim())
    .filter((line) => line !== '' && !line.startsWith('at '))
  const fatal = /^(?:fatal|error): (.*)$/im.exec(text)?.[1]?.trim()
  const chosen = fatal ?? lines[0] ?? 'git gave no reason'
  const short = chosen.length > 300 ? `${chosen.slice(0, 297)}...` : chosen
  return short.replace(/\.+$/, '')
}
