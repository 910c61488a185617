import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/domain/time.ts'
import { makeDevice, newIccid, type AppleDevice } from './fakes/apple-device.ts'
import { CARRIER, installOn, nanoMdm, shown, type NanoMdmWorld } from './fakes/nanomdm-world.ts'

const OURS = { source: { configuration: 'acme-phones', identity: `ios:${CARRIER}` } }

/** Devices poll and NanoMDM tells. */
async function talk(world: NanoMdmWorld): Promise<void> {
  world.fake.pollAll()
  await world.deliver()
}

async function iccids(world: NanoMdmWorld, device: AppleDevice): Promise<readonly string[]> {
  const { esims } = await shown(world, device)
  return esims === 'unknown' ? ['unknown'] : esims.map(({ iccid }) => iccid)
}

describe('what a device holds', () => {
  it('is unknown until it said so, and then never called complete', async () => {
    const world = await nanoMdm()
    const { driver } = world
    const device = await world.enrol()
    device.plans.push({ iccid: newIccid() })
    expect(await iccids(world, device)).toEqual([])
    await world.clock.advance(12 * HOUR)
    await driver.look(device.udid)
    await talk(world)
    expect(await shown(world, device)).toMatchObject({
      platform: 'ios',
      osVersion: '18.1',
      serialNumber: device.serial,
      eid: device.eid,
      imei: device.imei,
      euicc: 'present',
      installed: 'unknown',
      esims: device.plans,
      esimsComplete: false,
    })
  })

  it('counts no slot without an ICCID as a plan, and reads ICCIDs that are grouped by spaces', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    expect(await iccids(world, device)).toEqual([])
    device.plans.push({ iccid: '8941100000000099999' })
    await world.clock.advance(12 * HOUR)
    await world.driver.look(device.udid)
    await talk(world)
    expect(await iccids(world, device)).toEqual(['8941100000000099999'])
  })

  it('stays unknown where the profile has no right to network information, and an install goes ahead', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    device.showsPlans = false
    world.fake.erase(device)
    await world.deliver()
    await world.driver.look(device.udid)
    await talk(world)
    expect(await shown(world, device)).toMatchObject({ esims: 'unknown', serialNumber: device.serial })
    const order = installOn(device)
    expect(await world.driver.submit(order)).toMatchObject({ kind: 'accepted' })
    await world.live()
    expect(await world.driver.outcome(order)).toMatchObject({ kind: 'done' })
  })

  it('is asked again only when it grew old', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    for (let hour = 0; hour < 11; hour += 1) {
      await world.driver.observe()
      expect(world.fake.queued(device)).toBe(0)
      await world.clock.advance(HOUR)
    }
    await world.clock.advance(HOUR)
    await world.driver.observe()
    await world.driver.observe()
    expect(world.fake.queued(device)).toBe(1)
  })

  it('that was answered to somebody else is heard too', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    device.plans.push({ iccid: newIccid() })
    await world.clock.advance(MINUTE)
    world.fake.askByHand(device)
    await talk(world)
    expect(await iccids(world, device)).toEqual(device.plans.map(({ iccid }) => iccid))
  })
})

