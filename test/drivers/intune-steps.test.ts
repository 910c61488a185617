import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { recordKey } from '../../src/domain/device.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import {
  ACME,
  CARRIER,
  installOn,
  intune,
  order,
  readDevice,
  shown,
  type IntuneWorld,
} from './fakes/intune/world.ts'
import type { FakeDevice } from './fakes/intune/device.ts'

const NEO = { ...ACME, serverName: 'smdp.neo.example' }

/** A device that has the configuration and its eSIM. */
async function provisioned(world: IntuneWorld, overrides: Partial<FakeDevice> = {}): Promise<FakeDevice> {
  const device = world.driver.capabilities.windows.steps.includes('reset')
    ? await readDevice(world, overrides)
    : world.enrol('Windows', overrides)
  const install = installOn(device)
  expect(await world.driver.submit(install)).toEqual({ kind: 'accepted' })
  await world.live()
  expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
  device.happened.splice(0)
  return device
}

function uninstall(device: FakeDevice, spec = ACME) {
  return order(device, 'uninstall', { configuration: 'acme', spec })
}

describe('an install on Windows', () => {
  it('makes one configuration and one group for each server and flags, and puts devices into the group', async () => {
    const world = await intune()
    const devices = [await readDevice(world), await readDevice(world), await readDevice(world)]
    await Promise.all(devices.map((device) => world.driver.submit(installOn(device))))
    const { policies, groups } = world.graph.tenant
    const [policy] = policies.values()
    const [group] = groups.values()
    expect([policies.size, groups.size]).toEqual([1, 1])
    expect(policy?.groups).toEqual([group?.id])
    // Members are object ids; Intune shows deviceIds.
    expect([...(group?.members ?? [])].sort()).toEqual(devices.map((each) => each.entraObjectId).sort())
  })

  it('is proven by what the device shows, never by "compliant"', async () => {
    const world = await intune()
    const device = await readDevice(world)
    world.graph.tenant.carriers.empty.add('smdp.acme.example')
    const install = installOn(device)
    await world.driver.submit(install)
    await world.live()
    expect([...device.states.values()]).toEqual(['compliant'])
    expect(await world.driver.outcome(install)).toMatchObject({
      kind: 'failed',
      code: 'discovery-failed',
      permanent: false,
    })
    expect((await shown(world, device)).esims).toEqual([])
  })

  it('counts a state only of a check-in after it was told', async () => {
    const world = await intune()
    const device = await readDevice(world)
    const install = installOn(device)
    await world.driver.submit(install)
    const [policy] = world.graph.tenant.policies.keys()
    device.states.set(policy ?? '', 'compliant')
    await world.clock.advance(MINUTE)
    expect(await world.driver.outcome(install)).toEqual({ kind: 'pending' })
  })

  it('is refused over a configuration of another server, for Intune honours one', async () => {
    const world = await intune()
    const device = await provisioned(world)
    expect(await world.driver.submit(installOn(device, NEO, 'neo'))).toMatchObject({
      kind: 'refused',
      code: 'one-server-per-device',
      message: expect.stringContaining('acme'),
    })
    await world.live()
    expect(device.happened).toEqual([])
  })

  it('is refused over a server that somebody else put there', async () => {
    const world = await intune()
    const device = await readDevice(world, {
      servers: new Map([['smdp.other.example', { autoEnable: true, discovery: false, state: 3 }]]),
    })
    expect(await world.driver.submit(installOn(device))).toMatchObject({ code: 'one-server-per-device' })
  })

  it('of a new server of the same configuration waits until the old one left the device', async () => {
    const world = await intune()
    const device = await provisioned(world)
    const install = installOn(device, NEO)
    await world.driver.submit(install)
    await world.live(8)
    expect(device.happened).toEqual([
      { what: 'uninstall', where: 'smdp.acme.example' },
      { what: 'install', where: 'smdp.neo.example' },
    ])
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
  })

  it('where the configuration stayed and its eSIM went makes it leave and come again', async () => {
    const world = await intune()
    const device = await provisioned(world)
    device.profiles = []
    await world.clock.advance(13 * HOUR)
    await world.driver.look(device.id)
    await world.live(2)
    const install = installOn(device)
    await world.driver.submit(install)
    await world.live(8)
    expect(device.happened.map(({ what }) => what)).toEqual(['uninstall', 'install'])
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
  })

  it('fails where another configuration of the tenant sets the same nodes to other values', async () => {
    const world = await intune()
    const device = await readDevice(world)
    const uri = './Device/Vendor/MSFT/eUICCs/Default/DownloadServers/smdp.acme.example/AutoEnable'
    const { tenant } = world.graph
    const others = {
      id: 'other',
      displayName: 'by hand',
      createdDateTime: tenant.stamp(),
      members: new Set([device.entraObjectId]),
    }
    tenant.groups.set('other', others)
    tenant.policies.set('p', {
      ...others,
      id: 'p',
      omaSettings: [{ omaUri: uri, value: false }],
      groups: ['other'],
    })
    const install = installOn(device)
    await world.driver.submit(install)
    await world.live()
    expect(await world.driver.outcome(install)).toMatchObject({
      kind: 'failed',
      code: 'conflict',
      permanent: true,
    })
  })

  it('fails where the device cannot apply it, as one without an eUICC does', async () => {
    const world = await intune()
    const device = await readDevice(world, { refusesPolicies: true })
    const install = installOn(device)
    await world.driver.submit(install)
    await world.live()
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'failed', code: 'not-applied' })
  })

  it('fails when an administrator takes the device out of the group meanwhile', async () => {
    const world = await intune()
    const device = await readDevice(world)
    device.online = false
    const install = installOn(device)
    await world.driver.submit(install)
    for (const group of world.graph.tenant.groups.values()) group.members.clear()
    await world.clock.advance(2 * HOUR)
    await world.driver.observe()
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'failed', code: 'excluded' })
  })

  it('is refused when somebody changed the configuration in Intune, and nothing of it goes to the device', async () => {
    const world = await intune()
    await provisioned(world)
    for (const policy of world.graph.tenant.policies.values())
      policy.omaSettings = policy.omaSettings.map((each) => ({ ...each, value: false }))
    const device = await readDevice(world)
    expect(await world.driver.submit(installOn(device))).toMatchObject({
      kind: 'refused',
      code: 'configuration-changed',
    })
    await world.live()
    expect(device.happened).toEqual([])
  })

  it('repairs an assignment that somebody took away, and sends the whole list', async () => {
    const world = await intune()
    await provisioned(world)
    for (const policy of world.graph.tenant.policies.values()) policy.groups = ['a-group-of-somebody']
    const device = await readDevice(world)
    await world.driver.submit(installOn(device))
    const [policy] = world.graph.tenant.policies.values()
    expect(policy?.groups).toEqual([...world.graph.tenant.groups.keys()])
  })

  it.each([
    ['of Windows 10', { osVersion: '10.0.19045.1' }, 'os-too-old'],
    [
      'that Entra does not know',
      { entraDeviceId: '00000000-0000-0000-0000-000000000000' },
      'no-entra-device',
    ],
  ])('is refused on a device %s', async (_what, overrides, code) => {
    const world = await intune()
    const device = world.enrol('Windows', overrides)
    expect(await world.driver.submit(installOn(device))).toMatchObject({ kind: 'refused', code })
  })

  it('waits until the device said what it holds, and no longer than it can be waited for', async () => {
    const world = await intune()
    const device = world.enrol('Windows', { silentScripts: true })
    const install = installOn(device)
    expect(await world.driver.submit(install)).toMatchObject({ kind: 'deferred' })
    let hours = 0
    while ((await world.driver.submit(install)).kind === 'deferred' && hours < 24) {
      await world.clock.advance(HOUR)
      hours += 1
    }
    expect(hours).toBeLessThan(6)
    // Asked ever more seldom.
    expect(device.queued.length).toBe(3)
  })
})

