import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { misbehave, type Fault } from '../../drivers/fakes/faults.ts'
import type { Asked, Found } from './gitlab-gitea-contract.ts'

/** What a forge says. A list is given in pages. */
export type Said = {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}
/** A request that is as described. */
export type Request = {
  readonly operation: string
  readonly values: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: IncomingMessage['headers']
}
/** What stands in for the forge's answer. */
export type Instead = {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}
export type FakeServer = Awaited<ReturnType<typeof openServer>>

/** A forge on the loopback: `contract` finds what a request is for, `answer` gives what is said to it. */
export async function openServer(
  base: string,
  contract: (asked: Asked) => Found | undefined,
  answer: (request: Request) => Said,
) {
  const requests: string[] = []
  const violations: string[] = []
  const sockets = new Set<Socket>()
  const dials = {
    fault: (_method: string, _path: string): Fault | undefined => undefined,
    /** Answers instead of the forge. */
    instead: (_method: string, _path: string): Instead | undefined => undefined,
  }
  let server: Server = createServer(serve)
  await listen(0)
  const { port } = server.address() as AddressInfo

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
      const [whole = '', query = ''] = (request.url ?? '').split('?', 2)
      const path = whole.startsWith(base) ? whole.slice(base.length) : whole
      const method = request.method ?? ''
      misbehave(dials.fault(method, path), request, response, () => {
        const instead = dials.instead(method, path)
        if (instead !== undefined) return withHeaders(response, instead)
        requests.push(`${method} ${path}`)
        const asked = {
          method,
          path,
          query: new URLSearchParams(query),
          body: Buffer.concat(chunks).toString(),
        }
        const { body, ...said } = saidTo(asked, request.headers)
        return withHeaders(response, { ...said, body: body === undefined ? '' : JSON.stringify(body) })
      })
    })
  }

  function saidTo(asked: Asked, headers: IncomingMessage['headers']): Said {
    const found = contract(asked)
    const wrong = found?.wrong ?? [`${asked.method} ${asked.path} is not described`]
    violations.push(...wrong)
    if (found === undefined || wrong.length > 0) return { status: 400, body: { message: wrong.join('; ') } }
    const body = (asked.body === '' ? {} : JSON.parse(asked.body)) as Readonly<Record<string, unknown>>
    return answer({ ...found, query: asked.query, body, headers })
  }

  async function close(): Promise<void> {
    const closed = server.listening ? once(server, 'close') : undefined
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }

  return {
    address: `http://127.0.0.1:${port}${base}`,
    dials,
    requests,
    /** What was asked against the forge's description of its API. */
    violations,
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

function withHeaders(response: ServerResponse, said: Instead): Instead {
  for (const [name, value] of Object.entries(said.headers ?? {})) response.setHeader(name, value)
  return said
}
