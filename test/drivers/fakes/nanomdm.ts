import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import * as apple from './apple-device.ts'
import type { AppleDevice, Carriers } from './apple-device.ts'
import { misbehave, type Fault } from './faults.ts'
import { emptyQueue, enrolAnew, nextCommand, noteReport, type Queue } from './nanomdm-queue.ts'

/** How the fake is set up: a NanoMDM by default. */
export type FakeOptions = {
  readonly now: () => number
  readonly apiKey?: string
  readonly user?: string
  readonly base?: string
  /** Absent: webhooks are not signed. */
  readonly hmacKey?: string
  readonly storage?: 'kv' | 'mysql' | 'pgsql'
}

/** One thing on the wire, for recorded exchanges. */
export type Exchange = { readonly request: string; readonly response: string }
/** A webhook that waits to be sent. */
export type Webhook = { readonly device: string; readonly topic: string; readonly body: string }

/** A NanoMDM on the loopback with Apple devices behind it, written from its documentation and observed behaviour. */
export type FakeNanoMdm = Awaited<ReturnType<typeof openFakeNanoMdm>>

export async function openFakeNanoMdm(options: FakeOptions) {
  const { now, apiKey = 'secret-api-key', user = 'nanomdm', base = '/v1', hmacKey, storage = 'kv' } = options
  const devices = new Map<string, AppleDevice>()
  const queues = new Map<string, Queue>()
  const everQueued = new Set<string>()
  const webhooks: Webhook[] = []
  const recorded: Exchange[] = []
  const sockets = new Set<Socket>()
  const dials = {
    /** What the next request suffers. */
    fault: (): Fault | undefined => undefined,
    push: 'ok' as 'ok' | 'no-certificate' | 'failing',
    carriers: { delay: 60_000, empty: new Set<string>() } as Carriers,
    recording: false,
    /** Told which device has something to do: a push that arrives. */
    onQueued: (_id: string): void => undefined,
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
      const body = Buffer.concat(chunks).toString()
      misbehave(dials.fault(), request, response, () => {
        const answer = answerTo(request, body)
        if (dials.recording) record(request, body, answer)
        return answer
      })
    })
  }

  function answerTo(request: IncomingMessage, body: string): { status: number; body: string } {
    const url = new URL(request.url ?? '', 'http://fake')
    if (url.pathname === '/version') return { status: 200, body: '{"version":"v0.9.0"}\n' }
    const expected = `Basic ${Buffer.from(`${user}:${apiKey}`).toString('base64')}`
    if (request.headers.authorization !== expected) return { status: 401, body: 'Unauthorized\n' }
    // Asked for a certificate without a topic: 400 by its documentation, with or without a certificate.
    if (url.pathname === `${base}/pushcert`)
      return { status: 400, body: '{\n\t"error": "missing topic"\n}\n' }
    const [, verb, ids = ''] = new RegExp(`^${base}/(enqueue|push)/(.+)$`).exec(url.pathname) ?? []
    if (verb === undefined) return { status: 404, body: '404 page not found\n' }
    const noPush = (url.searchParams.get('nopush') ?? '') !== ''
    const result = verb === 'enqueue' ? enqueue(ids.split(','), body, noPush) : { status: 200, result: {} }
    return { status: result.status, body: `${JSON.stringify(result.result, undefined, '\t')}\n` }
  }

  type Result = { [key: string]: unknown; status?: Record<string, Record<string, string>> }

  function enqueue(
    ids: readonly string[],
    body: string,
    noPush: boolean,
  ): { status: number; result: Result } {
    const uuid = apple.element(body, 'CommandUUID')
    const type = apple.element(body, 'RequestType')
    if (!body.includes('<plist')) return trouble({}, 'decoding command: parse error: no plist')
    if (uuid === '' || type === '') return trouble({}, 'decoding command: invalid command')
    const result: Result = { command_uuid: uuid, request_type: type }
    if (everQueued.has(uuid)) return trouble(result, duplicate(uuid))
    if (storage !== 'kv' && ids.some((id) => !queues.has(id))) return trouble(result, STRANGERS[storage])
    everQueued.add(uuid)
    for (const id of ids) {
      queues.get(id)?.commands.push({ uuid, xml: body, notNow: false })
      dials.onQueued(id)
    }
    if (noPush) return { status: 200, result: { no_push: true, ...result } }
    return push(ids, result)
  }

  function push(ids: readonly string[], result: Result): { status: number; result: Result } {
    if (dials.push === 'no-certificate') {
      return {
        status: 500,
        result: {
          ...result,
          push_error: 'retrieving push cert for topic com.apple.mgmt.External: not found',
        },
      }
    }
    const status = Object.fromEntries(ids.map((id) => [id, pushOne(id)]))
    const failed = ids.filter((id) => status[id]?.['push_error'] !== undefined).length
    return { status: codeFor(failed, ids.length), result: { status, ...result } }
  }

  function pushOne(id: string): Record<string, string> {
    if (!queues.has(id)) return { push_error: 'push data missing for id' }
    if (dials.push === 'ok') return { push_result: '5B6C2B2E-7E0D-4B0B-9C1A-2F0F0A7B6C1D' }
    return {
      push_error:
        'Post "https://api.push.apple.com/3/device/1b": dial tcp: lookup api.push.apple.com: no such host',
    }
  }

  function duplicate(uuid: string): string {
    if (storage === 'mysql') return `Error 1062 (23000): Duplicate entry '${uuid}' for key 'commands.PRIMARY'`
    if (storage === 'pgsql') return 'pq: duplicate key value violates unique constraint "commands_pkey"'
    return `command already exists: ${uuid}`
  }

  function record(request: IncomingMessage, body: string, answer: { status: number; body: string }): void {
    const { authorization, 'content-type': type } = request.headers
    const head = [
      `${request.method} ${request.url}`,
      ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
      ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    ]
    recorded.push({
      request: `${head.join('\n')}\n${body === '' ? '' : `\n${body.trim()}\n`}`,
      response: `HTTP ${answer.status}\n\n${answer.body.trim()}\n`,
    })
  }

  function tell(
    topic: string,
    device: AppleDevice,
    kind: string,
    event: Record<string, unknown>,
    xml: string,
  ): void {
    const ids = { id: device.udid, type: device.channel }
    const body = JSON.stringify({
      topic,
      event_id: randomBytes(8).toString('hex'),
      created_at: new Date(now()).toISOString().replace(/(\.\d{3})Z$/, '$1609121Z'),
      [kind]: { udid: device.udid, ids, ...event, raw_payload: Buffer.from(xml).toString('base64') },
    })
    webhooks.push({ device: device.udid, topic, body })
  }

  function queueOf(device: AppleDevice): Queue {
    const known = queues.get(device.udid)
    if (known !== undefined) return known
    const queue = emptyQueue()
    queues.set(device.udid, queue)
    return queue
  }

  function poll(device: AppleDevice): void {
    if (!device.online) return
    const queue = queueOf(device)
    if (!queue.enabled) return
    tell('mdm.Connect', device, 'acknowledge_event', { status: 'Idle' }, apple.idle(device))
    let next = nextCommand(queue, 'Idle')
    while (next !== undefined) {
      const report = apple.carryOut(device, next, now(), dials.carriers)
      for (let sent = 0; sent < (device.stutters ? 2 : 1); sent += 1) {
        noteReport(queue, report.uuid, report.status, storage === 'kv')
        const event = { status: report.status, command_uuid: report.uuid }
        tell('mdm.Connect', device, 'acknowledge_event', event, report.xml)
      }
      next = nextCommand(queue, report.status)
    }
  }

  const fake = {
    address: `http://127.0.0.1:${port}`,
    apiKey,
    dials,
    devices,
    recorded,
    /** Webhooks that were not sent yet. */
    webhooks,
    /** Enrols a device: Authenticate, then its token. */
    enrol(device: AppleDevice): void {
      devices.set(device.udid, device)
      const queue = queueOf(device)
      enrolAnew(queue)
      tell('mdm.Authenticate', device, 'checkin_event', {}, apple.authenticate(device))
      queue.enabled = true
      fake.token(device)
    },
    token(device: AppleDevice): void {
      const queue = queueOf(device)
      queue.tally += 1
      tell(
        'mdm.TokenUpdate',
        device,
        'checkin_event',
        { token_update_tally: queue.tally },
        apple.tokenUpdate(device),
      )
    },
    /** The device leaves: its queue stays, and it no longer polls. */
    checkOut(device: AppleDevice): void {
      device.online = false
      queueOf(device).enabled = false
      tell('mdm.CheckOut', device, 'checkin_event', {}, apple.checkOut(device))
    },
    /** Erased and enrolled again: its plans are gone, its queue is emptied, and no event says so. */
    erase(device: AppleDevice): void {
      Object.assign(device, { plans: [], arriving: [] })
      fake.enrol(device)
    },
    /** Another tool asks the device the same. */
    askByHand(device: AppleDevice): void {
      const uuid = `by-hand-${everQueued.size}`
      everQueued.add(uuid)
      const command = `<plist><dict><key>RequestType</key><string>DeviceInformation</string><key>CommandUUID</key><string>${uuid}</string></dict></plist>`
      queueOf(device).commands.push({ uuid, xml: command, notNow: false })
    },
    /** The device sends a report out of the blue. */
    say(device: AppleDevice, uuid: string, status: string): void {
      if (status !== 'Idle') noteReport(queueOf(device), uuid, status, storage === 'kv')
      const event = { status, ...(uuid === '' ? {} : { command_uuid: uuid }) }
      tell('mdm.Connect', device, 'acknowledge_event', event, apple.idle(device))
    },
    /** How many commands it was ever given. */
    told: (device: AppleDevice): number => queueOf(device).finished.size,
    /** Its storage lost the enrolment. */
    forget(device: AppleDevice): void {
      queues.delete(device.udid)
    },
    poll,
    /** Every device that is on asks for work until there is none. */
    pollAll(): void {
      for (const device of devices.values()) poll(device)
    },
    queued: (device: AppleDevice): number => queueOf(device).commands.length,
    effects: (uuid: string): number => {
      let count = 0
      for (const device of devices.values()) count += device.effects.get(uuid) ?? 0
      return count
    },
    /** The headers with which a body is sent. */
    headersOf: (body: string): Record<string, string> => ({
      'content-type': 'application/json; charset=utf-8',
      ...(hmacKey === undefined
        ? {}
        : { 'x-hmac-signature': createHmac('sha256', hmacKey).update(body).digest('base64') }),
    }),
    /** Takes the server off the network, or puts it back on the same port. */
    async reachable(is: boolean): Promise<void> {
      if (is === server.listening) return
      if (is) {
        server = createServer(serve)
        await listen(port)
      } else {
        await close()
      }
    },
    [Symbol.asyncDispose]: close,
  }

  async function close(): Promise<void> {
    const closed = server.listening ? once(server, 'close') : undefined
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }

  return fake
}

function trouble<R extends object>(
  result: R,
  error: string,
): { status: number; result: R & { command_error: string } } {
  return { status: 500, result: { ...result, command_error: error } }
}

const STRANGERS = {
  mysql:
    'Error 1452 (23000): Cannot add or update a child row: a foreign key constraint fails (`nanomdm`.`enrollment_queue`)',
  pgsql:
    'pq: insert or update on table "enrollment_queue" violates foreign key constraint "enrollment_queue_id_fkey"',
} as const

function codeFor(failed: number, all: number): number {
  if (failed === 0) return 200
  return failed === all ? 500 : 207
}
