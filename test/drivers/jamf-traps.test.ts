import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/domain/time.ts'
import { checkJamf } from '../../src/drivers/jamf/check.ts'
import { makeDevice, newIccid } from './fakes/apple-device.ts'
import type { FakeDevice } from './fakes/jamf/devices.ts'
import { complain } from './fakes/jamf/jamf.ts'
import { drive, IOS, jamf, order, shown, type JamfWorld } from './fakes/jamf/world.ts'

const URL_OF_ACME = 'https://smdp.acme.example/'
const OURS = { source: { configuration: 'acme', identity: `ios:${URL_OF_ACME}` } }
const UNREACHABLE = { code: 'driver-unreachable' }

/** The requests that tell a device to fetch an eSIM. */
function told({ fake }: JamfWorld): readonly string[] {
  return fake.requests.filter((each) => each.startsWith('POST /api/v2/mdm/commands'))
}

function downloads({ apple }: FakeDevice): number {
  return apple.downloads.get(URL_OF_ACME) ?? 0
}

describe('an install', () => {
  it('is proven by a plan that was not there before it', async () => {
    const world = await jamf()
    const apple = makeDevice()
    apple.plans.push({ iccid: newIccid() })
    const phone = world.phone(apple)
    const install = order(phone)
    expect(await world.driver.submit(install)).toMatchObject({ kind: 'accepted' })
    await world.live()
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
    const { esims, esimsComplete, eid, imei } = await shown(world, phone)
    expect(esims).toMatchObject([{ iccid: apple.plans[0]?.iccid }, OURS])
    expect(esims === 'unknown' ? undefined : esims[0]?.source).toBeUndefined()
    expect([esimsComplete, eid, imei]).toEqual([false, apple.eid, apple.imei])
  })

  it('is put off until the device has said what it holds, however long it sleeps', async () => {
    const world = await jamf()
    const phone = world.fake.addDevice()
    phone.apple.online = false
    for (let hour = 0; hour < 5; hour += 1) {
      expect(await world.driver.submit(order(phone))).toMatchObject({ kind: 'deferred' })
      await world.clock.advance(HOUR)
      await world.driver.observe()
    }
    expect(phone.queue.length).toBeLessThan(10)
    expect(told(world)).toEqual([])
    phone.apple.online = true
    world.fake.checkIn(phone)
    expect(await world.driver.submit(order(phone))).toMatchObject({ kind: 'accepted' })
    await world.live()
    expect(downloads(phone)).toBe(1)
  })

  it.each(['the settings', 'Jamf Pro'])(
    'goes by the newest inventory where %s forbids to ask',
    async (who) => {
      const world = await jamf({ driver: { asksInventory: who !== 'the settings' } })
      world.fake.privileges.delete('Send Inventory Requests to Mobile Devices')
      const phone = world.fake.addDevice()
      const install = order(phone)
      expect(await world.driver.submit(install)).toMatchObject({ kind: 'accepted' })
      await world.live()
      expect((await shown(world, phone)).esims).toEqual([])
      await world.clock.advance(DAY)
      world.fake.takeInventory(phone)
      expect((await shown(world, phone)).esims).toMatchObject([OURS])
    },
  )

  it.each([-4, 4])('is proven although the clock of Jamf Pro is wrong by %i minutes', async (minutes) => {
    const world = await jamf()
    world.fake.dials.skew = minutes * MINUTE
    const phone = world.phone()
    const install = order(phone)
    const issuedAt = world.clock.now()
    expect(await world.driver.submit(install)).toMatchObject({ kind: 'accepted' })
    await world.live(8)
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
    const { esims, esimsObservedAt = 0 } = await shown(world, phone)
    expect(esims).toMatchObject([OURS])
    // What is to prove an install was seen after it, and not in the future.
    expect([esimsObservedAt > issuedAt, esimsObservedAt <= world.clock.now()]).toEqual([true, true])
  })

  it('that brings nothing has failed a quarter of an hour later', async () => {
    const world = await jamf()
    world.fake.dials.carriers = { delay: MINUTE, empty: new Set([URL_OF_ACME]) }
    const install = order(world.phone())
    await world.driver.submit(install)
    await world.live()
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
    await world.live(25)
    expect(await world.driver.outcome(install)).toMatchObject({ code: 'no-plan', permanent: false })
  })

  it('whose acknowledgement never comes is proven by its plan all the same', async () => {
    const world = await jamf()
    const phone = world.phone()
    world.fake.dials.reports = 'lost'
    const install = order(phone)
    await world.driver.submit(install)
    await world.live(25)
    expect(await world.driver.outcome(install)).toEqual({ kind: 'pending' })
    expect((await shown(world, phone)).esims).toMatchObject([OURS])
  })

  it('does not take for its own what came before the device did it', async () => {
    const world = await jamf()
    const phone = world.phone()
    phone.apple.busy = 1
    const install = order(phone)
    await world.driver.submit(install)
    world.fake.checkIn(phone)
    expect(await world.driver.outcome(install)).toEqual({ kind: 'not-now' })
    phone.apple.plans.push({ iccid: newIccid() })
    world.fake.takeInventory(phone)
    expect((await shown(world, phone)).esims).toEqual([{ iccid: phone.apple.plans[0]?.iccid }])
  })

  it.each([
    [36_001, false],
    [36_002, true],
    [36_003, false],
    [12_021, true],
    [99, false],
  ])('that the device answers with error %i has failed; for good: %s', async (code, permanent) => {
    const world = await jamf()
    const phone = world.phone()
    phone.apple.failNext = code
    const install = order(phone)
    await world.driver.submit(install)
    await world.live(1)
    expect(await world.driver.outcome(install)).toMatchObject({ code: String(code), permanent })
    expect((await shown(world, phone)).esims).toEqual([])
  })

  it('is over when the device enrols again before it answers, and what was known of its plans too', async () => {
    const world = await jamf()
    const apple = makeDevice()
    apple.plans.push({ iccid: newIccid() })
    const phone = world.phone(apple)
    apple.online = false
    const install = order(phone)
    await world.driver.submit(install)
    await world.clock.advance(MINUTE)
    world.fake.reenrol(phone)
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'failed', code: 're-enrolled' })
    expect(await shown(world, phone)).toMatchObject({ esims: 'unknown' })
  })

  it('whose command somebody cancelled has failed, and is tried again', async () => {
    const world = await jamf()
    const phone = world.phone()
    phone.apple.online = false
    const install = order(phone)
    await world.driver.submit(install)
    world.fake.commands.clear()
    expect(await world.driver.outcome(install)).toEqual({ kind: 'pending' })
    await world.clock.advance(3 * MINUTE)
    expect(await world.driver.outcome(install)).toMatchObject({ code: 'cancelled', permanent: false })
  })

  it('is refused where it cannot be, before anything is sent', async () => {
    const world = await jamf()
    const [phone, own, left] = [world.phone(), world.phone(), world.phone()]
    const tv = world.fake.addDevice(makeDevice('AppleTV14,1'), 'tvOS')
    own.ownership = 'AccountDrivenUserEnrollment'
    world.fake.leave(left)
    const bare = { ...IOS, carrierUrl: 'smdp.acme.example' } as typeof IOS
    expect(await world.driver.submit(order(own))).toMatchObject({ code: 'user-enrolled' })
    expect(await world.driver.submit(order(left))).toMatchObject({ code: 'not-active' })
    expect(await world.driver.submit(order(tv))).toMatchObject({ code: 'unsupported' })
    expect(await world.driver.submit(order(phone, 'install', { spec: bare }))).toMatchObject({
      code: 'bad-url',
    })
    expect(told(world)).toEqual([])
    expect(await shown(world, own)).toMatchObject({
      userEnrolled: true,
      ownership: 'personal',
      esims: 'unknown',
    })
  })
})

