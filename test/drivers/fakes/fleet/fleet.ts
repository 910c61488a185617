import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { AppleDevice } from '../apple-device.ts'
import { misbehave } from '../faults.ts'
import { openControls } from './controls.ts'
import { appleHost, hostJson, macHost, windowsHost, type FakeHost } from './hosts.ts'
import { isOn, reconcileProfiles } from './profiles.ts'
import { openQueue } from './queue.ts'
import { openReenrolment } from './reenrolment.ts'
import { complain, missing, ok, openState, type FakeFleetOptions, type Said } from './state.ts'

/** One thing on the wire, for recorded exchanges. */
export type Exchange = { readonly request: string; readonly response: string }

/** A Fleet on the loopback with devices behind it, written from Fleet's REST API reference and its issues. */
export type FakeFleet = Awaited<ReturnType<typeof openFakeFleet>>

const BASE = '/api/v1/fleet'
const SERVERS = ['smdp.conform.example', 'smdp.acme.example', 'smdp.neo.example']

export async function openFakeFleet(options: FakeFleetOptions) {
  const state = openState(options)
  const { now, token, version, tier, teamKey, hosts, labels, profiles, commands, operators, dials } = state
  const controls = openControls(state)
  const queue = openQueue(state)
  const again = openReenrolment(state)
  const recorded: Exchange[] = []
  const requests: string[] = []
  const sockets = new Set<Socket>()
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
    if (request.headers.authorization !== `Bearer ${token}`)
      return complain(401, 'Authentication required', 'Authentication required')
    const url = new URL(request.url ?? '', 'http://fake')
    if (!url.pathname.startsWith(`${BASE}/`)) return { status: 404, body: '404 page not found\n' }
    const path = url.pathname.slice(BASE.length)
    const key = `${request.method} ${path.replaceAll(/\/(\d+|w[0-9a-f-]{36})(?=\/|$)/g, '/:')}`
    const number = Number(/\/hosts\/(\d+)/.exec(path)?.[1] ?? 0)
    const host = hosts.get(number)
    const query = url.searchParams
    switch (key) {
      case 'GET /version':
        return ok({ version, branch: '', revision: '9b0f2c1', go_version: 'go1.26.1' })
      case 'GET /config':
        return ok({ license: { tier, organization: 'Acme' }, server_settings: {} })
      case 'GET /hosts':
        return ok({ hosts: paged([...hosts.values()], query).map((each) => hostJson(each, false, teamKey)) })
      case 'GET /hosts/count':
        return ok({ count: hosts.size })
      case 'POST /labels':
        return controls.createLabel(JSON.parse(body) as { name: string; host_ids: number[] })
      case 'GET /configuration_profiles':
        return controls.listProfiles(query)
      case 'POST /configuration_profiles':
        return controls.addProfile(body)
      case 'POST /commands/run':
        return queue.run(JSON.parse(body) as { command: string; host_uuids: string[] })
      case 'GET /commands/results':
        return queue.results(query.get('command_uuid') ?? '')
      case 'POST /hosts/delete':
        return deleteHosts(JSON.parse(body) as { ids?: number[]; filters?: object })
    }
    if (key === 'DELETE /configuration_profiles/:')
      return controls.deleteProfile(path.split('/').at(-1) ?? '')
    if (!path.startsWith('/hosts/')) return missing()
    if (host === undefined) return missing()
    switch (key) {
      case 'GET /hosts/:':
        return ok({ host: hostJson(host, true, teamKey) })
      case 'POST /hosts/:/labels':
        return controls.changeLabels(host, body, 'add')
      case 'DELETE /hosts/:/labels':
        return controls.changeLabels(host, body, 'delete')
      case 'DELETE /hosts/:/mdm':
        return turnOff(host)
      case 'DELETE /hosts/:':
        hosts.delete(host.id)
        return ok({})
      case 'POST /hosts/:/query':
        return controls.liveQuery(host, (JSON.parse(body) as { query: string }).query)
    }
    return missing()
  }

  function paged(all: readonly FakeHost[], query: URLSearchParams): readonly FakeHost[] {
    const [page, size] = [Number(query.get('page') ?? 0), Number(query.get('per_page') ?? 100)]
    const sorted = all.toSorted((a, b) => a.id - b.id)
    return sorted.slice(page * size, (page + 1) * size)
  }

  function deleteHosts({ ids, filters }: { ids?: number[]; filters?: object }): Said {
    if (filters !== undefined && Object.keys(filters).length === 0) hosts.clear()
    for (const id of ids ?? []) hosts.delete(id)
    return ok({})
  }

  function turnOff(host: FakeHost): Said {
    if (host.windows !== undefined)
      return complain(
        400,
        'Bad request',
        "Couldn't turn off MDM. This command isn't available for Windows hosts.",
      )
    if (!isOn(host)) return complain(409, 'Conflict', 'MDM is already off for this host.')
    host.queue.push('turn-off')
    return { status: 204, body: '' }
  }

  function record(request: IncomingMessage, body: string, said: Said): void {
    const type = request.headers['content-type']
    const head = [
      `${request.method} ${request.url}`,
      'Authorization: Bearer <API token>',
      ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    ]
    const pretty = said.body === '' ? '' : `\n\n${JSON.stringify(JSON.parse(said.body), undefined, 2)}`
    recorded.push({
      request: `${head.join('\n')}\n${body === '' ? '' : `\n${body.trim()}\n`}`,
      response: `HTTP ${said.status}${pretty}\n`,
    })
  }

  function add(make: (id: number) => FakeHost): FakeHost {
    last += 1
    const host = make(last)
    hosts.set(last, host)
    return host
  }

  const fake = {
    address: `http://127.0.0.1:${port}`,
    token,
    dials,
    hosts,
    labels,
    profiles,
    operators,
    recorded,
    /** Method and path of every request, oldest first. */
    requests,
    addApple: (device?: AppleDevice) => add((id) => appleHost(id, now(), device)),
    addWindows: () => add((id) => windowsHost(id, now(), operators, SERVERS)),
    addMac: () => add((id) => macHost(id, now())),
    command: (uuid: string) => commands.get(uuid),
    reconcile: () => reconcileProfiles(hosts.values(), profiles),
    checkIn: queue.checkIn,
    /** Fleet's round, and every device that is on checks in. */
    round(): void {
      fake.reconcile()
      for (const host of hosts.values()) queue.checkIn(host)
    },
    /** Reports that were held arrive. */
    release: queue.release,
    leave: queue.leave,
    erase: again.erase,
    wipe: again.wipe,
    reenrol: again.reenrol,
    enrolAnew: (former: FakeHost) => again.enrolAnew(former, add),
    /** How often a command of `commands/run` took effect on its device. */
    effects(uuid: string): number {
      const command = commands.get(uuid)
      if (command === undefined) return 0
      if (command.host.apple !== undefined) return command.host.apple.effects.get(uuid) ?? 0
      return command.results.some(({ status }) => Number(status) < 300) ? 1 : 0
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

  async function close(): Promise<void> {
    const closed = server.listening ? once(server, 'close') : undefined
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }

  return fake
}
