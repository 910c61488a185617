import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { misbehave, type Fault } from '../faults.ts'
import { attributesAt, checkIn, type ConsoleConfiguration, type Enrolled } from './enrolled.ts'

type Answer = { readonly status: number; readonly body: string }
type Recorded = { readonly request: string; readonly response: string }

export type FakeIvanti = Awaited<ReturnType<typeof openFakeIvanti>>

const DEFAULT_SPACE = 26653
const DELETABLE = ['RETIRED', 'RETIRE_PENDING', 'RETIRE_SENT', 'WIPED', 'WIPE_PENDING', 'WIPE_SENT']

/** A tenant of Neurons for MDM on the loopback, written from its documentation and from what its clients met. */
export async function openFakeIvanti(now: () => number) {
  const devices = new Map<number, Enrolled>()
  const console: ConsoleConfiguration[] = []
  const recorded: Recorded[] = []
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const knownAttributes = new Set<string>()
  const dials = {
    fault: (_request: IncomingMessage): Fault | undefined => undefined,
    recording: false,
    /** Whether what is left out of an Add/Replace stays. */
    leftOut: 'dropped' as 'dropped' | 'kept',
    /** How long until a changed attribute changes a group. */
    groupLag: 60_000,
    /** How long the search shows former attributes. */
    searchLag: 0,
    mostRows: 500,
    masked: false,
    /** Errors with HTTP 200, as they come now and then. */
    errors: undefined as string | undefined,
    retireWaits: false,
    proxy404: false as string | false,
    /** Applied to a device just before it is shown. */
    show: (json: Record<string, unknown>): Record<string, unknown> => json,
  }
  let wipes = 0
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
      requests.push(`${request.method} ${request.url}`)
      misbehave(dials.fault(request), request, response, () => {
        const answer = answerTo(request, body)
        if (dials.recording) record(request, body, answer)
        return answer
      })
    })
  }

  function answerTo(request: IncomingMessage, body: string): Answer {
    const expected = `Basic ${Buffer.from('api@acme.example:api-password').toString('base64')}`
    if (request.headers.authorization !== expected)
      return { status: 401, body: '<html><body>Unauthorized</body></html>' }
    if (dials.errors !== undefined) return said(200, null, [{ message: dials.errors }])
    const url = new URL(request.url ?? '', 'http://fake')
    const path = url.pathname
    const method = request.method ?? ''
    if (method === 'GET' && path === '/api/v1/metadata/tenant')
      return said(200, { id: 101, defaultDmPartitionId: DEFAULT_SPACE })
    if (path === '/api/v1/device') return method === 'DELETE' ? remove(url) : list(url)
    const [, action] =
      /^\/api\/v1\/device\/(retire|wipe|wipeCancel|lock|unlock|forceCheckin)$/.exec(path) ?? []
    if (method === 'PUT' && action !== undefined) return act(action, request, body)
    const [, id, more] = /^\/api\/v1\/device\/(\d+)(\/customattributes)?$/.exec(path) ?? []
    const device = devices.get(Number(id))
    if (id === undefined || device === undefined) return missing()
    if (more === undefined) {
      if (Number(url.searchParams.get('dmPartitionId')) !== DEFAULT_SPACE)
        return said(400, null, [{ field: 'dmPartitionId', message: 'is required' }])
      return said(200, shown(device, now()))
    }
    if (method === 'PUT') return putAttributes(device, body)
    return { status: 200, body: JSON.stringify({ attrs: attributesAt(device, now()) }) }
  }

  function missing(): Answer {
    if (dials.proxy404 !== false) return { status: 404, body: dials.proxy404 }
    return said(404, null, [{ message: 'Device not found' }])
  }

  function list(url: URL): Answer {
    const rows = Number(url.searchParams.get('rows') ?? 50)
    const start = Number(url.searchParams.get('start') ?? 0)
    if (Number(url.searchParams.get('dmPartitionId')) !== DEFAULT_SPACE)
      return said(400, null, [{ field: 'dmPartitionId', message: 'is required' }])
    if (rows < 1 || rows > 500)
      return said(400, null, [{ field: 'rows', message: 'must be between 1 and 500' }])
    const all = [...devices.values()]
    const stable = url.searchParams.get('sortFields[0].name') === 'id'
    const ordered = stable ? all.sort((a, b) => a.id - b.id) : all.reverse()
    const page = ordered.slice(start, start + Math.min(rows, dials.mostRows))
    const searchResults = page.map((device) => shown(device, now() - dials.searchLag))
    return said(200, { totalCount: devices.size, searchResults, offset: start, limit: rows, queryTime: 4 })
  }

  function shown(device: Enrolled, at: number): Record<string, unknown> {
    const mask = (text: string): string =>
      dials.masked ? `${'*'.repeat(text.length - 4)}${text.slice(-4)}` : text
    const [iccid] = device.reportedIccids
    return dials.show({
      id: device.id,
      guid: `57d9903c-aadf-4b40-aef3-${String(device.id).padStart(12, '0')}`,
      deviceName: `PAR-LT-${device.id}`,
      emailAddress: `user${device.id}@acme.example`,
      serialNumber: mask(device.serial),
      imei: null,
      imsi: 'Not Present',
      iccid: iccid === undefined ? null : mask(iccid),
      esimIdentifier: mask(device.eid),
      platformType: device.platformType,
      windowsDeviceType: device.windowsDeviceType,
      platformVersion: device.platformVersion,
      osBuildVersion: null,
      deviceModel: device.os === 'windows' ? 'Latitude 7450' : 'iPhone15,2',
      prettyModel: device.os === 'windows' ? 'Latitude 7450' : 'iPhone 14 Pro',
      registrationState: device.registrationState,
      lastCheckin: device.lastCheckin,
      lastRegistrationTime: device.lastRegistrationTime,
      ownershipType: 'COMPANY',
      userEnrolled: false,
      serviceSubscriptions: null,
      customAttributes: { attrs: attributesAt(device, at) },
      dmPartitionId: DEFAULT_SPACE,
      dmPartitionName: 'Default Space',
    })
  }

  function putAttributes(device: Enrolled, body: string): Answer {
    const { attrs } = JSON.parse(body) as { attrs: Record<string, string> }
    const unknown = Object.keys(attrs).find((key) => !knownAttributes.has(key))
    if (unknown !== undefined) return said(400, null, [{ message: `Unknown custom attribute: ${unknown}` }])
    if (Object.values(attrs).includes(''))
      return said(400, null, [{ message: 'empty values are not allowed' }])
    const kept = dials.leftOut === 'kept' ? attributesAt(device, now()) : {}
    device.attributes.push({ since: now(), attrs: { ...kept, ...attrs } })
    return { status: 200, body: JSON.stringify({ attrs: attributesAt(device, now()) }) }
  }

  function act(action: string, request: IncomingMessage, body: string): Answer {
    if (request.headers['content-type'] !== 'application/x-www-form-urlencoded') return said(415, 0)
    const ids = new URLSearchParams(body).getAll('ids').map(Number)
    if (action === 'wipe') wipes += 1
    if (action !== 'retire') return said(200, 1)
    const targets = ids.map((id) => devices.get(id)).filter((each) => each?.registrationState === 'ACTIVE')
    for (const target of targets)
      if (target !== undefined) target.registrationState = dials.retireWaits ? 'RETIRE_SENT' : 'RETIRED'
    return said(200, targets.length > 0 && targets.length === ids.length ? 1 : 0)
  }

  function remove(url: URL): Answer {
    const ids = url.searchParams.getAll('deviceIds').map(Number)
    if (ids.length === 0) return said(200, 0)
    const targets = ids.map((id) => devices.get(id))
    if (targets.some((each) => each === undefined || !DELETABLE.includes(each.registrationState)))
      return said(200, null, [{ message: 'Only retired or wiped devices can be deleted' }])
    for (const id of ids) devices.delete(id)
    return said(200, 1)
  }

  function said(status: number, result: unknown, errors: readonly unknown[] | null = null): Answer {
    return { status, body: JSON.stringify({ errors, result }) }
  }

  function record(request: IncomingMessage, body: string, answer: Answer): void {
    const type = request.headers['content-type']
    const head = [
      `${request.method} ${request.url}`,
      'Authorization: Basic <user:password>',
      ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    ]
    const text = answer.body.startsWith('{')
      ? JSON.stringify(JSON.parse(answer.body), undefined, 2)
      : answer.body
    recorded.push({
      request: `${head.join('\n')}\n${body === '' ? '' : `\n${body}\n`}`,
      response: `HTTP ${answer.status}\n\n${text}\n`,
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
    devices,
    /** What an administrator set up. */
    console,
    knownAttributes,
    dials,
    recorded,
    requests,
    /** How often anything asked to erase a device. */
    wipes: () => wipes,
    enrol(device: Enrolled): Enrolled {
      devices.set(device.id, device)
      return device
    },
    /** Another administrator or tool changes attributes. */
    setAttributes(device: Enrolled, attrs: Readonly<Record<string, string>>): void {
      device.attributes.push({ since: now(), attrs: { ...attributesAt(device, now()), ...attrs } })
    },
    /** Every device that is on checks in. */
    checkInAll(): void {
      for (const device of devices.values()) checkIn(device, console, now(), dials.groupLag)
    },
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
}
