import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isIPv6, type AddressInfo } from 'node:net'
import { SimplaneError } from '../domain/error.ts'
import type { Log } from '../domain/log.ts'
import { SECOND, type Duration } from '../domain/time.ts'
import { MEBIBYTE, openBodies, type Bodies, type Body } from './bodies.ts'

/** What is sent back: a line of text. */
export type Reply = {
  readonly status: number
  readonly text: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A request as it is handed on; header names are in lower case. */
export type Asked = {
  readonly method: string
  /** Without what follows a question mark. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Read when asked for; at most a mebibyte, or so many bytes. Throws when the connection ends before the body does. */
  readonly body: (most?: number) => Promise<Body>
}

export type ListenerOptions = {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly answer: (asked: Asked) => Promise<Reply>
  readonly log: Log
  /** How long a request may take to arrive whole; default 10 seconds. Later it is answered with 408. */
  readonly patience?: Duration
}

/** A server that listens; disposing it lets what is being answered end, for some seconds. */
export type Listener = AsyncDisposable & {
  /** `127.0.0.1:8080`. */
  readonly address: string
}

const PATIENCE: Duration = 10 * SECOND
/** Longer than proxies keep a connection, so that none is closed under a request. */
const KEPT_ALIVE: Duration = 75 * SECOND
/** Each may hold a body in memory (bodies.ts). */
const CONNECTIONS = 128
const LARGEST_HEADERS = 16 * 1024
/** How long a stop waits for answers that are under way. */
const LAST_WORDS: Duration = 5 * SECOND

/** Listens for HTTP. Throws `settings` when the address is taken or is none of this machine's. */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { host, port, patience = PATIENCE, log } = options
  const server = createServer({
    maxHeaderSize: LARGEST_HEADERS,
    requestTimeout: patience,
    headersTimeout: patience,
    connectionsCheckingInterval: Math.min(SECOND, patience / 2),
    keepAliveTimeout: KEPT_ALIVE,
  })
  server.maxConnections = CONNECTIONS
  const bodies = openBodies()
  server.on('request', (request, response) => void serve(options, server, bodies, request, response))
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    throw notListening(`${bracketed(host)}:${port}`, error)
  }
  // A connection that could not be taken (too many files open) is one that the MDM makes again.
  server.on('error', (error) => log.error('http', error.message))
  const listening = server.address() as AddressInfo
  const address = `${bracketed(host)}:${listening.port}`
  log.info('listening', `listens at http://${address}`)
  return { address, [Symbol.asyncDispose]: () => close(server) }
}

/** An address of IPv6 as URLs have it. */
function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host
}

async function serve(
  { answer, log }: ListenerOptions,
  server: Server,
  bodies: Bodies,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked: Asked = {
    method: request.method ?? '',
    path: request.url?.split('?')[0] ?? '',
    headers: flat(request.headers),
    body: (most = MEBIBYTE) => bodies.read(request, most),
  }
  try {
    send(response, await answer(asked), !server.listening)
  } catch (error) {
    // Who hung up or was too slow has been answered by the server itself, as far as that is possible.
    if (request.errored !== null) return
    const message = error instanceof Error ? error.message : String(error)
    log.error('http', `${asked.method} ${asked.path}: ${message}`)
    send(response, { status: 500, text: 'this failed; the log of the service says why' }, !server.listening)
  } finally {
    bodies.release(request)
  }
}

function send(response: ServerResponse, { status, text, headers }: Reply, last: boolean): void {
  if (response.headersSent || response.destroyed) return
  // What was not read of a request must not be read as the next one.
  const rest = response.req.complete && !last ? {} : { connection: 'close' }
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers, ...rest })
  response.end(`${text}\n`)
}

function flat(headers: IncomingMessage['headers']): Asked['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  const hurry = setTimeout(() => server.closeAllConnections(), LAST_WORDS)
  await closed
  clearTimeout(hurry)
}

function notListening(address: string, error: unknown): SimplaneError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program listens there',
    EADDRNOTAVAIL: 'it is none of this machine',
    EACCES: 'the system does not allow it',
    ENOTFOUND: 'no such host is known',
  }
  return new SimplaneError(
    'settings',
    `Nothing can listen at ${address}: ${reasons[code] ?? code}. Nothing was started, and no device was touched.`,
    {
      hint: 'Name another address: http: { listen: 127.0.0.1:8081 } in simplane.yaml, or SIMPLANE_HTTP_LISTEN.',
      cause: error,
    },
  )
}
