import { generateKeyPairSync, verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { misbehave, type Fault } from '../../drivers/fakes/faults.ts'
import { CONTRACT, type Asked } from './github-contract.ts'
import { makeRepository } from './github-repository.ts'
import { missing, ok, routesOf, type Said } from './github-routes.ts'
import { HOME } from './github-shapes.ts'

/** One key for all: making one takes a moment. */
const KEYS = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const APP = {
  id: 4711,
  slug: 'simplane-acme',
  installation: 815,
  privateKey: KEYS.privateKey.export({ type: 'pkcs1', format: 'pem' }) as string,
}
export const TOKEN = 'ghp_sixteenOrMoreLetters0123456789'
const BASE = '/api/v3'
const ALL_RIGHTS = ['checks', 'contents', 'issues', 'pull_requests', 'statuses']

/** What stands in for GitHub's answer. */
export type Instead = {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A GitHub Enterprise Server on the loopback with one repository, written from the reference of its API. */
export type FakeGitHub = Awaited<ReturnType<typeof openFakeGitHub>>

export async function openFakeGitHub(now: () => number, kind: 'token' | 'app') {
  const repository = makeRepository(now)
  const routes = routesOf(repository, now)
  const issued = new Set<string>()
  const requests: string[] = []
  const violations: string[] = []
  const sockets = new Set<Socket>()
  const dials = {
    fault: (_method: string, _path: string): Fault | undefined => undefined,
    /** Answers instead of GitHub. */
    instead: (_method: string, _path: string): Instead | undefined => undefined,
    /** We may not see the repository. */
    hidden: false,
    rights: new Set(ALL_RIGHTS),
    /** With a token: may its owner write, and what a classic one is good for. */
    push: true,
    scopes: undefined as string | undefined,
    /** The token is that of a workflow. */
    workflow: false,
    repository: { archived: false, has_issues: true },
    /** Where the links to the next page point to; default: here. */
    links: undefined as string | undefined,
  }
  let server: Server = createServer(serve)
  await listen(0)
  const { port } = server.address() as AddressInfo
  const address = `http://127.0.0.1:${port}${BASE}`

  async function listen(on: number): Promise<void> {
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
    server.listen(on, '127.0.0.1')
    await once(server, 'listening')
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const url = new URL(request.url ?? '', 'http://fake')
      const path = url.pathname.startsWith(BASE) ? url.pathname.slice(BASE.length) : url.pathname
      const method = request.method ?? ''
      misbehave(dials.fault(method, path), request, response, () => {
        const instead = dials.instead(method, path)
        if (instead !== undefined) {
          for (const [name, value] of Object.entries(instead.headers ?? {})) response.setHeader(name, value)
          return instead
        }
        requests.push(`${method} ${path}`)
        const asked = {
          method,
          path: named(path),
          query: url.searchParams,
          body: Buffer.concat(chunks).toString(),
        }
        const wrong = CONTRACT.wrong(asked)
        violations.push(...wrong)
        const said = wrong.length > 0 ? { status: 500, body: wrong } : answerTo(request, response, asked)
        if (said.status < 300 && !CONTRACT.mayAnswer(asked, said.status))
          violations.push(`the fake answers ${method} ${path} with ${said.status}`)
        return { status: said.status, body: JSON.stringify(paged(said, url, response)) }
      })
    })
  }

  /** Links to further pages name the repository by its number. */
  function named(path: string): string {
    return path.replace(`/repositories/${HOME.id}`, `/repos/${HOME.owner}/${HOME.repo}`)
  }

  function answerTo(request: IncomingMessage, response: ServerResponse, asked: Asked): Said {
    const { method, path } = asked
    const [, credentials = ''] = /^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (request.headers['x-github-api-version'] === undefined && !path.startsWith('/app/'))
      return { status: 400, body: { message: 'no version of the API' } }
    if (kind === 'app' && path.startsWith('/app')) return isJwt(credentials) ? asApp(asked) : badCredentials()
    const isKnown = kind === 'app' ? issued.has(credentials) : credentials === TOKEN
    if (!isKnown) return badCredentials()
    if (`${method} ${path}` === 'GET /user')
      return kind === 'app' || dials.workflow
        ? notAccessible()
        : ok({ login: 'simplane-bot', id: 1, type: 'User' })
    const home = `/repos/${HOME.owner}/${HOME.repo}`
    if (dials.hidden || !path.startsWith(home)) return missing()
    const below = decodeURIComponent(path.slice(home.length))
    if (below === '') return describe(response)
    for (const [verb, pattern, right, act] of routes) {
      const match = verb === method ? pattern.exec(below) : null
      if (match === null) continue
      if (right !== undefined && kind === 'app' && !dials.rights.has(right)) return notAccessible()
      const body = (asked.body === '' ? {} : JSON.parse(asked.body)) as Readonly<Record<string, unknown>>
      const app = kind === 'app' ? APP.id : undefined
      return act({ query: asked.query, body, as: us(), app }, ...match.slice(1))
    }
    return missing()
  }

  function asApp({ method, path }: Asked): Said {
    if (path === '/app') return ok({ id: APP.id, slug: APP.slug })
    if (!path.startsWith(`/app/installations/${APP.installation}`)) return missing()
    const permissions = Object.fromEntries([...dials.rights].map((right) => [right, 'write']))
    if (method === 'GET')
      return ok({ id: APP.installation, permissions: { metadata: 'read', ...permissions } })
    const token = `ghs_installation${issued.size}0123456789abcdef`
    issued.add(token)
    const expires_at = new Date(Date.now() + 3_600_000).toISOString()
    return { status: 201, body: { token, expires_at, permissions, repository_selection: 'selected' } }
  }

  function describe(response: ServerResponse): Said {
    if (dials.scopes !== undefined) response.setHeader('x-oauth-scopes', dials.scopes)
    const permissions = { admin: false, push: dials.push, pull: true }
    return ok({
      id: HOME.id,
      name: HOME.repo,
      ...dials.repository,
      ...(kind === 'token' ? { permissions } : {}),
    })
  }

  /** A page of a list, with the link to the next one. */
  function paged({ body, listIn }: Said, url: URL, response: ServerResponse): unknown {
    const whole = listIn === undefined ? body : (body as Readonly<Record<string, unknown>>)[listIn]
    if (!Array.isArray(whole)) return body
    const size = Math.min(100, Number(url.searchParams.get('per_page') ?? 30))
    const page = Number(url.searchParams.get('page') ?? 1)
    if (whole.length > page * size) {
      const next = new URL(url)
      next.searchParams.set('page', String(page + 1))
      const path = next.pathname.replace(`/repos/${HOME.owner}/${HOME.repo}`, `/repositories/${HOME.id}`)
      const link = `${dials.links ?? `http://127.0.0.1:${port}`}${path}${next.search}`
      response.setHeader('link', `<${link}>; rel="next", <${link}>; rel="last"`)
    }
    const part = whole.slice((page - 1) * size, page * size)
    return listIn === undefined ? part : { ...(body as object), [listIn]: part }
  }

  function us(): string {
    if (kind === 'app') return `${APP.slug}[bot]`
    return dials.workflow ? 'github-actions[bot]' : 'simplane-bot'
  }

  async function close(): Promise<void> {
    const closed = server.listening ? once(server, 'close') : undefined
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }

  return {
    address,
    dials,
    repository,
    /** Tokens that were given out. */
    issued,
    requests,
    /** What was asked, or answered, against GitHub's description of its API. */
    violations,
    us,
    async reachable(is: boolean): Promise<void> {
      if (is === server.listening) return
      if (is) {
        server = createServer(serve)
        await listen(port)
      } else await close()
    },
    [Symbol.asyncDispose]: close,
  }
}

/** Signed by the app's key, by the app, for no longer than ten minutes. */
function isJwt(token: string): boolean {
  const [head = '', payload = '', signature = ''] = token.split('.')
  if (
    !verify(
      'RSA-SHA256',
      Buffer.from(`${head}.${payload}`),
      KEYS.publicKey,
      Buffer.from(signature, 'base64url'),
    )
  )
    return false
  const { iss, iat, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, number>
  const seconds = Date.now() / 1000
  return iss === APP.id && (iat ?? 0) <= seconds && (exp ?? 0) > seconds && (exp ?? 0) <= seconds + 600
}

function badCredentials(): Said {
  return {
    status: 401,
    body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest' },
  }
}

function notAccessible(): Said {
  return { status: 403, body: { message: 'Resource not accessible by integration' } }
}
