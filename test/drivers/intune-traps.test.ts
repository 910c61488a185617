import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/domain/time.ts'
import type { Fault } from './fakes/faults.ts'
import { ACME, installOn, intune, order, readDevice, shown, type IntuneWorld } from './fakes/intune/world.ts'

const NEO = { ...ACME, serverName: 'smdp.neo.example' }

/** The next so many calls to this go wrong. */
function spoil(world: IntuneWorld, part: string, fault: Fault, times: number): void {
  let left = times
  world.trouble.isNear = true
  world.graph.dials.fault = (path) => {
    if (left === 0 || !path.includes(part)) return undefined
    left -= 1
    return fault
  }
}

describe('an eSIM reset that Graph puts off', () => {
  it('after its script package was made runs by that package, once, and takes it away', async () => {
    const world = await intune()
    const device = await readDevice(world)
    const reset = order(device, 'reset')
    spoil(world, 'initiateOnDemand', 'throttled', 1)
    expect(await world.driver.submit(reset)).toMatchObject({ kind: 'deferred' })
    expect(await world.driver.outcome(reset)).toEqual({ kind: 'unknown' })
    await world.clock.advance(5 * MINUTE)
    await world.restart()
    expect(await world.driver.submit(reset)).toEqual({ kind: 'accepted' })
    await world.live()
    expect(await world.driver.outcome(reset)).toMatchObject({ kind: 'done' })
    expect(device.happened.map(({ what }) => what)).toEqual(['reset'])
    expect(world.graph.tenant.scripts.size).toBe(1)
  })

  it('is looked at anew before it is told: what made it impossible since stops it', async () => {
    const world = await intune()
    const device = await readDevice(world)
    const reset = order(device, 'reset')
    spoil(world, 'initiateOnDemand', 'throttled', 1)
    expect(await world.driver.submit(reset)).toMatchObject({ kind: 'deferred' })
    world.graph.tenant.retire(device)
    expect(await world.driver.submit(reset)).toMatchObject({ kind: 'refused', code: 'not-active' })
    expect(device.queued).toEqual([])
  })
})

it('fifty eSIM resets that no device came for keep others waiting for three days, and not for ever', async () => {
  const world = await intune()
  for (let n = 0; n < 50; n += 1) {
    const device = await readDevice(world)
    device.online = false
    expect(await world.driver.submit(order(device, 'reset'))).toEqual({ kind: 'accepted' })
  }
  const device = await readDevice(world)
  expect(await world.driver.submit(order(device, 'reset'))).toMatchObject({
    kind: 'deferred',
    reason: 'Many eSIM resets are under way.',
  })
  await world.clock.advance(3 * DAY + 2 * HOUR)
  await world.live()
  expect(await world.driver.submit(order(device, 'reset'))).toEqual({ kind: 'accepted' })
})

it('an ICCID that came while nobody knew whether the newest install was taken is never said to be of the one before', async () => {
  const world = await intune()
  const phone = world.enrol('iOS')
  const former = installOn(phone)
  await world.driver.submit(former)
  await world.live(2)
  expect(await world.driver.outcome(former)).toMatchObject({ kind: 'done' })
  const carrier = 'https://smdp.neo.example/'
  const install = order(phone, 'install', {
    configuration: 'neo',
    spec: { platform: 'ios', carrierUrl: carrier },
  })
  spoil(world, 'activateDeviceEsim', 'cut-after', 1)
  await expect(world.driver.submit(install)).rejects.toMatchObject({ code: 'driver-unreachable' })
  // A device hears of it later, if only by a moment.
  await world.clock.advance(SECOND)
  world.graph.tenant.checkIn(phone)
  await world.clock.advance(SECOND)
  const { esims } = await shown(world, phone)
  expect(esims).toEqual([{ iccid: phone.iccid }])
  expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
  expect((await shown(world, phone)).esims).toMatchObject([
    { iccid: phone.iccid, source: { configuration: 'neo', identity: `ios:${carrier}` } },
  ])
})

it('a device that a sweep finds in a group before the answer to that was heard has its configuration by name all the same', async () => {
  const world = await intune()
  const device = await readDevice(world)
  const install = installOn(device)
  spoil(world, '/members/$ref', 'cut-after', 3)
  await expect(world.driver.submit(install)).rejects.toMatchObject({ code: 'driver-unreachable' })
  await world.clock.advance(2 * HOUR)
  await world.driver.observe()
  await world.live()
  expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
  // Of another configuration it would be in the way of the next server, for good.
  device.profiles = []
  expect(await world.driver.submit(installOn(device, NEO))).toEqual({ kind: 'accepted' })
})