describe('an uninstall', () => {
  it('takes the device out of the group with $ref: without it Graph deletes the device', async () => {
    const world = await intune()
    const device = await provisioned(world)
    await world.driver.submit(uninstall(device))
    await world.live()
    expect(world.graph.tenant.entra.has(device.entraObjectId)).toBe(true)
    const deletes = world.graph.calls.filter((each) => each.startsWith('DELETE'))
    expect(deletes.length).toBeGreaterThan(0)
    for (const each of deletes) expect(each).toMatch(/\/members\/[^/]+\/\$ref$/)
  })

  it('leaves others alone that have the same configuration', async () => {
    const world = await intune()
    const [device, other] = [await provisioned(world), await provisioned(world)]
    await world.driver.submit(uninstall(device))
    await world.live()
    expect(device.happened).toEqual([{ what: 'uninstall', where: 'smdp.acme.example' }])
    expect(other.happened).toEqual([])
    expect((await shown(world, other)).installed).toHaveLength(1)
  })

  it('fails where the device keeps what Intune took away', async () => {
    const world = await intune()
    const device = await provisioned(world, { keepsNodes: true })
    const taking = uninstall(device)
    await world.driver.submit(taking)
    await world.live()
    expect(await world.driver.outcome(taking)).toMatchObject({
      kind: 'failed',
      code: 'still-there',
      permanent: true,
    })
    expect((await shown(world, device)).installed).toHaveLength(1)
    expect(await world.driver.submit(uninstall(device))).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('by hand'),
    })
  })

  it('waits for what an administrator began', async () => {
    const world = await intune()
    const device = await provisioned(world)
    for (const group of world.graph.tenant.groups.values()) group.members.clear()
    device.online = false
    await world.clock.advance(2 * HOUR)
    await world.driver.observe()
    const taking = uninstall(device)
    expect(await world.driver.submit(taking)).toEqual({ kind: 'accepted' })
    expect(await world.driver.outcome(taking)).toEqual({ kind: 'pending' })
    device.online = true
    await world.live()
    expect(await world.driver.outcome(taking)).toMatchObject({ kind: 'done' })
  })

  it('of what an administrator took off already is known from the group', async () => {
    const world = await intune({ driver: { scripts: false } })
    const device = await provisioned(world)
    for (const group of world.graph.tenant.groups.values()) group.members.clear()
    await world.clock.advance(2 * HOUR)
    await world.driver.observe()
    expect((await shown(world, device)).installed).toHaveLength(1)
    await world.clock.advance(MINUTE)
    world.graph.tenant.checkInAll()
    expect((await shown(world, device)).installed).toEqual([])
  })
})

