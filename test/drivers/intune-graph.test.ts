import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/domain/time.ts'
import { INTUNE } from '../../src/drivers/intune/kind.ts'
import { openIntune } from '../../src/drivers/intune/intune.ts'
import type { Surroundings } from '../../src/drivers/kind.ts'
import { NO_LOG } from '../../src/log/winston.ts'
import { completeIntune, type IntuneSettings } from '../../src/settings/intune.ts'
import { inventory } from '../conformance/driver-world.ts'
import type { Fault } from './fakes/faults.ts'
import { installOn, intune, order, readDevice, shown, type IntuneWorld } from './fakes/intune/world.ts'

/** Once, the next request whose path holds this suffers. */
function once(world: IntuneWorld, part: string, fault: Fault): void {
  let armed = true
  world.trouble.isNear = true
  world.graph.dials.fault = (path) => {
    if (!armed || !path.includes(part)) return undefined
    armed = false
    return fault
  }
}

function fixture(name: string): string {
  return readFileSync(new URL(`intune/fixtures/${name}`, import.meta.url), 'utf8')
}

async function errorOf(call: Promise<unknown>): Promise<Error> {
  return await call.then(
    () => new Error('it did not fail'),
    (error: unknown) => error as Error,
  )
}

describe('signing in', () => {
  it('happens once for everybody who asks at once, and again before the token ends', async () => {
    const world = await intune({ devices: 3 })
    await Promise.all([...world.graph.tenant.devices.keys()].map((id) => world.driver.look(id)))
    expect(world.graph.tokensIssued()).toBe(1)
    await world.clock.advance(54 * MINUTE)
    await world.driver.observe()
    expect(world.graph.tokensIssued()).toBe(1)
    await world.clock.advance(2 * MINUTE)
    await world.driver.observe()
    expect(world.graph.tokensIssued()).toBe(2)
  })

  it('uses a short token for half its life, and does not ask for ever', async () => {
    const world = await intune({ devices: 1 })
    world.graph.dials.expiresIn = 60
    await world.driver.observe()
    await world.driver.observe()
    expect(world.graph.tokensIssued()).toBe(1)
  })

  it('is made up for when the token was taken back', async () => {
    const world = await intune({ devices: 1 })
    await world.driver.observe()
    world.graph.revoke()
    expect((await world.driver.observe()).total).toBe(1)
    expect(world.graph.tokensIssued()).toBe(2)
  })

  it('says what is wrong with the credentials, and not what they are', async () => {
    const world = await intune({
      driver: { credential: () => ({ kind: 'secret', secret: 'a-wrong-secret' }) },
    })
    const error = await errorOf(world.driver.observe())
    expect(error).toMatchObject({ code: 'driver-unreachable' })
    expect(error.message).toContain('invalid_client, AADSTS7000215')
    expect(JSON.stringify(error) + error.message).not.toMatch(/a-wrong-secret|11111111/)
  })

  it('never sends credentials over plain http, but on the loopback', async () => {
    const world = await intune()
    const options = { name: 'intune', path: ':memory:', clock: world.clock, tenant: 't', clientId: 'c' }
    const open = openIntune({
      ...options,
      credential: () => ({ kind: 'secret', secret: 's' }),
      authority: 'http://login.example.com',
    })
    expect(await errorOf(open)).toMatchObject({ code: 'settings' })
  })

  it('works with a certificate, whose key never leaves', async () => {
    const pem = `${fixture('application-key.pem')}\n${fixture('application-cert.pem')}`
    const world = await intune({ devices: 1, driver: { credential: () => ({ kind: 'certificate', pem }) } })
    world.graph.dials.certificate = fixture('application-cert.pem')
    expect((await world.driver.observe()).total).toBe(1)
  })

  it.each(['', 'no PEM at all', '-----BEGIN CERTIFICATE-----\nsecret\n-----END CERTIFICATE-----'])(
    'says that "%s" is no certificate, without quoting it',
    async (pem) => {
      const world = await intune({ driver: { credential: () => ({ kind: 'certificate', pem }) } })
      const error = await errorOf(world.driver.observe())
      expect(error).toMatchObject({
        code: 'driver-unreachable',
        message: expect.stringContaining('no RSA key'),
      })
      expect(error.message).not.toMatch(/secret|PEM at/)
    },
  )

  it('names the permission that is missing', async () => {
    const world = await intune({ devices: 1 })
    world.graph.dials.answer = (_method, path) =>
      path.includes('managedDevices')
        ? { status: 403, body: { error: { code: 'Forbidden', message: 'no' } } }
        : undefined
    expect(await errorOf(world.driver.observe())).toMatchObject({
      code: 'driver-unreachable',
      message: expect.stringContaining('may not do this: devices'),
      hint: expect.stringContaining('permissions'),
    })
  })
})

