import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { makeDevice, newIccid } from './fakes/apple-device.ts'
import { fleet, IOS, order, shown } from './fakes/fleet/world.ts'

const URL_OF_ACME = 'https://smdp.acme.example/'
const OURS = { source: { configuration: 'acme', identity: `ios:${URL_OF_ACME}` } }

describe('an install on iOS', () => {
  it('is proven by a plan that was not there before it', async () => {
    const world = await fleet()
    const device = makeDevice()
    device.plans.push({ iccid: newIccid() })
    const phone = await world.phone(device)
    const install = order(phone, 'install')
    expect(await world.driver.submit(install)).toMatchObject({ kind: 'accepted' })
    await world.live()
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
    const { esims, esimsComplete, eid } = await shown(world, phone)
    expect(esims).toMatchObject([{ iccid: device.plans[0]?.iccid }, OURS])
    expect(esims === 'unknown' ? undefined : esims[0]?.source).toBeUndefined()
    expect([esimsComplete, eid]).toEqual([false, device.eid])
  })

  it('is put off until the device has said what it holds, however long it sleeps', async () => {
    const world = await fleet()
    const phone = world.fake.addApple()
    phone.online = false
    for (let hour = 0; hour < 5; hour += 1) {
      expect(await world.driver.submit(order(phone, 'install'))).toMatchObject({ kind: 'deferred' })
      await world.clock.advance(HOUR)
    }
    expect(phone.queue.length).toBeLessThan(10)
    phone.online = true
    world.fake.checkIn(phone)
    // What it said to a question of hours ago is too old to tell the new plan apart.
    expect(await world.driver.submit(order(phone, 'install'))).toMatchObject({ kind: 'deferred' })
    world.fake.checkIn(phone)
    expect(await world.driver.submit(order(phone, 'install'))).toMatchObject({ kind: 'accepted' })
    await world.live()
    expect(phone.apple?.downloads.get(URL_OF_ACME)).toBe(1)
  })

  it('that brings nothing has failed a quarter of an hour later', async () => {
    const world = await fleet()
    world.fake.dials.carriers = { delay: MINUTE, empty: new Set([URL_OF_ACME]) }
    const phone = await world.phone()
    const install = order(phone, 'install')
    await world.driver.submit(install)
    await world.live()
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
    await world.live(25)
    expect(await world.driver.outcome(install)).toMatchObject({
      kind: 'failed',
      code: 'no-plan',
      permanent: false,
    })
  })

  it('whose acknowledgement never comes is proven by its plan all the same', async () => {
    const world = await fleet()
    const phone = await world.phone()
    world.fake.dials.reports = 'lost'
    const install = order(phone, 'install')
    await world.driver.submit(install)
    await world.live(25)
    expect(await world.driver.outcome(install)).toEqual({ kind: 'pending' })
    expect((await shown(world, phone)).esims).toMatchObject([OURS])
  })

  it.each([
    [36_001, false],
    [36_002, true],
    [36_003, false],
    [12_021, true],
    [99, false],
  ])('that the device answers with error %i has failed; for good: %s', async (code, permanent) => {
    const world = await fleet()
    const phone = await world.phone()
    if (phone.apple !== undefined) phone.apple.failNext = code
    const install = order(phone, 'install')
    await world.driver.submit(install)
    await world.live(1)
    expect(await world.driver.outcome(install)).toMatchObject({
      kind: 'failed',
      code: String(code),
      permanent,
    })
    expect((await shown(world, phone)).esims).toEqual([])
  })

  it('on a busy device (NotNow) waits, and happens when it is offered again', async () => {
    const world = await fleet()
    const phone = await world.phone()
    const install = order(phone, 'install')
    await world.driver.submit(install)
    if (phone.apple !== undefined) phone.apple.busy = 1
    world.fake.checkIn(phone)
    expect(await world.driver.outcome(install)).toEqual({ kind: 'not-now' })
    await world.live()
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
    expect((await shown(world, phone)).esims).toMatchObject([OURS])
  })

  it('is accepted although the push to all devices failed (502): it is in the queue', async () => {
    const world = await fleet()
    const phone = await world.phone()
    world.fake.dials.push = 'failing'
    const install = order(phone, 'install')
    expect(await world.driver.submit(install)).toMatchObject({ kind: 'accepted' })
    expect(phone.queue).toHaveLength(1)
    await world.live()
    expect((await shown(world, phone)).esims).toMatchObject([OURS])
  })

  it('is over when the device enrols again before it answers, and what was known of its plans too', async () => {
    const world = await fleet()
    const phone = await world.phone()
    if (phone.apple !== undefined) phone.apple.plans.push({ iccid: newIccid() })
    await world.clock.advance(13 * HOUR)
    await world.live(2)
    expect((await shown(world, phone)).esims).toHaveLength(1)
    phone.online = false
    const install = order(phone, 'install')
    expect(await world.driver.submit(install)).toMatchObject({ kind: 'accepted' })
    await world.clock.advance(HOUR)
    Object.assign(phone, { queue: [], enrolledAt: world.clock.now() })
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'failed', code: 're-enrolled' })
    expect(await shown(world, phone)).toMatchObject({ esims: 'unknown' })
  })

  it('is refused where Apple refuses it, before anything is sent', async () => {
    const world = await fleet()
    const [phone, own] = [await world.phone(), await world.phone()]
    own.enrollment = 'On (personal)'
    const queued = phone.queue.length
    const bare = { ...IOS, carrierUrl: 'smdp.acme.example' } as typeof IOS
    expect(await world.driver.submit(order(own, 'install'))).toMatchObject({ code: 'user-enrolled' })
    expect(await world.driver.submit(order(phone, 'install', { spec: bare }))).toMatchObject({
      code: 'bad-url',
    })
    expect(phone.queue).toHaveLength(queued)
    expect(await shown(world, own)).toMatchObject({ userEnrolled: true, ownership: 'personal' })
  })

  it('of a device without the right to show its plans goes out, and is never attributed', async () => {
    const world = await fleet()
    const device = makeDevice()
    device.showsPlans = false
    const phone = await world.phone(device)
    const install = order(phone, 'install')
    expect(await world.driver.submit(install)).toMatchObject({ kind: 'accepted' })
    device.showsPlans = true
    await world.live()
    expect((await shown(world, phone)).esims).toMatchObject([{ iccid: expect.any(String) as string }])
    const { esims } = await shown(world, phone)
    expect(esims === 'unknown' ? undefined : esims[0]?.source).toBeUndefined()
  })
})