describe('an answer that gets lost', () => {
  it.each(['refused-after', 'cut-after', 'malformed', 'half'] as const)(
    'to the one request that is never repeated leads to no second one (%s)',
    async (fault) => {
      const world = await jamf()
      const phone = world.phone()
      world.fake.sendByHand(phone, 'https://smdp.neo.example/')
      world.fake.dials.fault = (request) => (request.startsWith('POST /api/v2/mdm') ? fault : undefined)
      const install = order(phone)
      const answer = await world.driver.submit(install)
      // The newest: the one that was there before is somebody else's.
      expect(answer).toEqual({ kind: 'accepted', receipt: [...world.fake.commands.keys()].at(-1) })
      expect(told(world)).toHaveLength(1)
      await world.live()
      expect(downloads(phone)).toBe(1)
      expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
    },
  )

  it('is waited for where another server of the cluster answers, and the driver was started again', async () => {
    const world = await jamf()
    const phone = world.phone()
    phone.apple.online = false
    world.fake.dials.behind = MINUTE
    world.fake.dials.fault = (request) => (request.startsWith('POST /api/v2/mdm') ? 'cut-after' : undefined)
    const install = order(phone)
    await expect(world.driver.submit(install)).rejects.toMatchObject(UNREACHABLE)
    await world.restart()
    expect(await world.driver.outcome(install)).toEqual({ kind: 'pending' })
    await expect(world.driver.submit(install)).rejects.toMatchObject(UNREACHABLE)
    await world.clock.advance(MINUTE)
    const receipt = [...world.fake.commands.keys()].at(-1)
    expect(await world.driver.submit(install)).toEqual({ kind: 'accepted', receipt })
    expect(told(world)).toHaveLength(1)
  })

  it('to a request that never arrived leads to a second one, once that is sure', async () => {
    const world = await jamf()
    const phone = world.phone()
    world.fake.dials.fault = (request) =>
      request.startsWith('POST /api/v2/mdm') ? 'refused-before' : undefined
    const install = order(phone)
    await expect(world.driver.submit(install)).rejects.toMatchObject(UNREACHABLE)
    world.fake.dials.fault = () => undefined
    await expect(world.driver.submit(install)).rejects.toMatchObject(UNREACHABLE)
    await world.clock.advance(2 * MINUTE)
    expect(await world.driver.outcome(install)).toEqual({ kind: 'unknown' })
    expect(await world.driver.submit(install)).toMatchObject({ kind: 'accepted' })
    await world.live()
    expect(downloads(phone)).toBe(1)
  })

  it('names the command with a number, as the reference does: the command is found by looking', async () => {
    const world = await jamf()
    const phone = world.phone()
    world.fake.dials.ids = 'number'
    const install = order(phone)
    const [receipt] = [await world.driver.submit(install), ...world.fake.commands.keys()].slice(1)
    expect(await world.driver.submit(install)).toEqual({ kind: 'accepted', receipt })
    expect(told(world)).toHaveLength(1)
  })
})