describe('reading the devices', () => {
  it('follows every next page', async () => {
    const world = await intune({ devices: 25 })
    world.graph.dials.pageSize = 10
    expect((await inventory(world.driver)).observations).toHaveLength(25)
    expect(world.graph.calls.filter((each) => each.includes('managedDevices?'))).toHaveLength(3)
  })

  it.each(['half', 'malformed', 'refused-before', 'slow', 'throttled', 'throttled-silently'] as const)(
    'gives nothing when a page suffers "%s" again and again, and all of it afterwards',
    async (fault) => {
      const world = await intune({ devices: 25, driver: { answerWithin: 30 * SECOND } })
      world.graph.dials.pageSize = 10
      world.trouble.isNear = true
      world.graph.dials.fault = (path) => (path.includes('skiptoken=10') ? fault : undefined)
      expect(await errorOf(world.driver.observe())).toMatchObject({ code: 'driver-unreachable' })
      world.graph.dials.fault = () => undefined
      await world.clock.advance(MINUTE)
      expect((await inventory(world.driver)).observations).toHaveLength(25)
    },
  )

  it.each(['https://evil.example/v1.0/next', 'http://127.0.0.1:1/beta/next', 'no address'])(
    'takes its token to no other place: %s',
    async (link) => {
      const world = await intune({ devices: 25 })
      world.graph.dials.pageSize = 10
      world.graph.dials.nextLink = link
      expect((await errorOf(world.driver.observe())).message).toContain('elsewhere')
    },
  )

  it('notices pages that go round in a circle', async () => {
    const world = await intune({ devices: 25 })
    world.graph.dials.pageSize = 10
    world.graph.dials.nextLink = `${world.graph.address}/beta/deviceManagement/managedDevices?$top=10&$skiptoken=10`
    expect((await errorOf(world.driver.observe())).message).toContain('circle')
  })

  it.each([{ value: 'none' }, { value: [{ id: 'x' }] }, { value: [null] }, {}])(
    'throws a page away that is not one: %j',
    async (body) => {
      const world = await intune({ devices: 1 })
      world.graph.dials.answer = (_method, path) =>
        path.includes('managedDevices?') ? { status: 200, body } : undefined
      expect(await errorOf(world.driver.observe())).toMatchObject({ code: 'driver-unreachable' })
    },
  )

  it('asks for what checked in since, and for all only once in a while', async () => {
    const world = await intune({ devices: 4 })
    await world.driver.observe()
    await world.clock.advance(30 * MINUTE)
    const [device] = world.graph.tenant.devices.values()
    if (device !== undefined) world.graph.tenant.checkIn(device)
    world.graph.calls.splice(0)
    const { observations } = await world.driver.observe()
    const asked = world.graph.calls.filter((each) => each.includes('managedDevices?'))
    expect(asked).toHaveLength(1)
    expect(asked[0]).toContain('$filter=lastSyncDateTime gt 2026-11-23T07:50:00Z')
    expect(observations.find(({ facts }) => facts.id === device?.id)?.facts.lastSeenAt).toBe(
      world.clock.now(),
    )
    await world.clock.advance(HOUR)
    world.graph.calls.splice(0)
    await world.driver.observe()
    expect(world.graph.calls.find((each) => each.includes('managedDevices?'))).not.toContain('$filter')
  })

  it('calls no device gone that a list left out while it changed, and one that is gone so', async () => {
    const world = await intune({ devices: 4 })
    await world.driver.observe()
    const [left, gone] = [...world.graph.tenant.devices.values()]
    if (gone !== undefined) world.graph.tenant.devices.delete(gone.id)
    await world.clock.advance(HOUR)
    world.graph.dials.answer = (_method, path) => {
      if (!path.includes('managedDevices?')) return undefined
      world.graph.dials.answer = () => undefined
      return { status: 200, body: { value: [] } }
    }
    const { observations, total } = await world.driver.observe()
    expect(total).toBe(3)
    expect(observations.map(({ facts }) => facts.id)).toContain(left?.id)
  })

  it('does not notice between two sweeps that a device is gone, and does when it is looked at', async () => {
    const world = await intune({ devices: 2 })
    await world.driver.observe()
    const [device] = world.graph.tenant.devices.values()
    if (device === undefined) return
    world.graph.tenant.devices.delete(device.id)
    expect((await world.driver.observe()).total).toBe(2)
    expect(await world.driver.look(device.id)).toBeUndefined()
    expect((await world.driver.observe()).total).toBe(1)
  })

  it('reads EIDs one by one, twenty in a batch, and leaves the rest for later when a batch is turned away', async () => {
    const world = await intune({ devices: 90 })
    let left = 45
    world.graph.dials.innerThrottled = () => (left -= 1) < 0
    const eids = async (): Promise<number> =>
      (await inventory(world.driver)).observations.filter(({ facts }) => facts.eid !== undefined).length
    expect(await eids()).toBeLessThan(25)
    expect(world.graph.calls.filter((each) => each.includes('$batch')).length).toBeLessThan(5)
    world.graph.dials.innerThrottled = () => false
    expect(await eids()).toBe(45)
  })

  it('does not take an empty list of actions, in a list of devices, for none', async () => {
    const world = await intune()
    const device = world.enrol('Windows')
    await world.driver.observe()
    world.graph.tenant.retire(device)
    device.managementState = 'managed'
    expect(await shown(world, device)).toMatchObject({ registration: 'retire-pending' })
    await world.clock.advance(2 * HOUR)
    const { observations } = await world.driver.observe()
    expect(observations[0]?.facts.registration).toBe('retire-pending')
  })

  it('reads the groups that the settings name, nested ones included; without any, they are unknown', async () => {
    const world = await intune({ driver: { groups: ["SG-Laptops-L'Est"] } })
    const [inside, outside] = [world.enrol('Windows'), world.enrol('Windows')]
    const id = world.graph.tenant.newId()
    const members = new Set([inside.entraObjectId])
    world.graph.tenant.groups.set(id, {
      id,
      displayName: "SG-Laptops-L'Est",
      createdDateTime: world.graph.tenant.stamp(),
      members,
    })
    await world.driver.observe()
    expect((await shown(world, inside)).groups).toEqual(["SG-Laptops-L'Est", id])
    expect((await shown(world, outside)).groups).toEqual([])
    const none = await intune({ devices: 1 })
    expect((await none.driver.observe()).observations[0]?.facts.groups).toBeUndefined()
  })

  it('is incomplete when a group of the settings is not there: nobody is taken out of it', async () => {
    const world = await intune({ devices: 1, driver: { groups: ['SG-Typo'] } })
    expect((await errorOf(world.driver.observe())).message).toContain('no group "SG-Typo"')
  })
})

