import { createPrivateKey } from 'node:crypto'
import { createAppAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/core'
import { paginateRest } from '@octokit/plugin-paginate-rest'
import { SimplaneError } from '../../domain/error.ts'
import { readAddress } from '../../exchange/address.ts'
import { openExchange } from '../../exchange/exchange.ts'
import { fetchOver } from '../bounded-fetch.ts'
import { judged, turnedAway } from './judge.ts'
import { readRepository, type GitHubAuth, type GitHubOptions } from './options.ts'
import { openTurns, type Turns } from '../turns.ts'
import { memoized } from '../memoized.ts'
import { whoWeAre, type Identity } from './identity.ts'

/** The library's client, with its pages. */
export type Client = ReturnType<typeof openClient>

/** One repository on GitHub, and who we are there. */
export type Reach = AsyncDisposable & {
  /** For people: `github acme/esim`. */
  readonly forge: string
  readonly client: Client
  /** The parameters of every path below the repository. */
  readonly at: { readonly owner: string; readonly repo: string }
  readonly auth: GitHubAuth
  readonly identity: () => Promise<Identity>
  readonly turns: Turns
}

/** The way to the repository. Nothing is sent yet. Throws `settings` for what it would not use. */
export function connect(options: GitHubOptions): Reach {
  const { name, repository, auth, clock } = options
  const address = readAddress(options.api ?? 'https://api.github.com', `forge ${name}`)
  const at = readRepository(name, repository)
  const forge = `${name} ${repository}`
  // 900 points a minute, where reading costs one and writing five.
  const exchange = openExchange({
    perSecond: 10,
    connections: 4,
    ...options,
    address,
    authorization: () => '',
  })
  const client = openClient({
    userAgent: 'simplane',
    baseUrl: address.href.replace(/\/$/, ''),
    log: SILENT,
    request: { fetch: fetchOver(exchange, { forge, base: address, clock, turnedAway }) },
    ...(auth.kind === 'app' ? appAuth(name, auth) : {}),
  })
  client.hook.before('request', (request) => {
    request.headers['x-github-api-version'] = '2022-11-28'
    if (auth.kind === 'token') request.headers.authorization = `token ${auth.token()}`
  })
  // The last to be told is the outermost: what leaves the library is an error of ours.
  client.hook.error('request', (error) => {
    throw judged(forge, error)
  })
  return {
    forge,
    client,
    at,
    auth,
    identity: memoized(() => whoWeAre(client, forge, auth)),
    turns: openTurns(),
    [Symbol.asyncDispose]: () => exchange[Symbol.asyncDispose](),
  }
}

function openClient(options: ConstructorParameters<typeof Octokit>[0]) {
  return new (Octokit.plugin(paginateRest))(options)
}

/** The library gets a token of the installation, and another one before that runs out after an hour. */
function appAuth(
  name: string,
  { appId, privateKey, installation }: GitHubAuth & { kind: 'app' },
): ConstructorParameters<typeof Octokit>[0] {
  const pem = privateKey()
  if (!isPrivateKey(pem))
    throw new SimplaneError('settings', `The private key of forge ${name} is no private key in PEM.`, {
      hint: 'It is the file that GitHub gives under "Private keys" of the GitHub App.',
    })
  return { authStrategy: createAppAuth, auth: { appId, privateKey: pem, installationId: installation } }
}

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem.replaceAll('\\n', '\n')).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}

/** What the library would print is thrown already, or of no use. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} }