it.each(['throttled', 'throttled-silently'] as const)(
  'a command that Jamf Pro turns away (%s) is put off, and nothing is remembered of it',
  async (fault) => {
    const world = await jamf()
    const phone = world.phone()
    world.fake.dials.fault = (request) => (request.startsWith('POST /api/v2/mdm') ? fault : undefined)
    const install = order(phone)
    expect(await world.driver.submit(install)).toMatchObject({ kind: 'deferred' })
    world.fake.dials.fault = () => undefined
    expect(await world.driver.outcome(install)).toEqual({ kind: 'unknown' })
    await world.clock.advance(10 * SECOND)
    expect(await world.driver.submit(install)).toMatchObject({ kind: 'accepted' })
  },
)

describe('the inventory', () => {
  it('tells iPhones from iPads, and both from what else Jamf Pro calls a mobile device', async () => {
    const world = await jamf()
    world.phone(makeDevice('iPhone15,2'))
    world.phone(makeDevice('iPad14,3'))
    world.fake.addDevice(makeDevice('AppleTV14,1'), 'tvOS')
    const { observations } = await world.driver.observe()
    expect(observations.map(({ facts }) => facts.platform)).toEqual(['ios', 'ipados', 'other'])
    expect(observations[0]?.facts).toMatchObject({
      registration: 'active',
      ownership: 'company',
      user: 'ada@acme.example',
      groups: ['All Managed iPhones'],
    })
  })

  it('is incomplete when a device goes while its pages are read', async () => {
    const world = await jamf()
    for (let at = 0; at < 150; at += 1) world.fake.addDevice()
    const first = await world.driver.observe()
    world.fake.devices.delete(150)
    const second = await world.driver.observe(first.next)
    expect(second.total).toBe(150)
    expect(first.observations.length + second.observations.length).toBeLessThan(150)
    expect(second.next).toBeUndefined()
  })

  it('gives no half page, and no page of half devices', async () => {
    const world = await jamf()
    world.phone()
    world.fake.dials.shortPages = true
    await expect(world.driver.observe()).rejects.toMatchObject(UNREACHABLE)
    world.fake.dials.shortPages = false
    const body = JSON.stringify({ totalCount: 1, results: [{ mobileDeviceId: '1', general: null }] })
    world.fake.dials.proxy = { status: 200, body }
    world.fake.dials.proxied = /mobile-devices/
    await expect(world.driver.observe()).rejects.toMatchObject(UNREACHABLE)
  })

  it('keeps ICCIDs as the digits that they are, and takes an empty slot for no plan', async () => {
    const world = await jamf()
    const phone = world.phone()
    expect((await shown(world, phone)).esims).toEqual([])
    phone.apple.plans.push({ iccid: '8941000000000000017' })
    world.fake.takeInventory(phone)
    expect((await shown(world, phone)).esims).toEqual([{ iccid: '8941000000000000017' }])
    phone.apple.showsPlans = false
    world.fake.takeInventory(phone)
    expect((await shown(world, phone)).esims).toBe('unknown')
  })
})