describe('without scripts', () => {
  it('an install is done when Intune applied it, and nothing is claimed of an eSIM', async () => {
    const world = await intune({ driver: { scripts: false } })
    const device = await provisioned(world)
    expect(await shown(world, device)).toMatchObject({
      installed: [{ configuration: 'acme', spec: ACME, managed: true, state: 'installed' }],
      esims: 'unknown',
      esimsComplete: false,
    })
    expect(world.graph.tenant.scripts.size).toBe(0)
    expect(device.queued).toEqual([])
  })

  it('an install of what is there already fails, and does not say that its eSIM is there', async () => {
    const world = await intune({ driver: { scripts: false } })
    const device = await provisioned(world)
    const again = installOn(device)
    await world.driver.submit(again)
    const outcome = await world.driver.outcome(again)
    expect(outcome).toMatchObject({ kind: 'failed', code: 'already-configured', permanent: true })
    expect(outcome).not.toHaveProperty('alreadyDownloaded')
  })

  it('there is no eSIM reset', async () => {
    const world = await intune({ driver: { scripts: false } })
    const device = await provisioned(world)
    expect(world.driver.capabilities.windows.steps).not.toContain('reset')
    expect(await world.driver.submit(order(device, 'reset'))).toMatchObject({
      kind: 'refused',
      code: 'unsupported',
    })
  })
})