describe('a call that is turned away', () => {
  it.each([
    ['throttled', 7 * SECOND],
    ['throttled-silently', (SECOND * 3) / 4],
  ] as const)('(%s) happens later, under the same id, once', async (fault, wait) => {
    const world = await intune()
    const device = world.enrol('iOS')
    await world.driver.look(device.id)
    once(world, 'activateDeviceEsim', fault)
    const install = installOn(device)
    expect(await world.driver.submit(install)).toMatchObject({
      kind: 'deferred',
      retryAt: world.clock.now() + wait,
    })
    expect(await world.driver.outcome(install)).toEqual({ kind: 'unknown' })
    await world.clock.advance(wait)
    expect(await world.driver.submit(install)).toEqual({ kind: 'accepted' })
    await world.live(3)
    expect(device.happened).toEqual([{ what: 'install', where: 'https://smdp.acme.example/' }])
  })
})

describe('a call whose answer is lost', () => {
  it.each(['refused-after', 'cut-after', 'malformed', 'half', 'slow'] as const)(
    '(%s) is recognised by its effect, and not made again',
    async (fault) => {
      const world = await intune({ driver: { answerWithin: 30 * SECOND } })
      const device = world.enrol('iOS')
      await world.driver.look(device.id)
      once(world, 'activateDeviceEsim', fault)
      const install = installOn(device)
      const first = await world.driver.submit(install).catch((error: unknown) => error)
      if (fault !== 'malformed' && fault !== 'half')
        expect(first).toMatchObject({ code: 'driver-unreachable' })
      await world.restart()
      expect(await world.driver.outcome(install)).toEqual({ kind: 'pending' })
      expect(await world.driver.submit(install)).toEqual({ kind: 'accepted' })
      await world.live(3)
      expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
      expect(device.happened).toHaveLength(1)
    },
  )

  it('and that never arrived is not known for a moment, then made again', async () => {
    const world = await intune()
    const device = world.enrol('iOS')
    await world.driver.look(device.id)
    once(world, 'activateDeviceEsim', 'refused-before')
    const install = installOn(device)
    expect(await errorOf(world.driver.submit(install))).toMatchObject({ code: 'driver-unreachable' })
    expect(await world.driver.outcome(install)).toEqual({ kind: 'pending' })
    expect(await errorOf(world.driver.submit(install))).toMatchObject({ code: 'driver-unreachable' })
    await world.clock.advance(2 * MINUTE)
    expect(await world.driver.outcome(install)).toEqual({ kind: 'unknown' })
    expect(await world.driver.submit(install)).toEqual({ kind: 'accepted' })
    await world.live(3)
    expect(device.happened).toHaveLength(1)
  })

  it.each(['deviceConfigurations', '/groups', 'deviceHealthScripts'])(
    'leaves no twin in use: %s',
    async (part) => {
      const world = await intune()
      const device = world.enrol('Windows')
      world.trouble.isNear = true
      const spoilt = new Set<string>()
      world.graph.dials.fault = (path) => {
        if (!path.endsWith(part) || spoilt.has(path)) return undefined
        spoilt.add(path)
        return 'refused-after'
      }
      const install = installOn(device)
      for (let tries = 0; tries < 6; tries += 1) {
        const answer = await world.driver.submit(install).catch(() => undefined)
        if (answer?.kind === 'accepted') break
        world.graph.tenant.checkInAll()
        await world.clock.advance(10 * MINUTE)
      }
      await world.live()
      expect(spoilt.size).toBe(1)
      expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
      const { policies, groups, scripts } = world.graph.tenant
      expect([policies.size, groups.size, scripts.size]).toEqual([1, 1, 1])
    },
  )
})

