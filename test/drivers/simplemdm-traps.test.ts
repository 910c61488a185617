import { describe, expect, it } from 'vitest'
import type { Command } from '../../src/domain/driver.ts'
import { SimplaneError } from '../../src/domain/error.ts'
import { MINUTE, SECOND } from '../../src/domain/time.ts'
import { makeDevice, newIccid } from './fakes/apple-device.ts'
import { type Fault, faults, FAULTS, seeds } from './fakes/faults.ts'
import { complain, type FakeDevice } from './fakes/simplemdm/simplemdm.ts'
import { drive, IOS, order, simpleMdm, type SimpleMdmWorld } from './fakes/simplemdm/world.ts'

const UNREACHABLE = { code: 'driver-unreachable' }
const URL_OF_ACME = 'https://smdp.acme.example/'

describe('an install', () => {
  it('is done when the device was seen since, and not before', async () => {
    const world = await simpleMdm()
    const phone = world.fake.addDevice()
    const install = order(phone)
    expect(await world.driver.submit(install)).toEqual({ kind: 'accepted' })
    expect(await world.driver.outcome(install)).toEqual({ kind: 'pending' })
    await world.restart()
    await world.live()
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
    expect(await world.driver.submit(install)).toEqual({ kind: 'accepted' })
    await world.live()
    expect([...phone.apple.downloads.entries()]).toEqual([[URL_OF_ACME, 1]])
  })

  it('is never said to be proven: the one ICCID that is shown says too little', async () => {
    const world = await simpleMdm()
    const apple = makeDevice()
    apple.plans.push({ iccid: newIccid() })
    const phone = world.fake.addDevice(apple)
    const seen = await world.driver.look(String(phone.id))
    expect(seen?.facts).toMatchObject({ esims: 'unknown', installed: 'unknown', imei: apple.imei })
    expect(seen?.facts).toMatchObject({ groups: ['37'], registration: 'active', userEnrolled: false })
  })

  it('is over when the device leaves, goes or enrols again', async () => {
    const world = await simpleMdm()
    const phones = [0, 1, 2].map(() => world.fake.addDevice())
    const installs = phones.map((phone) => order(phone))
    for (const install of installs) await world.driver.submit(install)
    await world.clock.advance(10 * MINUTE)
    const [left, gone, again] = phones as [FakeDevice, FakeDevice, FakeDevice]
    world.fake.leave(left)
    world.fake.devices.delete(gone.id)
    world.fake.reenrol(again)
    const outcomes = await Promise.all(installs.map((install) => world.driver.outcome(install)))
    expect(outcomes).toMatchObject([{ code: 'left' }, { code: 'gone' }, { code: 're-enrolled' }])
  })

  it('is refused where it cannot be, before anything is sent', async () => {
    const world = await simpleMdm()
    const [phone, own, waiting] = [world.fake.addDevice(), world.fake.addDevice(), world.fake.addDevice()]
    const mac = world.fake.addDevice(makeDevice('MacBookPro18,1'))
    own.channels = ['user']
    waiting.status = 'awaiting enrollment'
    const bare = { ...IOS, carrierUrl: 'smdp.acme.example' } as typeof IOS
    const { driver } = world
    expect(await driver.submit(order(own))).toMatchObject({ code: 'user-enrolled' })
    expect(await driver.submit(order(waiting))).toMatchObject({ code: 'not-active' })
    expect(await driver.submit(order(mac))).toMatchObject({ code: 'unsupported' })
    expect(await driver.submit(order(phone, 'install', { spec: bare }))).toMatchObject({ code: 'bad-url' })
    expect(world.fake.requests.filter((each) => each.startsWith('POST'))).toEqual([])
  })

  it('that SimpleMDM refuses in its own words is refused, and stays so', async () => {
    const world = await simpleMdm()
    const install = order(world.fake.addDevice())
    world.fake.dials.proxied = /refresh_cellular_plans/
    world.fake.dials.proxy = complain(422, 'esim_server_url is invalid')
    const answer = await world.driver.submit(install)
    expect(answer).toMatchObject({ kind: 'refused', message: 'HTTP 422, esim_server_url is invalid' })
    world.fake.dials.proxy = undefined
    expect(await world.driver.submit(install)).toEqual(answer)
  })

  it.each(['throttled', 'throttled-silently'] as const)(
    'that is turned away (%s) is put off, and nothing is remembered of it',
    async (fault) => {
      const world = await simpleMdm()
      const install = order(world.fake.addDevice())
      world.fake.dials.fault = (request) => (request.startsWith('POST') ? fault : undefined)
      expect(await world.driver.submit(install)).toMatchObject({ kind: 'deferred' })
      world.fake.dials.fault = () => undefined
      await world.clock.advance(10 * SECOND)
      expect(await world.driver.submit(install)).toMatchObject({ kind: 'accepted' })
    },
  )

  it('whose answer gets lost is never told again under the same id, and known to be unknown', async () => {
    const world = await simpleMdm()
    const phone = world.fake.addDevice()
    const install = order(phone)
    world.fake.dials.fault = (request) => (request.startsWith('POST') ? 'cut-after' : undefined)
    await expect(world.driver.submit(install)).rejects.toMatchObject(UNREACHABLE)
    world.fake.dials.fault = () => undefined
    await expect(world.driver.submit(install)).rejects.toMatchObject(UNREACHABLE)
    expect(await world.driver.outcome(install)).toEqual({ kind: 'unknown' })
    expect(phone.queue).toHaveLength(1)
  })
})

