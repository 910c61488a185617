import { randomBytes, randomUUID } from 'node:crypto'

/** One thing that really happened on a device. */
export type Happened = {
  readonly what: 'install' | 'update' | 'uninstall' | 'reset' | 'retire'
  readonly where: string
}

type Action = {
  actionName: string
  actionState: string
  startDateTime: string
  lastUpdatedDateTime: string
  carrierUrl?: string
}
type Server = { autoEnable: boolean; discovery: boolean; state: number }
type Run = { policyId: string; lastStateUpdateDateTime: string; [key: string]: unknown }

/** A device as it is, and what Intune has of it. Written from the references; shares nothing with the driver. */
export type FakeDevice = {
  readonly id: string
  readonly entraDeviceId: string
  readonly entraObjectId: string
  readonly os: string
  osVersion: string
  readonly serial: string
  readonly eid: string
  online: boolean
  lastSync: number
  enrolled: number
  managementState: string
  actions: Action[]
  owner: string
  enrolment: string
  /** Nothing reaches it any more. */
  gone: boolean
  readonly servers: Map<string, Server>
  profiles: { iccid: string; server: string; enabled: boolean }[]
  /** Policies that it took, with what they set. */
  readonly applied: Map<string, ReadonlyMap<string, boolean>>
  /** What it reported of each. */
  readonly states: Map<string, string>
  iccid: string
  readonly marks: Set<string>
  readonly runs: Map<string, Run>
  queued: string[]
  readonly happened: Happened[]
  status: number
  /** How it goes wrong. */
  keepsNodes: boolean
  refusesPolicies: boolean
  silentScripts: boolean
}

let made = 0

export function makeDevice(
  os: 'Windows' | 'iOS',
  now: number,
  overrides: Partial<FakeDevice> = {},
): FakeDevice {
  made += 1
  return {
    id: randomUUID(),
    entraDeviceId: randomUUID(),
    entraObjectId: randomUUID(),
    os,
    osVersion: os === 'Windows' ? '10.0.22631.4317' : '18.1',
    serial: `SN${String(made).padStart(6, '0')}`,
    eid: `8904903200000000${String(made).padStart(16, '0')}`,
    online: true,
    lastSync: now,
    enrolled: now - 86_400_000,
    managementState: 'managed',
    actions: [],
    owner: 'company',
    enrolment: os === 'Windows' ? 'windowsAzureADJoin' : 'appleBulkWithoutUser',
    gone: false,
    servers: new Map(),
    profiles: [],
    applied: new Map(),
    states: new Map(),
    iccid: '',
    marks: new Set(),
    runs: new Map(),
    queued: [],
    happened: [],
    status: 0,
    keepsNodes: false,
    refusesPolicies: false,
    silentScripts: false,
    ...overrides,
  }
}

let iccids = 0

export function newIccid(): string {
  iccids += 1
  return `893315${randomBytes(3).readUIntBE(0, 3).toString().padStart(8, '0')}${String(iccids).padStart(5, '0')}`
}

/** A download server that the device asks: empty ones have nothing bound to it. */
export type Carriers = { readonly empty: Set<string> }

/** What the policies that are assigned to a device make of it, when it checks in. */
export function applyPolicies(
  device: FakeDevice,
  wanted: ReadonlyMap<string, ReadonlyMap<string, boolean>>,
  carriers: Carriers,
): void {
  for (const [id, settings] of device.applied) {
    if (wanted.has(id)) continue
    device.applied.delete(id)
    device.states.delete(id)
    for (const server of serversOf(settings)) {
      const isWanted = [...wanted.values()].some((each) => serversOf(each).has(server))
      if (isWanted || device.keepsNodes || !device.servers.has(server)) continue
      device.servers.delete(server)
      device.happened.push({ what: 'uninstall', where: server })
    }
  }
  for (const [id, settings] of wanted) {
    if (conflicts(settings, wanted)) {
      device.states.set(id, 'conflict')
      continue
    }
    if (device.refusesPolicies) {
      device.states.set(id, 'error')
      continue
    }
    device.applied.set(id, settings)
    device.states.set(id, 'compliant')
    for (const server of serversOf(settings)) configure(device, server, settings, carriers)
  }
}

