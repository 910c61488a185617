import type { RepoAddress } from './address.ts'

/** How to prove who we are. The token is asked for each time, so that a renewed one is used. */
export type GitAuth =
  | { readonly kind: 'token'; readonly token: () => string; readonly username?: string }
  | { readonly kind: 'ssh'; readonly key: string; readonly knownHosts: string }

/** The environment of a git process: complete, nothing is inherited. */
export type GitEnvironment = Readonly<Record<string, string>>

/** What a git process may take from ours: where programs and certificates are, and the way through a proxy. */
const PASSED = ['PATH', 'TMPDIR', 'SSH_AUTH_SOCK', 'SSL_CERT_DIR']
const PASSED_PROXY = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'NO_PROXY', 'no_proxy']
const HEADER = 'SIMPLANE_GIT_HEADER'

/** Fixed configuration: no hooks, no helpers, no redirects that could carry a token elsewhere, no work behind our back. */
export const GIT_CONFIG: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'transfer.bundleURI=false',
  'http.followRedirects=false',
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=30',
  'i18n.logOutputEncoding=UTF-8',
  'log.showSignature=false',
]

/** The environment for work on the bare repository `folder`, which is never searched for. */
export function gitEnvironment(
  address: RepoAddress,
  folder: string,
  auth: GitAuth | undefined,
  ambient: Readonly<Record<string, string | undefined>>,
): GitEnvironment {
  const environment: Record<string, string> = { PATH: '/usr/local/bin:/usr/bin:/bin' }
  for (const name of [...PASSED, ...PASSED_PROXY]) {
    const value = ambient[name]
    if (value !== undefined && value !== '') environment[name] = value
  }
  const authorities = ambient['SSL_CERT_FILE']
  return {
    ...environment,
    // The variable everybody knows; git has one of its own.
    ...(authorities === undefined || authorities === '' ? {} : { GIT_SSL_CAINFO: authorities }),
    GIT_DIR: folder,
    // Ours and without a .netrc, from which curl would take credentials.
    HOME: folder,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: address.protocol,
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    ...(address.protocol === 'ssh' ? { GIT_SSH_COMMAND: sshCommand(auth) } : {}),
    ...(auth?.kind === 'token' ? { [HEADER]: authorization(auth) } : {}),
  }
}

/** The option that makes git send the token, to this host only and by the name of a variable: an argument can be read by everyone. */
export function authArguments(address: RepoAddress, auth: GitAuth | undefined): readonly string[] {
  if (auth?.kind !== 'token' || address.protocol !== 'https') return []
  return [`--config-env=http.${new URL(address.url).origin}/.extraHeader=${HEADER}`]
}

/** Every form in which a secret could come back in an error text. */
export function secretsOf(auth: GitAuth | undefined): readonly string[] {
  if (auth?.kind !== 'token') return []
  return [auth.token(), authorization(auth).replace(/^.* /, '')].filter((secret) => secret !== '')
}

function authorization(auth: Extract<GitAuth, { kind: 'token' }>): string {
  const pair = `${auth.username ?? 'x-access-token'}:${auth.token()}`
  return `Authorization: Basic ${Buffer.from(pair).toString('base64')}`
}

function sshCommand(auth: GitAuth | undefined): string {
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=yes', 'ConnectTimeout=15', 'ForwardAgent=no']
  if (auth?.kind === 'ssh') {
    options.push(
      'IdentitiesOnly=yes',
      `IdentityFile="${auth.key}"`,
      `UserKnownHostsFile="${auth.knownHosts}"`,
    )
  }
  return ['ssh -F /dev/null', ...options.map((option) => `-o ${quoted(option)}`)].join(' ')
}

/** For the shell through which git starts ssh. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
