import { constants, createHash, verify, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { misbehave, type Fault } from '../faults.ts'
import { deviceJson, listedJson } from './json.ts'
import { addAction, makeTenant, type Policy, type Tenant } from './tenant.ts'

type Json = Record<string, unknown>
type Reply = { readonly status: number; readonly body: unknown }

const ALL_ROLES: readonly string[] = [
  'DeviceManagementManagedDevices.Read.All',
  'DeviceManagementManagedDevices.PrivilegedOperations.All',
  'DeviceManagementManagedDevices.ReadWrite.All',
  'DeviceManagementConfiguration.ReadWrite.All',
  'DeviceManagementScripts.ReadWrite.All',
  'GroupMember.ReadWrite.All',
  'Device.ReadWrite.All',
  'Group.Create',
]

/** One thing on the wire, for recorded exchanges. */
export type Recorded = { readonly request: string; readonly response: string }

/** A Microsoft Graph on the loopback with a tenant behind it, written from its documentation. */
export type FakeGraph = Awaited<ReturnType<typeof openFakeGraph>>

export async function openFakeGraph(now: () => number) {
  const tenant = makeTenant(now)
  const recorded: Recorded[] = []
  const calls: string[] = []
  const sockets = new Set<Socket>()
  const tokens = new Set<string>()
  const dials = {
    fault: (_path: string): Fault | undefined => undefined,
    /** Of the requests of a batch. */
    innerThrottled: (_url: string): boolean => false,
    /** Answers instead. */
    answer: (_method: string, _path: string): Reply | undefined => undefined,
    secret: 'client-secret-value',
    /** PEM of the certificate that the application is known by. */
    certificate: undefined as string | undefined,
    expiresIn: 3599,
    roles: ALL_ROLES,
    /** Tokens that nobody but Graph can read. */
    opaque: false,
    pageSize: 1_000,
    recording: false,
    /** nextLink of lists, when it lies. */
    nextLink: undefined as string | undefined,
  }
  let issued = 0
  let server: Server = createServer(serve)
  await listen(0)
  const { port } = server.address() as AddressInfo
  const address = `http://127.0.0.1:${port}`

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
      response.setHeader('date', new Date(now()).toUTCString())
      const path = decodeURIComponent(request.url ?? '')
      misbehave(dials.fault(path), request, response, () => {
        calls.push(`${request.method} ${path}`)
        const reply = dials.answer(request.method ?? '', path) ?? answerTo(request, path, body)
        const text = reply.body === undefined ? '' : JSON.stringify(reply.body)
        if (dials.recording) record(request, path, body, reply.status, text)
        return { status: reply.status, body: text }
      })
    })
  }

  function answerTo(request: IncomingMessage, path: string, body: string): Reply {
    if (path.startsWith('/login/')) return signIn(path, new URLSearchParams(body))
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
    if (!tokens.has(token)) return trouble(401, 'InvalidAuthenticationToken', 'Access token has expired.')
    const json = body === '' ? {} : (JSON.parse(body) as Json)
    const [, version = '', rest = ''] = /^\/(v1\.0|beta)(\/.*)$/.exec(path) ?? []
    if (rest === '/$batch') return batch(version, json)
    return route(request.method ?? 'GET', version, rest, json)
  }

  function signIn(path: string, form: URLSearchParams): Reply {
    if (!/^\/login\/[^/]+\/oauth2\/v2\.0\/token$/.test(path)) return { status: 404, body: {} }
    const isSecret = form.has('client_secret') && form.get('client_secret') === dials.secret
    if (!isSecret && !(dials.certificate !== undefined && isAsserted(form, dials.certificate)))
      return {
        status: 401,
        body: {
          error: 'invalid_client',
          error_description: `AADSTS7000215: Invalid client secret provided for app '${form.get('client_id')}'.`,
        },
      }
    issued += 1
    const claims = Buffer.from(JSON.stringify({ roles: dials.roles })).toString('base64url')
    const token = dials.opaque ? `opaque-token-${issued}` : `token-${issued}.${claims}.signature`
    tokens.add(token)
    return { status: 200, body: { token_type: 'Bearer', expires_in: dials.expiresIn, access_token: token } }
  }

  /** Each request alone, answered in another order than asked. */
  function batch(version: string, json: Json): Reply {
    const requests = json['requests'] as { id: string; method: string; url: string }[]
    if (requests.length > 20) return trouble(400, 'BadRequest', 'Number of batch request steps exceeds 20.')
    const responses = requests.map(({ id, method, url }) => {
      if (dials.innerThrottled(url))
        return {
          id,
          status: 429,
          headers: { 'Retry-After': '10' },
          body: trouble(429, 'TooManyRequests', '').body,
        }
      const { status, body } = route(method, version, decodeURIComponent(url), {})
      return { id, status, headers: { 'Content-Type': 'application/json' }, body }
    })
    return { status: 200, body: { responses: responses.reverse() } }
  }

  function route(method: string, version: string, path: string, json: Json): Reply {
    const [bare = '', query = ''] = path.split('?')
    for (const [verb, pattern, handle] of routes) {
      const match = verb === method ? pattern.exec(`/${version}${bare}`) : null
      if (match !== null) return handle(match.slice(1), new URLSearchParams(query), json)
    }
    return trouble(400, 'BadRequest', `Resource not found for the segment '${bare}'.`)
  }

  function page(name: string, items: readonly unknown[], query: URLSearchParams, path: string): Reply {
    const from = Number(query.get('$skiptoken') ?? 0)
    const size = Math.min(Number(query.get('$top') ?? 100), dials.pageSize)
    const rest = new URLSearchParams(query)
    rest.set('$skiptoken', String(from + size))
    const next = dials.nextLink ?? `${address}${path}?${rest.toString()}`
    const isMore = from + size < items.length
    return {
      status: 200,
      body: {
        '@odata.context': `${address}/$metadata#${name}`,
        value: items.slice(from, from + size),
        ...(isMore ? { '@odata.nextLink': next } : {}),
      },
    }
  }

  const DEVICES = '/deviceManagement/managedDevices'
  const routes: [string, RegExp, (ids: string[], query: URLSearchParams, json: Json) => Reply][] = [
    ['GET', new RegExp(`^/(beta|v1\\.0)${DEVICES}$`), ([version = ''], query) => listDevices(version, query)],
    [
      'GET',
      new RegExp(`^/(beta|v1\\.0)${DEVICES}/([^/]+)$`),
      ([version = '', id = ''], query) =>
        withDevice(tenant, id, (device) => ({ status: 200, body: deviceJson(device, version, query) })),
    ],
    [
      'DELETE',
      new RegExp(`^/v1\\.0${DEVICES}/([^/]+)$`),
      ([id = '']) =>
        withDevice(tenant, id, (device) => {
          tenant.devices.delete(id)
          // Deleting retires: nothing reaches it any more.
          device.gone = true
          device.happened.push({ what: 'retire', where: id })
          return { status: 204, body: undefined }
        }),
    ],
    [
      'POST',
      new RegExp(`^/v1\\.0${DEVICES}/([^/]+)/retire$`),
      ([id = '']) =>
        withDevice(tenant, id, (device) => {
          tenant.retire(device)
          return { status: 204, body: undefined }
        }),
    ],
    [
      'POST',
      new RegExp(`^/v1\\.0${DEVICES}/([^/]+)/syncDevice$`),
      ([id = '']) => withDevice(tenant, id, () => ({ status: 204, body: undefined })),
    ],
    [
      'POST',
      new RegExp(`^/beta${DEVICES}/([^/]+)/activateDeviceEsim$`),
      ([id = ''], _query, json) =>
        withDevice(tenant, id, (device) => {
          if (device.os !== 'iOS') return trouble(400, 'BadRequest', 'Not supported for this platform.')
          addAction(device, 'activateDeviceEsim', tenant.stamp()).carrierUrl = String(json['carrierUrl'])
          return { status: 204, body: undefined }
        }),
    ],
    [
      'POST',
      new RegExp(`^/beta${DEVICES}/([^/]+)/initiateOnDemandProactiveRemediation$`),
      ([id = ''], _query, json) =>
        withDevice(tenant, id, (device) => {
          device.queued.push(String(json['scriptPolicyId']))
          return { status: 204, body: undefined }
        }),
    ],
    [
      'GET',
      new RegExp(`^/beta${DEVICES}/([^/]+)/deviceHealthScriptStates$`),
      ([id = ''], query) =>
        withDevice(tenant, id, (device) =>
          page('states', [...device.runs.values()], query, `/beta${DEVICES}/${id}/deviceHealthScriptStates`),
        ),
    ],
    [
      'GET',
      new RegExp(`^/v1\\.0${DEVICES}/([^/]+)/deviceConfigurationStates$`),
      ([id = ''], query) =>
        withDevice(tenant, id, (device) => {
          const states = [...device.states].map(([policy, state]) => ({
            id: `${policy}_${id}`,
            displayName: tenant.policies.get(policy)?.displayName,
            state,
          }))
          return page('states', states, query, `/v1.0${DEVICES}/${id}/deviceConfigurationStates`)
        }),
    ],
    [
      'GET',
      /^\/v1\.0\/deviceManagement\/deviceConfigurations$/,
      (_ids, query) =>
        page(
          'configurations',
          [...tenant.policies.values()],
          query,
          '/v1.0/deviceManagement/deviceConfigurations',
        ),
    ],
    [
      'POST',
      /^\/v1\.0\/deviceManagement\/deviceConfigurations$/,
      (_ids, _query, json) => {
        const id = tenant.newId()
        const policy = { ...json, id, createdDateTime: tenant.stamp(), groups: [] } as never
        tenant.policies.set(id, policy)
        return { status: 201, body: { ...json, id } }
      },
    ],
    [
      'GET',
      /^\/v1\.0\/deviceManagement\/deviceConfigurations\/([^/]+)$/,
      ([id = '']) => found(policyJson(tenant.policies.get(id))),
    ],
    [
      'GET',
      /^\/v1\.0\/deviceManagement\/deviceConfigurations\/([^/]+)\/assignments$/,
      ([id = '']) => {
        const policy = tenant.policies.get(id)
        if (policy === undefined) return found(undefined)
        const value = policy.groups.map((groupId) => ({
          id: `${id}_${groupId}`,
          target: { '@odata.type': '#microsoft.graph.groupAssignmentTarget', groupId },
        }))
        return { status: 200, body: { value } }
      },
    ],
    [
      'POST',
      /^\/v1\.0\/deviceManagement\/deviceConfigurations\/([^/]+)\/assign$/,
      ([id = ''], _query, json) => {
        const policy = tenant.policies.get(id)
        if (policy === undefined) return found(undefined)
        // The whole list is replaced.
        policy.groups = (json['assignments'] as { target: { groupId: string } }[]).map(
          ({ target }) => target.groupId,
        )
        return { status: 200, body: { value: json['assignments'] } }
      },
    ],
    [
      'GET',
      /^\/v1\.0\/groups$/,
      (_ids, query) => {
        const [, key = '', value = ''] = /^(displayName|id) eq '(.*)'$/.exec(query.get('$filter') ?? '') ?? []
        const groups = [...tenant.groups.values()].filter(
          (each) => each[key as 'id'] === value.replaceAll("''", "'"),
        )
        return page(
          'groups',
          groups.map(({ members: _members, ...rest }) => rest),
          query,
          '/v1.0/groups',
        )
      },
    ],
    [
      'POST',
      /^\/v1\.0\/groups$/,
      (_ids, _query, json) => {
        if (
          json['securityEnabled'] !== true ||
          json['mailEnabled'] !== false ||
          !/^[\w-]{1,64}$/.test(String(json['mailNickname']))
        )
          return trouble(400, 'Request_BadRequest', 'Invalid value specified for property of resource Group.')
        const id = tenant.newId()
        tenant.groups.set(id, {
          id,
          displayName: String(json['displayName']),
          createdDateTime: tenant.stamp(),
          members: new Set(),
        })
        return { status: 201, body: { id, displayName: json['displayName'] } }
      },
    ],
    [
      'GET',
      /^\/v1\.0\/groups\/([^/]+)$/,
      ([id = '']) => {
        const group = tenant.groups.get(id)
        return group === undefined ? found(undefined) : { status: 200, body: { id } }
      },
    ],
    [
      'GET',
      /^\/v1\.0\/groups\/([^/]+)\/(?:members|transitiveMembers)\/microsoft\.graph\.device$/,
      ([id = ''], query) => {
        const group = tenant.groups.get(id)
        if (group === undefined) return found(undefined)
        const members = [...tenant.devices.values()]
          .filter((each) => group.members.has(each.entraObjectId))
          .map(({ entraObjectId, entraDeviceId }) => ({ id: entraObjectId, deviceId: entraDeviceId }))
        return page('devices', members, query, `/v1.0/groups/${id}/members/microsoft.graph.device`)
      },
    ],
    [
      'POST',
      /^\/v1\.0\/groups\/([^/]+)\/members\/\$ref$/,
      ([id = ''], _query, json) => {
        const group = tenant.groups.get(id)
        const object = String(json['@odata.id']).split('/').at(-1) ?? ''
        if (group === undefined || !tenant.entra.has(object))
          return trouble(404, 'Request_ResourceNotFound', `Resource '${object}' does not exist.`)
        if (group.members.has(object))
          return trouble(
            400,
            'Request_BadRequest',
            "One or more added object references already exist for the following modified properties: 'members'.",
          )
        group.members.add(object)
        return { status: 204, body: undefined }
      },
    ],
    [
      'DELETE',
      /^\/v1\.0\/groups\/([^/]+)\/members\/([^/]+)\/\$ref$/,
      ([id = '', object = '']) => {
        const isMember = tenant.groups.get(id)?.members.delete(object) === true
        return isMember
          ? { status: 204, body: undefined }
          : trouble(404, 'Request_ResourceNotFound', 'Not a member.')
      },
    ],
    // Without $ref the object itself is deleted.
    [
      'DELETE',
      /^\/v1\.0\/groups\/([^/]+)\/members\/([^/]+)$/,
      ([, object = '']) => {
        tenant.entra.delete(object)
        return { status: 204, body: undefined }
      },
    ],
    [
      'GET',
      /^\/v1\.0\/devices\(deviceId='([^']+)'\)$/,
      ([id = '']) => {
        const device = [...tenant.devices.values()].find((each) => each.entraDeviceId === id)
        return device === undefined || !tenant.entra.has(device.entraObjectId)
          ? found(undefined)
          : { status: 200, body: { id: device.entraObjectId } }
      },
    ],
    [
      'GET',
      /^\/beta\/deviceManagement\/deviceHealthScripts$/,
      (_ids, query) =>
        page(
          'scripts',
          [...tenant.scripts.values()].map(({ id, displayName }) => ({ id, displayName })),
          query,
          '/beta/deviceManagement/deviceHealthScripts',
        ),
    ],
    [
      'POST',
      /^\/beta\/deviceManagement\/deviceHealthScripts$/,
      (_ids, _query, json) => {
        if (json['runAsAccount'] !== 'system')
          return trouble(400, 'BadRequest', 'The bridge is for the system alone.')
        const id = tenant.newId()
        tenant.scripts.set(id, { ...json, id } as never)
        return { status: 201, body: { id, displayName: json['displayName'] } }
      },
    ],
    [
      'GET',
      /^\/beta\/deviceManagement\/deviceHealthScripts\/([^/]+)$/,
      ([id = '']) => found(tenant.scripts.get(id)),
    ],
    [
      'DELETE',
      /^\/beta\/deviceManagement\/deviceHealthScripts\/([^/]+)$/,
      ([id = '']) => {
        tenant.scripts.delete(id)
        return { status: 204, body: undefined }
      },
    ],
  ]

  function listDevices(version: string, query: URLSearchParams): Reply {
    const [, since] = /^lastSyncDateTime gt (\S+)$/.exec(query.get('$filter') ?? '') ?? []
    const devices = [...tenant.devices.values()]
      .filter((each) => since === undefined || each.lastSync > Date.parse(since))
      .map((each) => listedJson(each, version))
    return page('managedDevices', devices, query, `/${version}${DEVICES}`)
  }

  function record(request: IncomingMessage, path: string, body: string, status: number, text: string): void {
    const { authorization, 'content-type': type } = request.headers
    const head = [
      `${request.method} ${path}`,
      ...(authorization === undefined ? [] : ['Authorization: Bearer <token>']),
      ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    ]
    recorded.push({
      request: `${head.join('\n')}\n${body === '' ? '' : `\n${body}`}`,
      response: `HTTP ${status}\n${text === '' ? '' : `\n${text}`}`,
    })
  }

  return {
    address,
    authority: `${address}/login`,
    tenant,
    dials,
    recorded,
    calls,
    /** Takes every token back. */
    revoke: (): void => tokens.clear(),
    tokensIssued: (): number => issued,
    async reachable(is: boolean): Promise<void> {
      if (is === server.listening) return
      if (is) {
        server = createServer(serve)
        await listen(port)
        return
      }
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
    async [Symbol.asyncDispose](): Promise<void> {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function withDevice(
  tenant: Tenant,
  id: string,
  work: (device: NonNullable<ReturnType<Tenant['devices']['get']>>) => Reply,
): Reply {
  const device = tenant.devices.get(id)
  return device === undefined ? found(undefined) : work(device)
}

function found(thing: unknown): Reply {
  return thing === undefined
    ? trouble(404, 'ResourceNotFound', 'The resource is not found.')
    : { status: 200, body: thing }
}

/** An assertion as Entra takes it, by its documentation. */
function isAsserted(form: URLSearchParams, pem: string): boolean {
  const [head = '', claims = '', signature = ''] = (form.get('client_assertion') ?? '').split('.')
  const certificate = new X509Certificate(pem)
  const isSigned = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    { key: certificate.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
    Buffer.from(signature, 'base64url'),
  )
  const [{ alg, typ, ...rest }, { aud, iss, sub, nbf, exp }] = [head, claims].map(
    (part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, string & number>,
  ) as [Record<string, string>, Record<string, string & number>]
  const thumbprint = createHash('sha256').update(certificate.raw).digest('base64url')
  return (
    isSigned &&
    form.get('client_assertion_type') === 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' &&
    alg === 'PS256' &&
    typ === 'JWT' &&
    rest['x5t#S256'] === thumbprint &&
    String(aud).endsWith('/oauth2/v2.0/token') &&
    iss === form.get('client_id') &&
    sub === iss &&
    Number(exp) - Number(nbf) <= 600
  )
}

/** Without what is kept for ourselves. */
function policyJson(policy: Policy | undefined): Json | undefined {
  if (policy === undefined) return undefined
  const { groups: _groups, ...rest } = policy
  return rest
}

function trouble(status: number, code: string, message: string): Reply {
  return { status, body: { error: { code, message } } }
}