describe('an eSIM reset', () => {
  it('runs once, however often the device is told', async () => {
    const world = await intune()
    const device = await provisioned(world)
    const reset = order(device, 'reset')
    world.trouble.isNear = true
    let spoilt = 0
    world.graph.dials.fault = (path) => {
      if (!path.includes('initiateOnDemand') || spoilt >= 4) return undefined
      spoilt += 1
      return 'refused-after'
    }
    await world.driver.submit(reset).catch(() => undefined)
    await world.clock.advance(3 * MINUTE)
    await world.driver.submit(reset).catch(() => undefined)
    expect(device.queued.length).toBeGreaterThan(1)
    await world.live(10)
    expect(device.happened.map(({ what }) => what)).toEqual(['reset'])
    expect(await world.driver.outcome(reset)).toMatchObject({ kind: 'done' })
    expect(await shown(world, device)).toMatchObject({ esims: [], esimsComplete: true })
  })

  it('takes its script package away when it is over', async () => {
    const world = await intune()
    const device = await provisioned(world)
    await world.driver.submit(order(device, 'reset'))
    expect(world.graph.tenant.scripts.size).toBe(2)
    await world.live()
    expect([...world.graph.tenant.scripts.values()].map(({ displayName }) => displayName)).toEqual([
      'simplane eSIM inventory 1',
    ])
  })

  it('erases nothing where another eUICC sits in the device since', async () => {
    const world = await intune()
    const device = await provisioned(world)
    const reset = order(device, 'reset')
    await world.driver.submit(reset)
    Object.assign(device, { eid: '89049032000000000000000099999999' })
    await world.live()
    expect(device.happened).toEqual([])
    expect(await world.driver.outcome(reset)).toMatchObject({
      kind: 'failed',
      code: 'euicc-changed',
      permanent: true,
    })
  })

  it('that the device did not begin within three days is taken back, and never begins', async () => {
    const world = await intune()
    const device = await provisioned(world)
    device.online = false
    const reset = order(device, 'reset')
    await world.driver.submit(reset)
    await world.clock.advance(73 * HOUR)
    const [script] = [...world.graph.tenant.scripts.values()].filter(({ displayName }) =>
      displayName.includes('reset'),
    )
    expect(await world.driver.outcome(reset)).toEqual({ kind: 'pending' })
    await world.clock.advance(HOUR)
    expect(await world.driver.outcome(reset)).toMatchObject({
      kind: 'failed',
      code: 'too-late',
      permanent: false,
    })
    expect(world.graph.tenant.scripts.size).toBe(1)
    // Even if its package were still there.
    if (script !== undefined) world.graph.tenant.scripts.set(script.id, script)
    device.online = true
    await world.live()
    expect(device.happened).toEqual([])
    expect(device.profiles).toHaveLength(1)
  })

  it('is refused for another eUICC than the plan looked at, and waits for a device that never said which it has', async () => {
    const world = await intune()
    const device = await provisioned(world)
    const reset = order(device, 'reset')
    const other = { ...reset, device: { ...reset.device, eid: '89049032000000000000000099999999' } }
    expect(await world.driver.submit(other)).toMatchObject({ kind: 'refused', code: 'euicc-changed' })
    const silent = world.enrol('Windows')
    expect(await world.driver.submit(order(silent, 'reset'))).toMatchObject({ kind: 'deferred' })
  })

  it('is refused on Windows 10 and on a device that is being retired', async () => {
    const world = await intune()
    const old = await readDevice(world, { osVersion: '10.0.19045' })
    expect(await world.driver.submit(order(old, 'reset'))).toMatchObject({
      kind: 'refused',
      code: 'unsupported',
    })
    const leaving = await provisioned(world)
    world.graph.tenant.retire(leaving)
    expect(await world.driver.submit(order(leaving, 'reset'))).toMatchObject({
      kind: 'refused',
      code: 'not-active',
    })
  })
})

