import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { carryOut, makeDevice, type AppleDevice, type Carriers } from '../apple-device.ts'
import { misbehave, type Fault } from '../faults.ts'

/** One device as SimpleMDM has it, with the device behind it. */
export type FakeDevice = {
  readonly id: number
  status: string
  channels: readonly string[]
  enrolledAt: number
  seenAt: number
  /** The addresses of carriers that it is to ask, oldest first, with a number for each command. */
  queue: { readonly uuid: string; readonly url: string }[]
  readonly apple: AppleDevice
}

/** One thing on the wire, for recorded exchanges. */
export type Exchange = { readonly request: string; readonly response: string }

/** An answer of SimpleMDM's. */
export type Said = { readonly status: number; readonly body: string }

/** A SimpleMDM on the loopback with devices behind it, written from the reference of its API. */
export type FakeSimpleMdm = Awaited<ReturnType<typeof openFakeSimpleMdm>>

export async function openFakeSimpleMdm(now: () => number) {
  const apiKey = 'simplemdm-api-key-value'
  const devices = new Map<number, FakeDevice>()
  const recorded: Exchange[] = []
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const dials = {
    /** What a request suffers, by its method and path. */
    fault: (_request: string): Fault | undefined => undefined,
    carriers: { delay: 60_000, empty: new Set<string>() } as Carriers,
    /** The cursor is overlooked. */
    ignoresCursor: false,
    /** A proxy answers instead of these paths. */
    proxy: undefined as Said | undefined,
    proxied: /./,
    recording: false,
  }
  let [last, commands] = [0, 0]
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
      misbehave(dials.fault(`${request.method} ${request.url}`), request, response, () => {
        const isProxied = dials.proxied.test(request.url ?? '')
        const said = (isProxied ? dials.proxy : undefined) ?? answerTo(request, body)
        requests.push(`${request.method} ${request.url}`)
        if (dials.recording) record(request, body, said)
        return said
      })
    })
  }

  function answerTo(request: IncomingMessage, body: string): Said {
    const expected = `Basic ${Buffer.from(`${apiKey}:`).toString('base64')}`
    if (request.headers.authorization !== expected) return complain(401, 'unauthorized')
    const url = new URL(request.url ?? '', 'http://fake')
    const [, id = ''] = /^\/api\/v1\/devices\/(\d+)/.exec(url.pathname) ?? []
    const device = devices.get(Number(id))
    switch (`${request.method} ${url.pathname.replace(/\/\d+/, '/:')}`) {
      case 'GET /api/v1/account':
        return ok({ data: { type: 'account', attributes: { name: 'Acme' } } })
      case 'GET /api/v1/devices':
        return list(url.searchParams)
      case 'GET /api/v1/devices/:':
        return device === undefined ? complain(404, 'object not found') : ok({ data: deviceJson(device) })
      case 'POST /api/v1/devices/:/refresh_cellular_plans':
        return device === undefined ? complain(404, 'object not found') : refresh(device, body)
    }
    return complain(404, 'object not found')
  }

  function list(query: URLSearchParams): Said {
    const limit = Math.min(100, Number(query.get('limit') ?? 10))
    const after = dials.ignoresCursor ? 0 : Number(query.get('starting_after') ?? 0)
    const behind = [...devices.values()].filter(({ id }) => id > after)
    return ok({ data: behind.slice(0, limit).map(deviceJson), has_more: behind.length > limit })
  }

  function refresh(device: FakeDevice, body: string): Said {
    const url = new URLSearchParams(body).get('esim_server_url') ?? ''
    if (url === '') return complain(422, 'esim_server_url is required')
    if (device.status !== 'enrolled') return complain(409, 'device is not enrolled')
    commands += 1
    device.queue.push({ uuid: String(commands), url })
    return { status: 202, body: '' }
  }

  /** The device fetches what waits for it. */
  function checkIn(device: FakeDevice): void {
    if (!device.apple.online || device.status !== 'enrolled') return
    device.seenAt = now()
    carryOut(device.apple, command('DeviceInformation', ''), now(), dials.carriers)
    for (const { uuid, url } of device.queue.splice(0))
      carryOut(device.apple, command('RefreshCellularPlans', uuid, url), now(), dials.carriers)
  }

  function record(request: IncomingMessage, body: string, said: Said): void {
    const type = request.headers['content-type']
    const head = [
      `${request.method} ${request.url}`,
      'Authorization: Basic <API key>:',
      ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    ]
    const pretty = said.body === '' ? '' : `\n\n${JSON.stringify(JSON.parse(said.body), undefined, 2)}`
    recorded.push({
      request: `${head.join('\n')}\n${body === '' ? '' : `\n${body}\n`}`,
      response: `HTTP ${said.status}${pretty}\n`,
    })
  }

  async function close(): Promise<void> {
    const closed = server.listening ? once(server, 'close') : undefined
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }

  return {
    address: `http://127.0.0.1:${port}`,
    apiKey,
    dials,
    devices,
    recorded,
    /** Method and path of every request, oldest first. */
    requests,
    addDevice(apple = makeDevice()): FakeDevice {
      last += 3
      const seenAt = now() - 3_600_000
      const device: FakeDevice = {
        id: last,
        status: 'enrolled',
        channels: ['device'],
        enrolledAt: now() - 86_400_000,
        seenAt,
        queue: [],
        apple,
      }
      devices.set(last, device)
      return device
    },
    checkIn,
    round(): void {
      for (const device of devices.values()) checkIn(device)
    },
    leave(device: FakeDevice): void {
      device.status = 'unenrolled'
      device.queue = []
    },
    /** It was wiped, and enrolled again: what waited for it is gone. */
    reenrol(device: FakeDevice): void {
      Object.assign(device, { queue: [], enrolledAt: now(), seenAt: now(), status: 'enrolled' })
    },
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

function command(type: string, uuid: string, url = ''): string {
  return `<plist><dict><key>RequestType</key><string>${type}</string><key>eSIMServerURL</key><string>${url}</string><key>CommandUUID</key><string>${uuid}</string></dict></plist>`
}

/** As the API gives it; times have the offset of wherever the account is. */
function deviceJson(device: FakeDevice): object {
  const { id, apple } = device
  const time = (at: number): string => `${new Date(at - 7 * 3_600_000).toISOString().slice(0, -1)}-07:00`
  return {
    type: 'device',
    id,
    attributes: {
      name: `Device ${id}`,
      last_seen_at: time(device.seenAt),
      enrolled_at: time(device.enrolledAt),
      status: device.status,
      enrollment_channels: device.channels,
      device_name: 'iPhone',
      os_version: apple.osVersion,
      model_name: 'iPhone 14 Pro',
      product_name: apple.product,
      serial_number: apple.serial,
      imei: `${apple.imei.slice(0, 2)} ${apple.imei.slice(2)}`,
      iccid: apple.plans[0]?.iccid.replaceAll(/(.{4})/g, '$1 ').trim() ?? null,
    },
    relationships: { device_group: { data: { type: 'device_group', id: 37 } } },
  }
}

function ok(body: object): Said {
  return { status: 200, body: JSON.stringify(body) }
}

/** A complaint as SimpleMDM words it. */
export function complain(status: number, title: string): Said {
  return { status, body: JSON.stringify({ errors: [{ title }] }) }
}
