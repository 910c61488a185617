import { describe, expect, it } from 'vitest'
import type { EsimSpec } from '../../src/domain/esim.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { openSimulator } from '../../src/drivers/simulator/simulator.ts'
import { MONDAY, testClock } from '../clock.ts'
import { SPECS, command, install, seen } from '../conformance/driver-world.ts'

async function open(dials: Parameters<typeof openSimulator>[0]['dials'] = {}) {
  const clock = testClock()
  const simulator = await openSimulator({ path: ':memory:', clock, dials })
  return { clock, simulator, [Symbol.asyncDispose]: async () => simulator[Symbol.asyncDispose]() }
}

const IN_SYNC = 'd-5'
const BARE = 'd-1'
const NEO: EsimSpec = {
  platform: 'windows',
  serverName: 'smdp.neo.example',
  isDiscoveryServer: false,
  autoEnable: true,
}

describe('users', () => {
  it('delete an eSIM; the configuration stays installed', async () => {
    await using world = await open()
    const before = await seen(world.simulator, IN_SYNC)
    world.simulator.userDeletesEsim(IN_SYNC)
    expect(await seen(world.simulator, IN_SYNC)).toEqual({ ...before, esims: [] })
  })

  it('delete the one eSIM that is named', async () => {
    await using world = await open()
    world.simulator.consoleInstalls(IN_SYNC, NEO, 'neo')
    const { esims } = await seen(world.simulator, IN_SYNC)
    const first = esims === 'unknown' ? undefined : esims[0]?.iccid
    world.simulator.userDeletesEsim(IN_SYNC, first)
    expect((await seen(world.simulator, IN_SYNC)).esims).toEqual(esims.slice(1))
  })

  it('turn an eSIM off', async () => {
    await using world = await open()
    world.simulator.userDisablesEsim(IN_SYNC)
    expect((await seen(world.simulator, IN_SYNC)).esims).toMatchObject([{ enabled: false }])
  })

  it('are noticed only when their device is back online', async () => {
    await using world = await open()
    const { simulator, clock } = world
    simulator.setOnline(IN_SYNC, false)
    const before = await seen(simulator, IN_SYNC)
    await clock.advance(HOUR)
    simulator.userDisablesEsim(IN_SYNC)
    simulator.userDeletesEsim(IN_SYNC)
    expect(await seen(simulator, IN_SYNC)).toEqual(before)
    expect(before.lastSeenAt).toBe(MONDAY)
    simulator.setOnline(IN_SYNC, true)
    expect(await seen(simulator, IN_SYNC)).toMatchObject({ esims: [], lastSeenAt: MONDAY + HOUR })
  })
})

describe('other administrators', () => {
  it('install what is not managed by us, with an eSIM of its own', async () => {
    await using world = await open()
    world.simulator.consoleInstalls(BARE, NEO, 'by-hand')
    expect(await seen(world.simulator, BARE)).toMatchObject({
      installed: [{ configuration: 'by-hand', spec: NEO, managed: false }],
      esims: [{ source: { configuration: 'by-hand', identity: 'windows:smdp.neo.example' } }],
    })
  })

  it('bring no second eSIM where one blocks it', async () => {
    await using world = await open()
    const { esims } = await seen(world.simulator, IN_SYNC)
    world.simulator.consoleInstalls(IN_SYNC, NEO, 'acme-laptops')
    expect((await seen(world.simulator, IN_SYNC)).esims).toEqual(esims)
  })

  it('change what is installed, or take it off; its eSIM stays', async () => {
    await using world = await open()
    const { esims } = await seen(world.simulator, IN_SYNC)
    world.simulator.consoleChanges(IN_SYNC, 'acme-laptops', NEO)
    expect(await seen(world.simulator, IN_SYNC)).toMatchObject({
      installed: [{ spec: NEO, managed: true }],
      esims,
    })
    world.simulator.consoleChanges(IN_SYNC, 'acme-laptops', undefined)
    expect(await seen(world.simulator, IN_SYNC)).toMatchObject({ installed: [], esims })
  })

  it('retire a device: it is never heard of again, and what it holds stays known', async () => {
    await using world = await open()
    const { esims } = await seen(world.simulator, IN_SYNC)
    world.simulator.retireInConsole(IN_SYNC)
    await world.clock.advance(DAY)
    expect(await seen(world.simulator, IN_SYNC)).toMatchObject({
      registration: 'retired',
      lastSeenAt: MONDAY,
      esims,
    })
  })

  it('remove a record, and whatever was on its way to it fails', async () => {
    await using world = await open()
    const { simulator, clock } = world
    const one = await install({ driver: simulator }, BARE, 'windows')
    await simulator.submit(one)
    const { total } = await simulator.observe()
    simulator.removeDevice(BARE)
    expect(await simulator.look(BARE)).toBeUndefined()
    expect((await simulator.observe()).total).toBe((total ?? 0) - 1)
    await clock.advance(MINUTE)
    expect(await simulator.outcome(one)).toMatchObject({ kind: 'failed', code: 'not-found' })
  })
})