describe('an install', () => {
  it('waits until the device said what it holds, and asks it', async () => {
    const world = await nanoMdm()
    const { driver, fake, clock } = world
    const device = await world.enrol()
    fake.erase(device)
    await world.deliver()
    const order = installOn(device)
    expect(await driver.submit(order)).toMatchObject({ kind: 'deferred', retryAt: clock.now() + 30 * SECOND })
    expect(await driver.outcome(order)).toEqual({ kind: 'unknown' })
    expect(fake.queued(device)).toBe(1)
    await talk(world)
    expect(await driver.submit(order)).toMatchObject({ kind: 'accepted' })
  })

  it('is told apart from what was there before it, and from what came after its plan', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    await world.clock.advance(11 * HOUR)
    const before = newIccid()
    // A SIM that was put in after the last list, and before the install.
    device.plans.push({ iccid: before })
    await world.driver.submit(installOn(device))
    await world.live()
    const after = newIccid()
    device.plans.push({ iccid: after })
    await world.clock.advance(12 * HOUR)
    await world.live(1)
    const { esims } = await shown(world, device)
    expect(esims).toEqual([
      { iccid: before },
      { iccid: device.plans[1]?.iccid, ...OURS, source: { ...OURS.source, onRemove: 'keep-esims' } },
      { iccid: after },
    ])
  })

  it('is credited with nothing where nobody knows what was there before it', async () => {
    const world = await nanoMdm()
    const device = makeDevice()
    device.plans.push({ iccid: newIccid() })
    device.showsPlans = false
    await world.enrol(device)
    await world.driver.submit(installOn(device))
    await talk(world)
    device.showsPlans = true
    await world.live()
    expect((await shown(world, device)).esims).toEqual(device.plans.map(({ iccid }) => ({ iccid })))
    expect(device.plans).toHaveLength(2)
  })

  it('is only asked for when acknowledged: the plan is looked for until it is there', async () => {
    const world = await nanoMdm()
    const { driver, fake, clock } = world
    fake.dials.carriers = { delay: 6 * MINUTE, empty: new Set() }
    const device = await world.enrol()
    const order = installOn(device)
    await driver.submit(order)
    await talk(world)
    expect(await driver.outcome(order)).toMatchObject({ kind: 'done' })
    expect(await iccids(world, device)).toEqual([])
    for (let minute = 0; minute < 12; minute += 1) {
      await driver.look(device.udid)
      await talk(world)
      await clock.advance(MINUTE)
    }
    expect((await shown(world, device)).esims).toMatchObject([OURS])
    const asked = fake.told(device)
    await world.live(10)
    expect(fake.told(device)).toBe(asked)
  })

  it('has failed, and may be tried again, when no plan came in a quarter of an hour', async () => {
    const world = await nanoMdm()
    world.fake.dials.carriers = { delay: MINUTE, empty: new Set([CARRIER]) }
    const device = await world.enrol()
    const order = installOn(device)
    await world.driver.submit(order)
    await world.live(4)
    expect(await world.driver.outcome(order)).toMatchObject({ kind: 'done' })
    await world.live(20)
    expect(await world.driver.outcome(order)).toMatchObject({
      kind: 'failed',
      code: 'no-plan',
      permanent: false,
    })
  })

  it('is credited with a plan that comes late, after it was given up', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    world.fake.dials.carriers = { delay: 2 * HOUR, empty: new Set() }
    await world.driver.submit(installOn(device))
    await world.live(20)
    await world.clock.advance(12 * HOUR)
    await world.live(1)
    expect((await shown(world, device)).esims).toMatchObject([OURS])
  })

  it.each([
    [36001, false],
    [36002, true],
    [36003, false],
    [12021, true],
    [99999, false],
  ])('that fails with %i is permanent: %s', async (code, permanent) => {
    const world = await nanoMdm()
    const device = await world.enrol()
    device.failNext = code
    const order = installOn(device)
    await world.driver.submit(order)
    await talk(world)
    const message = `Cellular error ${code}`
    expect(await world.driver.outcome(order)).toMatchObject({
      kind: 'failed',
      code: String(code),
      message,
      permanent,
    })
    expect(await iccids(world, device)).toEqual([])
  })

  it('that the device cannot read has failed for good', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    const order = installOn(device)
    await world.driver.submit(order)
    device.online = false
    await talk(world)
    world.fake.say(device, world.uuidOf(order.id) ?? '', 'CommandFormatError')
    await world.deliver()
    expect(await world.driver.outcome(order)).toMatchObject({ kind: 'failed', permanent: true })
  })

  it('on a busy device (NotNow) waits, and happens when it is offered again', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    device.busy = 2
    const order = installOn(device)
    await world.driver.submit(order)
    await talk(world)
    expect(await world.driver.outcome(order)).toEqual({ kind: 'not-now' })
    await world.live()
    expect(await world.driver.outcome(order)).toMatchObject({ kind: 'done' })
    expect((await shown(world, device)).esims).toMatchObject([OURS])
  })

  it('reports what comes twice or after the end as it was first reported', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    device.stutters = true
    const order = installOn(device)
    await world.driver.submit(order)
    await world.live()
    const first = await world.driver.outcome(order)
    for (const status of ['NotNow', 'Error', 'Acknowledged']) {
      world.fake.say(device, world.uuidOf(order.id) ?? '', status)
      await world.deliver()
    }
    expect(await world.driver.outcome(order)).toEqual(first)
  })
})