describe('an install on an iPhone', () => {
  it('is done when the device asked the carrier, and proven by an ICCID that was not there before', async () => {
    const world = await intune()
    const device = world.enrol('iOS', { iccid: '8933150000000000001' })
    expect((await shown(world, device)).esims).toEqual([{ iccid: '8933150000000000001' }])
    const install = installOn(device)
    await world.driver.submit(install)
    await world.live(2)
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
    expect(await shown(world, device)).toMatchObject({
      esims: [{ iccid: device.iccid, source: { configuration: 'acme', identity: `ios:${CARRIER}` } }],
      esimsComplete: false,
      installed: 'unknown',
    })
  })

  it('shows nothing new when the carrier has no plan for it', async () => {
    const world = await intune()
    const device = world.enrol('iOS', { iccid: '8933150000000000001' })
    world.graph.tenant.carriers.iosEmpty.add(CARRIER)
    await world.driver.submit(installOn(device))
    await world.live(2)
    expect((await shown(world, device)).esims).toEqual([{ iccid: '8933150000000000001' }])
  })

  it.each([
    ['failed', { kind: 'failed', permanent: false }],
    ['notSupported', { kind: 'failed', permanent: true }],
    ['canceled', { kind: 'failed', permanent: false }],
    ['active', { kind: 'pending' }],
  ])('of which Intune says "%s" ends so', async (actionState, expected) => {
    const world = await intune()
    const device = world.enrol('iOS', { online: false })
    const install = installOn(device)
    await world.driver.submit(install)
    for (const action of device.actions) action.actionState = actionState
    expect(await world.driver.outcome(install)).toMatchObject(expected)
  })

  it('is not confused with one that somebody ordered before, nor with one for another carrier', async () => {
    const world = await intune()
    const device = world.enrol('iOS', { online: false })
    const at = '2026-11-01T00:00:00Z'
    const before = {
      actionName: 'activateDeviceEsim',
      actionState: 'done',
      startDateTime: at,
      lastUpdatedDateTime: at,
    }
    device.actions = [{ ...before, carrierUrl: CARRIER }]
    const install = installOn(device)
    await world.driver.submit(install)
    device.actions = [{ ...before, carrierUrl: CARRIER }]
    expect(await world.driver.outcome(install)).toEqual({ kind: 'pending' })
    device.actions = [
      { ...before, startDateTime: '2026-11-23T09:00:00Z', carrierUrl: 'https://other.example' },
    ]
    expect(await world.driver.outcome(install)).toEqual({ kind: 'pending' })
  })

  it('is refused under User Enrollment and for what is no address', async () => {
    const world = await intune()
    const personal = world.enrol('iOS', { enrolment: 'appleUserEnrollment' })
    expect(await world.driver.submit(installOn(personal))).toMatchObject({ code: 'user-enrolled' })
    const device = world.enrol('iOS')
    const bare = order(device, 'install', {
      configuration: 'acme',
      spec: { platform: 'ios', carrierUrl: 'smdp.acme.example' },
    })
    expect(await world.driver.submit(bare)).toMatchObject({ kind: 'refused', code: 'bad-url' })
  })
})

describe('a retirement', () => {
  it('is over when Intune forgot the device, which is then shown as retired', async () => {
    const world = await intune()
    const device = world.enrol('Windows')
    const retire = order(device, 'retire')
    expect(await world.driver.submit(retire)).toEqual({ kind: 'accepted' })
    expect(await world.driver.outcome(retire)).toEqual({ kind: 'pending' })
    expect(await shown(world, device)).toMatchObject({ registration: 'retire-pending' })
    world.graph.tenant.checkIn(device)
    world.graph.tenant.devices.delete(device.id)
    expect(await world.driver.outcome(retire)).toMatchObject({ kind: 'done' })
    expect(await shown(world, device)).toMatchObject({ registration: 'retired' })
    await world.clock.advance(2 * HOUR)
    expect((await world.driver.observe()).observations[0]?.facts.registration).toBe('retired')
  })

  it.each([
    ['retireFailed', 'retire-failed'],
    ['retireCanceled', 'canceled'],
  ])('that ends as %s failed', async (managementState, code) => {
    const world = await intune()
    const device = world.enrol('Windows', { online: false })
    const retire = order(device, 'retire')
    await world.driver.submit(retire)
    Object.assign(device, { managementState, actions: [] })
    expect(await world.driver.outcome(retire)).toMatchObject({ kind: 'failed', code })
  })

  it('of a device that is gone without us is no retirement of ours', async () => {
    const world = await intune()
    const device = world.enrol('Windows')
    await world.driver.look(device.id)
    world.graph.tenant.devices.delete(device.id)
    expect(await world.driver.look(device.id)).toBeUndefined()
  })
})