describe('what is not Jamf Pro speaking', () => {
  it.each([
    { status: 404, body: '<html>not here</html>' },
    { status: 404, body: '{"message":"no route"}' },
    { status: 200, body: '<html>sign in</html>' },
    { status: 200, body: '{"totalCount":0}' },
  ])('makes no device look gone: $status $body', async (proxy) => {
    const world = await jamf()
    const phone = world.phone()
    const install = order(phone)
    await world.driver.submit(install)
    world.fake.dials.proxy = proxy
    world.fake.dials.proxied = /mobile-devices|mdm/
    await expect(world.driver.look(String(phone.id))).rejects.toMatchObject(UNREACHABLE)
    await expect(world.driver.outcome(install)).rejects.toMatchObject(UNREACHABLE)
  })

  it('shows other devices and commands than were asked for: they are not taken for ours', async () => {
    const world = await jamf()
    const [phone, other] = [world.phone(), world.phone()]
    const install = order(phone)
    await world.driver.submit(install)
    world.fake.dials.ignoresFilters = true
    await expect(world.driver.look(String(other.id))).rejects.toMatchObject(UNREACHABLE)
  })

  it('a complaint in its own words is told, and is final for the step', async () => {
    const world = await jamf()
    const phone = world.phone()
    const install = order(phone)
    const refuse = complain(400, 'INVALID_FIELD', 'esimServerUrl is not allowed', 'commandData.esimServerUrl')
    world.fake.dials.proxied = /^\/api\/v2\/mdm\/commands$/
    world.fake.dials.proxy = refuse
    const answer = await world.driver.submit(install)
    expect(answer).toMatchObject({ kind: 'refused', code: 'refused' })
    expect(JSON.stringify(answer)).toContain('esimServerUrl is not allowed')
    world.fake.dials.proxy = undefined
    expect(await world.driver.submit(install)).toEqual(answer)
  })
})

describe('the sign-in', () => {
  it('is renewed before its token ends, and not for every request', async () => {
    const world = await jamf()
    const phone = world.phone()
    for (let at = 0; at < 12; at += 1) {
      await shown(world, phone)
      await world.clock.advance(10 * SECOND)
    }
    const signedIn = world.fake.requests.filter((each) => each.includes('oauth')).length
    expect([signedIn >= 2, signedIn <= 5]).toEqual([true, true])
  })

  it('is done again when its token is no good any more, and what was asked is asked again', async () => {
    const world = await jamf()
    const phone = world.phone()
    await shown(world, phone)
    world.fake.endTokens()
    expect(await world.driver.submit(order(phone))).toMatchObject({ kind: 'accepted' })
    expect(downloads(phone)).toBe(0)
  })

  it.each([
    'Read Mobile Devices',
    'View MDM command information in Jamf Pro API',
    'Send Refresh Cellular Plans Command',
  ])('of a client without the privilege "%s" says which one it lacks', async (privilege) => {
    const world = await jamf()
    const phone = world.phone()
    world.fake.privileges.delete(privilege)
    const error: unknown = await world.driver.submit(order(phone)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject(UNREACHABLE)
    expect((error as { hint?: string }).hint).toContain(privilege)
    expect(phone.queue).toEqual([])
  })
})

it('the doctor finds the privilege that nobody documents', async () => {
  const world = await jamf()
  world.fake.privileges.delete('View MDM command information in Jamf Pro API')
  const { address, clientId, clientSecret } = world.fake
  const options = { name: 'jamf', path: world.file, clock: world.clock, address, clientId }
  const checks = await checkJamf({ ...options, clientSecret: () => clientSecret })
  expect(checks.map(({ result }) => result)).toEqual(['ok', 'fail'])
  expect(checks[1]?.hint).toContain('View MDM command information')
})

it('every request is one of those that the page for administrators counts on, and none names two devices', async () => {
  const world = await jamf()
  const phones = [world.phone(), world.phone()]
  await world.driver.observe()
  for (const phone of phones) await world.driver.submit(order(phone))
  await world.live(25)
  expect(await drive(world.clock, world.driver.look('0'))).toBeUndefined()
  const paths = new Set(world.fake.requests.map((each) => each.replace(/\?.*$/, '').replace(/\/\d+$/, '/N')))
  expect([...paths].toSorted()).toEqual([
    'GET /api/v1/jamf-pro-version',
    'GET /api/v2/mdm/commands',
    'GET /api/v2/mobile-devices/detail',
    'POST /JSSResource/mobiledevicecommands/command/UpdateInventory/id/N',
    'POST /api/v1/oauth/token',
    'POST /api/v2/mdm/commands',
  ])
  expect(phones.map(downloads)).toEqual([1, 1])
})
