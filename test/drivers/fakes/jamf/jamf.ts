import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { carryOut, type AppleDevice, type Carriers } from '../apple-device.ts'
import { misbehave, type Fault } from '../faults.ts'
import { deviceJson, fakeDevice, subscriptionsOf, type FakeDevice } from './devices.ts'

/** One thing on the wire, for recorded exchanges. */
export type Exchange = { readonly request: string; readonly response: string }

/** An answer of Jamf Pro's. */
export type Said = { readonly status: number; readonly body: string }

/** A command that Jamf Pro took. */
export type FakeCommand = {
  readonly uuid: string
  readonly device: FakeDevice
  readonly type: string
  readonly url: string
  readonly sentAt: number
  state: string
  completedAt?: number
  error?: object
}

/** A Jamf Pro on the loopback with devices behind it, written from the reference of its API. */
export type FakeJamf = Awaited<ReturnType<typeof openFakeJamf>>

export type FakeJamfOptions = { readonly now: () => number; readonly newUuid?: () => string }

const PRIVILEGES = [
  'Read Mobile Devices',
  'View MDM command information in Jamf Pro API',
  'Send Refresh Cellular Plans Command',
  'Send Inventory Requests to Mobile Devices',
]

export async function openFakeJamf({ now: right, newUuid = randomUUID }: FakeJamfOptions) {
  const [clientId, clientSecret] = ['client-of-simplane', 'client-secret-value']
  const devices = new Map<number, FakeDevice>()
  const commands = new Map<string, FakeCommand>()
  const privileges = new Set(PRIVILEGES)
  const tokens = new Map<string, number>()
  const held: (() => void)[] = []
  const recorded: Exchange[] = []
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const dials = {
    /** What a request suffers, by its method and path. */
    fault: (_request: string): Fault | undefined => undefined,
    /** Whether reports of installs get to Jamf Pro. */
    reports: 'shown' as 'shown' | 'held' | 'lost' | 'twice',
    carriers: { delay: 60_000, empty: new Set<string>() } as Carriers,
    /** Seconds that a token lasts. */
    tokenLasts: 60,
    /** What stands in the answer to a command: its UUID, or a number as in the reference. */
    ids: 'uuid' as 'uuid' | 'number',
    /** Milliseconds until a list shows a new command: another server of the cluster answers. */
    behind: 0,
    /** Milliseconds that its clock is ahead. */
    skew: 0,
    /** Filters are overlooked. */
    ignoresFilters: false,
    /** Pages have one device less than they should. */
    shortPages: false,
    /** A proxy answers instead of these paths. */
    proxy: undefined as Said | undefined,
    proxied: /./,
    recording: false,
  }
  const now = (): number => right() + dials.skew
  let last = 0
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
    const url = new URL(request.url ?? '', 'http://fake')
    const key = `${request.method} ${url.pathname.replace(/\/\d+$/, '/:')}`
    if (key === 'POST /api/v1/oauth/token') return giveToken(new URLSearchParams(body))
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if ((tokens.get(token) ?? -Infinity) <= now()) return complain(401, 'INVALID_TOKEN', 'Unauthorized')
    const query = url.searchParams
    switch (key) {
      case 'GET /api/v1/jamf-pro-version':
        return ok({ version: '11.29.0-t1764000000000' })
      case 'GET /api/v2/mobile-devices/detail':
        return privileges.has('Read Mobile Devices') ? listDevices(query) : forbidden()
      case 'GET /api/v2/mdm/commands':
        // The one endpoint that says 401 for a missing privilege.
        return privileges.has('View MDM command information in Jamf Pro API')
          ? listCommands(query)
          : complain(401, 'INVALID_TOKEN', 'Unauthorized')
      case 'POST /api/v2/mdm/commands':
        return privileges.has('Send Refresh Cellular Plans Command') ? queue(body) : forbidden()
      case 'POST /JSSResource/mobiledevicecommands/command/UpdateInventory/id/:':
        return askInventory(Number(url.pathname.split('/').at(-1)))
    }
    return complain(404, 'NOT_FOUND', 'Not found')
  }

  function giveToken(form: URLSearchParams): Said {
    if (form.get('client_id') !== clientId || form.get('client_secret') !== clientSecret)
      return { status: 401, body: JSON.stringify({ error: 'invalid_client' }) }
    const token = `token-${tokens.size + 1}-${'x'.repeat(600)}`
    tokens.set(token, now() + dials.tokenLasts * 1000)
    return ok({
      access_token: token,
      scope: 'api-role:1',
      token_type: 'Bearer',
      expires_in: dials.tokenLasts,
    })
  }

  function listDevices(query: URLSearchParams): Said {
    const [page, size] = [Number(query.get('page') ?? 0), Number(query.get('page-size') ?? 100)]
    const wanted = /^mobileDeviceId=="(\d+)"$/.exec(query.get('filter') ?? '')?.[1]
    // Numbers are sorted as text.
    const sorted = [...devices.values()].toSorted((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
    const all = sorted.filter(
      ({ id }) => wanted === undefined || dials.ignoresFilters || String(id) === wanted,
    )
    const shown = all.slice(page * size, (page + 1) * size).slice(0, dials.shortPages ? -1 : undefined)
    const sections = query.getAll('section')
    return ok({ totalCount: all.length, results: shown.map((device) => deviceJson(device, sections)) })
  }

  function listCommands(query: URLSearchParams): Said {
    const filter = query.get('filter') ?? ''
    // Without a filter there is no list.
    if (filter === '')
      return complain(400, 'INVALID_FIELD', 'At least one filter field is required', 'filter')
    const wanted = Object.fromEntries(filter.split(';').map((each) => each.split('==') as [string, string]))
    const found = [...commands.values()]
      .filter(
        ({ uuid, device, type, sentAt }) =>
          sentAt + dials.behind <= now() &&
          (dials.ignoresFilters ||
            ((wanted['uuid'] ?? uuid) === uuid &&
              (wanted['clientManagementId'] ?? device.managementId) === device.managementId &&
              (wanted['command'] ?? type) === type)),
      )
      .toReversed()
    return ok({
      totalCount: found.length,
      results: found.slice(0, Number(query.get('page-size') ?? 100)).map((command) => ({
        uuid: command.uuid,
        dateSent: new Date(command.sentAt).toISOString(),
        dateCompleted: command.completedAt === undefined ? null : new Date(command.completedAt).toISOString(),
        client: { managementId: command.device.managementId, clientType: 'MOBILE_DEVICE' },
        commandState: command.state,
        commandType: command.type,
        ...(command.error === undefined ? {} : { commandError: command.error }),
      })),
    })
  }

  function queue(body: string): Said {
    const { clientData, commandData } = JSON.parse(body) as {
      clientData: { managementId: string }[]
      commandData: { commandType: string; esimServerUrl?: string }
    }
    const targets = [...devices.values()].filter(({ managementId }) =>
      clientData.some((each) => each.managementId === managementId),
    )
    if (targets.length === 0)
      return complain(400, 'INVALID_ID', 'No such client', 'clientData[0].managementId')
    if (commandData.esimServerUrl === undefined)
      return complain(400, 'REQUIRED', 'esimServerUrl is required', 'commandData.esimServerUrl')
    const queued = targets.map((device) => add(device, commandData.commandType, commandData.esimServerUrl))
    const said = queued.map(({ uuid }) => ({
      id: dials.ids === 'uuid' ? uuid : '1',
      href: `https://jamf.acme.example/api/v2/mdm/commands?filter=uuid==${uuid}`,
    }))
    return { status: 201, body: JSON.stringify(said) }
  }

  function add(device: FakeDevice, type: string, url = ''): FakeCommand {
    const command = { uuid: newUuid(), device, type, url, sentAt: now(), state: 'PENDING' }
    commands.set(command.uuid, command)
    device.queue.push(command.uuid)
    return command
  }

  function askInventory(id: number): Said {
    const device = devices.get(id)
    if (!privileges.has('Send Inventory Requests to Mobile Devices'))
      return { status: 401, body: '<html><p>The request requires user authentication</p></html>' }
    if (device === undefined) return { status: 404, body: '<html><p>Not Found</p></html>' }
    add(device, 'DEVICE_INFORMATION')
    const body = `<?xml version="1.0" encoding="UTF-8"?><mobile_device_command><uuid>1</uuid><command>UpdateInventory</command><mobile_devices><mobile_device><id>${id}</id><status>Command sent</status></mobile_device></mobile_devices></mobile_device_command>`
    return { status: 201, body }
  }

  /** A report of an install that reaches Jamf Pro, when it does. */
  function note(isInstall: boolean, write: () => void): void {
    if (!isInstall || dials.reports === 'shown' || dials.reports === 'twice') write()
    else if (dials.reports === 'held') held.push(write)
  }

  /** The device fetches what waits for it. */
  function checkIn(device: FakeDevice): void {
    if (!device.apple.online || !device.managed) return
    const offered = device.queue.splice(0)
    for (const [at, uuid] of offered.entries()) {
      const command = commands.get(uuid)
      if (command === undefined) continue
      const report = carryOut(device.apple, plist(command), now(), dials.carriers)
      if (report.status === 'NotNow') {
        command.state = 'NOT_NOW'
        device.queue.push(...offered.slice(at))
        return
      }
      if (command.type === 'DEVICE_INFORMATION') takeInventory(device)
      const completedAt = now()
      note(command.type === 'REFRESH_CELLULAR_PLANS', () => {
        command.completedAt = completedAt
        command.state = report.status === 'Acknowledged' ? 'ACKNOWLEDGED' : 'ERROR'
        const code = /<integer>(\d+)</.exec(report.xml)?.[1]
        if (code !== undefined)
          command.error = {
            errorCode: Number(code),
            errorDomain: 'MCCellularErrorDomain',
            errorLocalizedDescription: '',
            errorEnglishDescription: `Cellular error ${code}`,
          }
      })
    }
  }

  function takeInventory(device: FakeDevice): void {
    // By itself: what arrived is there.
    carryOut(device.apple, plist({ type: 'DEVICE_INFORMATION', uuid: '', url: '' }), now(), dials.carriers)
    device.inventoryAt = now()
    device.subscriptions = subscriptionsOf(device)
  }

  function record(request: IncomingMessage, body: string, said: Said): void {
    const type = request.headers['content-type']
    const isSignIn = request.url?.endsWith('/oauth/token') === true
    const head = [
      `${request.method} ${request.url}`,
      ...(isSignIn ? [] : ['Authorization: Bearer <access token>']),
      ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    ]
    const isJson = said.body.startsWith('{') || said.body.startsWith('[')
    const pretty = isJson ? JSON.stringify(JSON.parse(said.body), undefined, 2) : said.body
    recorded.push({
      request: `${head.join('\n')}\n${body === '' ? '' : `\n${body.replace(clientSecret, '<client secret>')}\n`}`,
      response: `HTTP ${said.status}\n\n${pretty.replaceAll(/token-\d+-x+/g, '<access token>')}\n`,
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
    clientId,
    clientSecret,
    dials,
    devices,
    commands,
    privileges,
    recorded,
    /** Method and path of every request, oldest first. */
    requests,
    /** The API client was changed: no token is good any more. */
    endTokens: () => tokens.clear(),
    addDevice(apple?: AppleDevice, deviceType?: string): FakeDevice {
      last += 1
      const device = fakeDevice(last, now(), apple, deviceType)
      devices.set(last, device)
      return device
    },
    /** An administrator sends the same by hand. */
    sendByHand: (device: FakeDevice, url: string) => add(device, 'REFRESH_CELLULAR_PLANS', url),
    checkIn,
    takeInventory,
    round(): void {
      for (const device of devices.values()) checkIn(device)
    },
    /** Reports that were held arrive. */
    release(): void {
      for (const write of held.splice(0)) write()
    },
    /** It is unmanaged in the console: what waits for it is flushed. */
    leave(device: FakeDevice): void {
      device.managed = false
      device.queue = []
    },
    /** It was wiped, and enrolled again: Jamf Pro keeps its record, and gives it another management id. */
    reenrol(device: FakeDevice): void {
      for (const uuid of device.queue.splice(0)) commands.delete(uuid)
      Object.assign(device, { managementId: randomUUID(), enrolledAt: now(), managed: true })
    },
    effects: (uuid: string) => commands.get(uuid)?.device.apple.effects.get(uuid) ?? 0,
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

function plist({ uuid, type, url }: Pick<FakeCommand, 'uuid' | 'type' | 'url'>): string {
  const isRefresh = type === 'REFRESH_CELLULAR_PLANS'
  const what = isRefresh
    ? `<key>RequestType</key><string>RefreshCellularPlans</string><key>eSIMServerURL</key><string>${url}</string>`
    : '<key>RequestType</key><string>DeviceInformation</string>'
  return `<plist><dict><key>Command</key><dict>${what}</dict><key>CommandUUID</key><string>${uuid}</string></dict></plist>`
}

function ok(body: object): Said {
  return { status: 200, body: JSON.stringify(body) }
}

function forbidden(): Said {
  return complain(403, 'INVALID_PRIVILEGE', 'Forbidden')
}

/** A complaint as Jamf Pro words it. */
export function complain(
  status: number,
  code: string,
  description: string,
  field: string | null = null,
): Said {
  const errors = [{ code, description, id: '0', field }]
  return { status, body: JSON.stringify({ httpStatus: status, traceId: 'a1b2c3d4e5f60718', errors }) }
}