describe('the plans of a device', () => {
  it('are asked again when what is known grew old, and not before', async () => {
    const world = await fleet()
    const phone = await world.phone()
    const asked = () => world.fake.requests.filter((each) => each.endsWith('/commands/run')).length
    const before = asked()
    await world.clock.advance(11 * HOUR)
    await world.driver.observe()
    expect(asked()).toBe(before)
    await world.clock.advance(HOUR)
    await world.driver.observe()
    await world.driver.observe()
    expect(asked()).toBe(before + 1)
    expect(phone.queue).toHaveLength(1)
  })

  it('never fill the queue of a device that sleeps for a month', async () => {
    const world = await fleet()
    const phone = await world.phone()
    phone.online = false
    for (let visit = 0; visit < 30 * 8; visit += 1) {
      await world.driver.observe()
      await world.clock.advance(DAY / 8)
    }
    expect(phone.queue.length).toBeLessThan(40)
  })

  it('of a personal device are not asked for: it would not show them', async () => {
    const world = await fleet()
    const phone = world.fake.addApple()
    phone.enrollment = 'On (personal)'
    await world.driver.observe()
    expect(phone.queue).toEqual([])
  })
})

describe('the retirement of a phone', () => {
  it('is proven when MDM is off, and not before', async () => {
    const world = await fleet()
    const phone = await world.phone()
    phone.online = false
    const retire = order(phone, 'retire')
    expect(await world.driver.submit(retire)).toMatchObject({ kind: 'accepted' })
    await world.live(1)
    expect(await world.driver.outcome(retire)).toEqual({ kind: 'pending' })
    expect(await shown(world, phone)).toMatchObject({ registration: 'active' })
    phone.online = true
    await world.live(1)
    expect(await world.driver.outcome(retire)).toMatchObject({ kind: 'done' })
    expect(await shown(world, phone)).toMatchObject({ registration: 'retired' })
  })

  it('is done where MDM is off already, and is not offered on Windows', async () => {
    const world = await fleet()
    const phone = await world.phone()
    world.fake.leave(phone)
    const retire = order(phone, 'retire')
    expect(await world.driver.submit(retire)).toMatchObject({ kind: 'accepted' })
    expect(await world.driver.outcome(retire)).toMatchObject({ kind: 'done' })
    expect(await world.driver.submit(order(world.laptop(), 'retire'))).toMatchObject({ code: 'unsupported' })
  })
})