describe('what gets lost', () => {
  it('with the queue that Authenticate empties: the install is over, what is known of the plans too', async () => {
    const world = await nanoMdm()
    const { driver, fake, clock } = world
    const device = await world.enrol()
    device.plans.push({ iccid: newIccid() })
    device.online = false
    const order = installOn(device)
    await driver.submit(order)
    await clock.advance(HOUR)
    fake.erase(device)
    device.online = true
    await world.deliver()
    expect(await shown(world, device)).toMatchObject({
      enrolledAt: clock.now(),
      esims: 'unknown',
      registration: 'active',
    })
    expect(await driver.outcome(order)).toMatchObject({
      kind: 'failed',
      code: 're-enrolled',
      permanent: false,
    })
    await world.live()
    expect(fake.effects(world.uuidOf(order.id) ?? '')).toBe(0)
    expect(await iccids(world, device)).toEqual([])
    const again = installOn(device)
    expect(await driver.submit(again)).toMatchObject({ kind: 'accepted' })
    await world.live()
    expect((await shown(world, device)).esims).toMatchObject([OURS])
  })

  it('with Authenticate itself: the first token update says the same', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    device.online = false
    const order = installOn(device)
    await world.driver.submit(order)
    await world.clock.advance(2 * HOUR)
    world.fake.erase(device)
    await world.deliver(({ topic }) => topic === 'mdm.Authenticate')
    expect(await world.driver.outcome(order)).toMatchObject({ code: 're-enrolled' })
    expect(await shown(world, device)).toMatchObject({ enrolledAt: world.clock.now(), esims: 'unknown' })
  })

  it('with a device that left (CheckOut), although NanoMDM would still queue for it', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    device.online = false
    const order = installOn(device)
    await world.driver.submit(order)
    world.fake.checkOut(device)
    await world.deliver()
    expect(await shown(world, device)).toMatchObject({ registration: 'retired' })
    expect(await world.driver.outcome(order)).toMatchObject({ kind: 'failed', code: 'left' })
    expect(await world.driver.submit(installOn(device))).toMatchObject({
      kind: 'refused',
      code: 'not-active',
    })
    // It polls on for a while: that does not bring it back.
    world.fake.say(device, '', 'Idle')
    await world.deliver()
    expect(await shown(world, device)).toMatchObject({ registration: 'retired' })
  })

  it('with webhooks is found out by asking again: the plan proves the install', async () => {
    const world = await nanoMdm()
    const { driver, fake, clock } = world
    const device = await world.enrol()
    const order = installOn(device)
    await driver.submit(order)
    fake.pollAll()
    await world.deliver(() => true)
    expect(await driver.outcome(order)).toEqual({ kind: 'pending' })
    await clock.advance(10 * MINUTE)
    await world.live()
    expect((await shown(world, device)).esims).toMatchObject([OURS])
    expect(await driver.outcome(order)).toEqual({ kind: 'pending' })
    expect(device.downloads.get(CARRIER)).toBe(1)
  })

  it('with the answer to a question is asked again, under another id', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    await world.clock.advance(12 * HOUR)
    device.plans.push({ iccid: newIccid() })
    await world.driver.observe()
    world.fake.pollAll()
    await world.deliver(() => true)
    await world.driver.observe()
    expect(world.fake.queued(device)).toBe(0)
    await world.clock.advance(10 * MINUTE)
    await world.driver.observe()
    await talk(world)
    expect(await iccids(world, device)).toHaveLength(1)
  })

  it('with a queue that a second answer emptied (a bug of the kv stores) is noticed: lost, and may be sent anew', async () => {
    const world = await nanoMdm()
    const { driver, fake, clock } = world
    const device = await world.enrol()
    device.online = false
    const order = installOn(device)
    await driver.submit(order)
    // Somebody else's command is answered twice, and takes ours with it.
    fake.say(device, '11111111-aaaa', 'Acknowledged')
    expect(fake.queued(device)).toBe(0)
    device.online = true
    await world.live(2)
    expect(await driver.outcome(order)).toEqual({ kind: 'pending' })
    await clock.advance(10 * MINUTE)
    await world.live(20)
    expect(await driver.outcome(order)).toMatchObject({ kind: 'failed', code: 'lost', permanent: false })
    const again = installOn(device)
    expect(await driver.submit(again)).toMatchObject({ kind: 'accepted' })
    await world.live()
    expect(world.uuidOf(again.id)).not.toBe(world.uuidOf(order.id))
    expect(fake.effects(world.uuidOf(order.id) ?? '') + fake.effects(world.uuidOf(again.id) ?? '')).toBe(1)
    expect((await shown(world, device)).esims).toMatchObject([OURS])
  })

  it('never fills the queue of a device that sleeps for a month', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    device.online = false
    for (let day = 0; day < 30; day += 1) {
      for (let visit = 0; visit < 24; visit += 1) {
        await world.driver.observe()
        await world.clock.advance(DAY / 24)
      }
    }
    expect(world.fake.queued(device)).toBeLessThan(40)
    device.plans.push({ iccid: newIccid() })
    device.online = true
    await talk(world)
    expect(world.fake.queued(device)).toBe(0)
    expect(await iccids(world, device)).toHaveLength(1)
  })
})