it('what it remembers outlives a restart, and old commands do not pile up', async () => {
  const world = await intune()
  const device = await readDevice(world)
  const install = installOn(device)
  await world.driver.submit(install)
  await world.restart()
  await world.live()
  expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
  await world.clock.advance(91 * DAY)
  await world.driver.observe()
  expect(await world.driver.outcome(install)).toEqual({ kind: 'unknown' })
  expect(order(device, 'retire').id).not.toBe(install.id)
})

describe('the doctor', () => {
  const around = (world: IntuneWorld, secret = 'client-secret-value'): Surroundings => ({
    clock: world.clock,
    log: NO_LOG,
    pathOf: (written) => written,
    textOf: (written) => written,
    reveal: () => secret,
  })
  const settings = (world: IntuneWorld): IntuneSettings =>
    completeIntune(
      {
        name: 'intune',
        kind: 'intune',
        tenant: 'acme.example',
        clientId: '11111111-2222-4333-8444-555555555555',
        clientSecret: { env: 'SECRET' },
        address: world.graph.address,
        authority: world.graph.authority,
        scripts: true,
      },
      ':memory:',
    )

  it('finds everything in order, and changes nothing', async () => {
    const world = await intune({ devices: 1 })
    const checks = await INTUNE.check?.(settings(world), around(world))
    expect(checks?.map(({ result }) => result)).toEqual(Array.from({ length: 6 }, () => 'ok'))
    expect(world.graph.calls.filter((each) => !each.startsWith('GET') && !each.includes('/token'))).toEqual(
      [],
    )
  })

  it('names the permissions that are missing, and what needs them', async () => {
    const world = await intune()
    world.graph.dials.roles = ['DeviceManagementManagedDevices.ReadWrite.All', 'Group.ReadWrite.All']
    const checks = await INTUNE.check?.(settings(world), around(world))
    const missing = checks
      ?.filter(({ result }) => result !== 'ok')
      .map(({ message }) => message.split(' ')[0])
    expect(missing).toEqual([
      'DeviceManagementManagedDevices.PrivilegedOperations.All',
      'DeviceManagementConfiguration.ReadWrite.All',
      'Device.ReadWrite.All',
      'DeviceManagementScripts.ReadWrite.All',
    ])
  })

  it('says nothing of permissions where the token is not for us to read', async () => {
    const world = await intune()
    world.graph.dials.opaque = true
    expect(await INTUNE.check?.(settings(world), around(world))).toHaveLength(5)
  })

  it('says what cannot be read, and that nobody is let in', async () => {
    const world = await intune()
    world.graph.dials.answer = (_method, path) =>
      path.includes('deviceHealthScripts')
        ? { status: 403, body: { error: { code: 'Forbidden' } } }
        : undefined
    const checks = await INTUNE.check?.(settings(world), around(world))
    expect(checks?.filter(({ result }) => result === 'fail')).toMatchObject([
      { message: expect.stringContaining('scripts') },
    ])
    const refused = await INTUNE.check?.(settings(world), around(world, 'wrong'))
    expect(refused).toMatchObject([{ result: 'fail', message: expect.stringContaining('invalid_client') }])
  })

  it('opens the driver from the settings, with what these allow', async () => {
    const world = await intune({ devices: 1 })
    await using driver = await INTUNE.open(settings(world), around(world))
    expect((await driver.observe()).total).toBe(1)
    expect(INTUNE.capabilities(settings(world))).toEqual(driver.capabilities)
    expect(INTUNE.capabilities({ ...settings(world), scripts: false }).windows.steps).not.toContain('reset')
  })
})