describe('the inventory', () => {
  it('misses nobody when a device goes while its pages are read', async () => {
    const world = await simpleMdm()
    for (let at = 0; at < 150; at += 1) world.fake.addDevice()
    const first = await world.driver.observe()
    world.fake.devices.delete(3)
    const second = await world.driver.observe(first.next)
    expect([first.observations.length, second.observations.length, second.next]).toEqual([100, 50, undefined])
  })

  it('is not read for ever where the cursor is overlooked', async () => {
    const world = await simpleMdm()
    for (let at = 0; at < 101; at += 1) world.fake.addDevice()
    world.fake.dials.ignoresCursor = true
    const { next } = await world.driver.observe()
    await expect(world.driver.observe(next)).rejects.toMatchObject(UNREACHABLE)
  })
})

it.each([
  { status: 404, body: '<html>not here</html>' },
  { status: 404, body: '{"message":"no route"}' },
  { status: 200, body: '<html>sign in</html>' },
  { status: 200, body: '{"data":[]}' },
])('what is not SimpleMDM speaking makes no device look gone: $status $body', async (proxy) => {
  const world = await simpleMdm()
  const phone = world.fake.addDevice()
  world.fake.dials.proxy = proxy
  await expect(world.driver.look(String(phone.id))).rejects.toMatchObject(UNREACHABLE)
  await expect(world.driver.observe()).rejects.toMatchObject(UNREACHABLE)
})

async function reached<T>(world: SimpleMdmWorld, work: Promise<T>): Promise<T | undefined> {
  try {
    return await drive(world.clock, work)
  } catch (error) {
    if (error instanceof SimplaneError && error.code === 'driver-unreachable') return undefined
    throw error
  }
}

it.each(seeds(20_261_125))(
  'with 30% of all requests going wrong every device gets its eSIM once, and no step is sent twice (luck %i)',
  async (luck) => {
    const world = await simpleMdm({ answerWithin: 20 * SECOND })
    const { fake } = world
    const phones = Array.from({ length: 24 }, () => fake.addDevice())
    const suffered = new Map<Fault, number>()
    fake.dials.fault = faults(0.3, luck, suffered)
    const open = new Map(phones.map((phone) => [phone, { command: order(phone), isTold: false }]))
    const submitted: Command[] = []
    for (let round = 0; round < 120 && open.size > 0; round += 1) {
      for (const [phone, step] of open) {
        if (!step.isTold) {
          submitted.push(step.command)
          const answer = await reached(world, world.driver.submit(step.command))
          expect(answer?.kind).not.toBe('refused')
          step.isTold = answer?.kind !== 'deferred'
        }
        const outcome = step.isTold ? await reached(world, world.driver.outcome(step.command)) : undefined
        // Whether it arrived cannot be known: it is planned anew, under a new id.
        if (outcome?.kind === 'unknown') open.set(phone, { command: order(phone), isTold: false })
        if (outcome?.kind === 'done') open.delete(phone)
      }
      if (round % 7 === 3) await world.restart()
      await world.clock.advance(MINUTE)
      fake.round()
      await reached(world, world.driver.observe())
    }
    await world.live()
    expect(open.size).toBe(0)
    // Asked twice by two steps, a carrier gives its eSIM once; one step is one command at most.
    expect(phones.map(({ apple }) => [...apple.downloads.values()])).toEqual(phones.map(() => [1]))
    const ids = new Set(submitted.map(({ id }) => id))
    const effects = phones.reduce((sum, { apple }) => sum + apple.effects.size, 0)
    expect([effects >= phones.length, effects <= ids.size]).toEqual([true, true])
    expect(suffered.size).toBe(FAULTS.length)
  },
)