describe('wiped and enrolled again', () => {
  it('leaves a wiped record behind, and the new one is bare', async () => {
    await using world = await open()
    const { simulator, clock } = world
    const before = await seen(simulator, IN_SYNC)
    await clock.advance(HOUR)
    const again = simulator.wipeAndReenrol(IN_SYNC)
    const [old, live] = [await seen(simulator, IN_SYNC), await seen(simulator, again)]
    expect(old).toMatchObject({
      registration: 'wiped',
      installed: [],
      esims: [],
      enrolledAt: before.enrolledAt,
    })
    const { serialNumber, eid } = before
    const bare = { registration: 'active', installed: [], esims: [], esimsComplete: true }
    expect(live).toMatchObject({ ...bare, serialNumber, eid, enrolledAt: MONDAY + HOUR })
  })

  it('keeps the eSIMs on the chip when the dial says so', async () => {
    await using world = await open({ wipeKeepsEsims: true })
    const { esims } = await seen(world.simulator, IN_SYNC)
    const again = world.simulator.wipeAndReenrol(IN_SYNC)
    expect(await seen(world.simulator, again)).toMatchObject({ installed: [], esims })
    expect(await seen(world.simulator, IN_SYNC)).toMatchObject({ registration: 'wiped', esims })
  })

  it('loses what was on its way: it reaches neither record', async () => {
    await using world = await open()
    const { simulator, clock } = world
    const one = await install({ driver: simulator }, BARE, 'windows')
    await simulator.submit(one)
    const again = simulator.wipeAndReenrol(BARE)
    await clock.advance(DAY)
    expect(await simulator.outcome(one)).toEqual({ kind: 'pending' })
    expect((await seen(simulator, again)).esims).toEqual([])
    expect(simulator.effects(one.id)).toBe(0)
  })

  it('never gives a number to two records, not even after a deletion', async () => {
    await using world = await open()
    const first = world.simulator.addDevice()
    world.simulator.removeDevice(first)
    expect(world.simulator.addDevice()).not.toBe(first)
  })
})

describe('stale records', () => {
  it('are deleted although their device checks in no more, and not once they are live', async () => {
    await using world = await open()
    const { simulator, clock } = world
    const { total } = await simulator.observe()
    const { key: record } = await seen(simulator, 'd-12')
    const one = await command({ driver: simulator }, 'd-43', 'delete-record', { record })
    const twice = await command({ driver: simulator }, 'd-43', 'delete-record', { record })
    await simulator.submit(one)
    await simulator.submit(twice)
    await clock.advance(MINUTE)
    expect(await simulator.outcome(one)).toMatchObject({ kind: 'done' })
    expect(await simulator.outcome(twice)).toMatchObject({ kind: 'failed', code: 'not-found' })
    expect((await simulator.observe()).total).toBe((total ?? 0) - 1)
    expect(simulator.log('d-43')).toMatchObject([
      { kind: 'delete-record', result: 'done' },
      { result: 'failed' },
    ])
  })
})

describe('what the MDM refuses', () => {
  it.each([
    ['an eSIM reset on Windows 10', 'd-26', 'reset', {}, 'unsupported'],
    ['an install without content', BARE, 'install', { configuration: 'c' }, 'incomplete-command'],
    ['an uninstall of nothing', BARE, 'uninstall', {}, 'incomplete-command'],
    [
      'a configuration of another platform',
      BARE,
      'install',
      { configuration: 'c', spec: SPECS.ios },
      'wrong-platform',
    ],
    ['the deletion of no record', BARE, 'delete-record', {}, 'not-found'],
    ['a command to a wiped device', 'd-12', 'reset', {}, 'not-active'],
  ] as const)('%s', async (_what, device, kind, rest, code) => {
    await using world = await open()
    const one = await command({ driver: world.simulator }, device, kind, rest)
    expect(await world.simulator.submit(one)).toMatchObject({ kind: 'refused', code })
    expect(await world.simulator.submit(one)).toMatchObject({ kind: 'refused', code })
    expect(await world.simulator.outcome(one)).toMatchObject({ kind: 'failed', code, permanent: true })
    expect(world.simulator.counts(one.id)).toEqual({ told: 2, executed: 0 })
  })

  it.each(['nobody', 'd-999', 'd-0', ''])('a hand laid on "%s", which is nobody', async (id) => {
    await using world = await open()
    expect(() => world.simulator.userDeletesEsim(id)).toThrow(/has no device/)
  })
})