function configure(
  device: FakeDevice,
  server: string,
  settings: ReadonlyMap<string, boolean>,
  carriers: Carriers,
): void {
  const value = (leaf: string): boolean =>
    [...settings].find(([uri]) => uri.endsWith(`/DownloadServers/${server}/${leaf}`))?.[1] ?? false
  const flags = { autoEnable: value('AutoEnable'), discovery: value('IsDiscoveryServer') }
  const known = device.servers.get(server)
  if (known !== undefined) {
    if (known.autoEnable === flags.autoEnable && known.discovery === flags.discovery) return
    Object.assign(known, flags)
    device.happened.push({ what: 'update', where: server })
    return
  }
  // Creating the node is what makes the device ask; of several servers only the first counts.
  const isFirst = device.servers.size === 0
  const holds = device.profiles.some((each) => each.server === server)
  const comes = isFirst && !flags.discovery && !holds && !carriers.empty.has(server)
  const asked = comes ? 3 : 4
  device.servers.set(server, { ...flags, state: isFirst && !flags.discovery ? asked : 1 })
  if (!comes) return
  device.profiles.push({ iccid: newIccid(), server, enabled: flags.autoEnable })
  device.happened.push({ what: 'install', where: server })
}

function serversOf(settings: ReadonlyMap<string, boolean>): ReadonlySet<string> {
  return new Set(
    [...settings.keys()].flatMap(
      (uri) => /^\.\/Device\/Vendor\/MSFT\/eUICCs\/Default\/DownloadServers\/([^/]+)\//.exec(uri)?.[1] ?? [],
    ),
  )
}

function conflicts(
  settings: ReadonlyMap<string, boolean>,
  wanted: ReadonlyMap<string, ReadonlyMap<string, boolean>>,
): boolean {
  return [...settings].some(([uri, value]) =>
    [...wanted.values()].some((other) => other.has(uri) && other.get(uri) !== value),
  )
}

/** Runs a script as the device would: what it does is known by its text. */
export function runScript(device: FakeDevice, policyId: string, detection: string, at: string): void {
  const run: Run = {
    id: `${policyId}:${device.id}`,
    policyId,
    deviceId: device.id,
    detectionState: 'success',
    lastStateUpdateDateTime: at,
    remediationState: 'skipped',
  }
  const order = /^\$order = '([^']+)'$/m.exec(detection)?.[1]
  const eid = /^\$eid = '([^']+)'$/m.exec(detection)?.[1]
  if (order === undefined) run['preRemediationDetectionScriptOutput'] = `${inventory(device)}\r\n`
  else if (device.marks.has(order)) run['preRemediationDetectionScriptOutput'] = resetAnswer(order, true, 0)
  else if (Date.parse(at) > Date.parse(/Parse\('([^']+)'\)/.exec(detection)?.[1] ?? ''))
    run['preRemediationDetectionScriptOutput'] = JSON.stringify({ order, marked: false, refused: 'too-late' })
  else if (eid !== device.eid)
    run['preRemediationDetectionScriptOutput'] = JSON.stringify({
      order,
      marked: false,
      refused: 'no-such-euicc',
    })
  else {
    run['preRemediationDetectionScriptOutput'] = JSON.stringify({ order, marked: false })
    device.marks.add(order)
    device.profiles = []
    device.status = 0
    device.happened.push({ what: 'reset', where: eid })
    run.remediationState = 'success'
    run['postRemediationDetectionScriptOutput'] = resetAnswer(order, true, 0)
  }
  device.runs.set(policyId, run)
}

function resetAnswer(order: string, marked: boolean, returned: number): string {
  return JSON.stringify({ order, marked, returned })
}

function inventory(device: FakeDevice): string {
  const servers = [...device.servers].map(([n, { state: s, autoEnable: a }]) => ({ n, s, a, d: null }))
  const profiles = device.profiles.map(({ iccid: n, server: f, enabled: a }) => ({ n, f, s: 2, a, e: 0 }))
  const isEmpty = device.profiles.length === 0
  const chip = { n: device.eid, i: device.eid, a: true, p: isEmpty, q: false, s: device.status }
  return JSON.stringify({ v: 1, p: [{ ...chip, d: servers, f: profiles }] })
}