describe('deleting a record', () => {
  async function twins() {
    const world = await intune()
    const stale = world.enrol('Windows')
    await world.driver.look(stale.id)
    await world.clock.advance(HOUR)
    const live = world.graph.tenant.reenrol(stale)
    const deletion = order(live, 'delete-record', { record: recordKey('intune', stale.id) })
    return { world, stale, live, deletion }
  }

  it('happens to one that is wiped, and nothing else', async () => {
    const { world, stale, live, deletion } = await twins()
    expect(await world.driver.submit(deletion)).toEqual({ kind: 'accepted' })
    expect(await world.driver.outcome(deletion)).toMatchObject({ kind: 'done' })
    expect(await world.driver.look(stale.id)).toBeUndefined()
    expect(live.gone).toBe(false)
    expect(world.graph.calls.filter((each) => each.startsWith('DELETE'))).toHaveLength(1)
  })

  it.each<[string, (stale: FakeDevice, live: FakeDevice) => object, string]>([
    [
      'is managed again',
      (stale) => Object.assign(stale, { managementState: 'managed', actions: [] }),
      'record-active',
    ],
    ['is still being wiped', (stale) => Object.assign(stale, { actions: [] }), 'record-active'],
    [
      'checked in after the live one enrolled',
      (stale, live) => Object.assign(live, { enrolled: stale.lastSync }),
      'record-active',
    ],
    ['is of other hardware', (stale) => Object.assign(stale, { serial: 'ANOTHER' }), 'other-hardware'],
  ])('is refused, by reading it right before, when it %s', async (_what, change, code) => {
    const { world, stale, live, deletion } = await twins()
    change(stale, live)
    expect(await world.driver.submit(deletion)).toMatchObject({ kind: 'refused', code })
    expect(world.graph.calls.filter((each) => each.startsWith('DELETE'))).toEqual([])
  })

  it('of another driver, or of the device itself, is refused', async () => {
    const { world, live, deletion } = await twins()
    const other = { ...order(live, 'delete-record'), record: recordKey('other', live.id) }
    expect(await world.driver.submit(other)).toMatchObject({ kind: 'refused', code: 'not-found' })
    const itself = { ...order(live, 'delete-record'), record: recordKey('intune', live.id) }
    expect(await world.driver.submit(itself)).toMatchObject({ kind: 'refused', code: 'record-active' })
    expect(deletion.record).toBeDefined()
  })
})

it('has no call that wipes a device, and none of those that only samples know', () => {
  const folder = new URL('../../src/drivers/intune/', import.meta.url)
  const files = readdirSync(folder)
  expect(files.length).toBeGreaterThan(20)
  for (const file of files) {
    const code = readFileSync(new URL(file, folder), 'utf8').replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, '')
    expect(code, file).not.toMatch(/\/wipe|cleanWindowsDevice|executeAction|removeDeviceEsim/)
    expect(code, file).not.toMatch(/resetToFactoryState`|enableeSIMProfile|windows10EsimConfiguration/)
  }
})

it('what a device showed in a former enrolment says nothing of it now', async () => {
  const world = await intune()
  const device = await provisioned(world)
  expect((await shown(world, device)).esims).toHaveLength(1)
  await world.clock.advance(HOUR)
  device.enrolled = world.clock.now()
  expect((await shown(world, device)).esims).toBe('unknown')
  expect(await world.driver.submit(installOn(device))).toMatchObject({ kind: 'deferred' })
})
