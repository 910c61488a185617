import { describe, expect, it } from 'vitest'
import type { Command, CommandId, Outcome } from '../../src/domain/driver.ts'
import { SimplaneError } from '../../src/domain/error.ts'
import { HOUR, MINUTE, SECOND } from '../../src/domain/time.ts'
import { CALM } from '../../src/drivers/simulator/dials.ts'
import type { Dials } from '../../src/drivers/simulator/dials.ts'
import { openSimulator } from '../../src/drivers/simulator/simulator.ts'
import type { Simulator } from '../../src/drivers/simulator/simulator.ts'
import { MONDAY, testClock } from '../clock.ts'
import { SPECS, command, install, inventory, seen } from '../conformance/driver-world.ts'

const SHARE = 400

async function open(dials: Partial<Dials>, devices = 0) {
  const clock = testClock()
  const simulator = await openSimulator({ path: ':memory:', devices, clock, dials })
  return { clock, simulator, [Symbol.asyncDispose]: async () => simulator[Symbol.asyncDispose]() }
}

/** An install on a new plain laptop. */
async function order(simulator: Simulator, id?: string): Promise<Command> {
  const device = simulator.addDevice()
  const rest = {
    configuration: 'c',
    spec: SPECS.windows,
    ...(id === undefined ? {} : { id: id as CommandId }),
  }
  return command({ driver: simulator }, device, 'install', rest)
}

async function tries<T>(work: () => Promise<T>): Promise<T | SimplaneError> {
  return work().catch((error: unknown) => {
    if (error instanceof SimplaneError) return error
    throw error
  })
}

describe('latency', () => {
  it('lets nothing happen before its least and everything by its most', async () => {
    await using world = await open({ latency: { min: 1000, max: 3000 } })
    const orders = await Promise.all(Array.from({ length: 50 }, async () => order(world.simulator)))
    for (const one of orders) await world.simulator.submit(one)
    await world.clock.advance(999)
    expect(world.simulator.counts().executed).toBe(0)
    await world.clock.advance(1001)
    const halfway = world.simulator.counts().executed
    expect(halfway).toBeGreaterThan(0)
    expect(halfway).toBeLessThan(50)
    await world.clock.advance(1000)
    expect(world.simulator.counts().executed).toBe(50)
  })

  it('depends on the seed and the command id alone', async () => {
    const moments: Outcome[] = []
    for (const wait of [5 * SECOND, 40 * MINUTE]) {
      await using world = await open({})
      const one = await order(world.simulator, 'same.1.1.1')
      await world.simulator.submit(one)
      await world.clock.advance(wait)
      moments.push(await world.simulator.outcome(one))
    }
    expect(moments[0]).toMatchObject({ kind: 'done' })
    expect(moments[1]).toEqual(moments[0])
  })

  it('never lets a later command overtake an earlier one on the same device', async () => {
    await using world = await open({})
    const device = world.simulator.addDevice()
    const told: string[] = []
    for (let turn = 0; turn < 20; turn++) {
      const kind = turn % 2 === 0 ? 'install' : 'reset'
      const one = await command({ driver: world.simulator }, device, kind, {
        configuration: 'c',
        spec: SPECS.windows,
      })
      await world.simulator.submit(one)
      told.push(one.id)
      await world.clock.advance(10)
    }
    await world.clock.advance(MINUTE)
    expect(world.simulator.log(device).map((entry) => entry.command)).toEqual(told)
  })
})

describe('bad days', () => {
  it('a busy device answers not-now and does it later', async () => {
    await using world = await open({ notNow: 1 })
    const one = await order(world.simulator)
    await world.simulator.submit(one)
    await world.clock.advance(10 * MINUTE)
    expect(await world.simulator.outcome(one)).toEqual({ kind: 'not-now' })
    world.simulator.setDials({ notNow: 0 })
    await world.clock.advance(HOUR)
    expect(await world.simulator.outcome(one)).toMatchObject({ kind: 'done' })
    const results = world.simulator.log(one.device.id).map(({ result }) => result)
    expect(new Set(results.slice(0, -1))).toEqual(new Set(['not-now']))
    expect(results.at(-1)).toBe('done')
  })

  it('a device that is always busy is asked ever less often, once an hour in the end', async () => {
    await using world = await open({ notNow: 1 })
    const one = await order(world.simulator)
    await world.simulator.submit(one)
    await world.clock.advance(3 * HOUR)
    const asked = world.simulator.log().length
    await world.clock.advance(100 * HOUR)
    expect(world.simulator.log()).toHaveLength(asked + 100)
    expect(await world.simulator.outcome(one)).toEqual({ kind: 'not-now' })
  })

  it.each([
    ['windows', 'discovery-state-4'],
    ['ios', '36003'],
  ] as const)('a failure that passes leaves a %s device as it was', async (platform, code) => {
    await using world = await open({ errorRate: 1 })
    const { simulator, clock } = world
    const device = simulator.addDevice(platform === 'ios' ? { platform, osVersion: '18.1' } : {})
    const before = await seen(simulator, device)
    const one = await install({ driver: simulator }, device, platform)
    await simulator.submit(one)
    await clock.advance(MINUTE)
    expect(await simulator.outcome(one)).toMatchObject({ kind: 'failed', code, permanent: false })
    expect(await seen(simulator, device)).toEqual({ ...before, lastSeenAt: clock.now() })
  })

  it('an answer that is lost for three questions arrives with the fourth', async () => {
    await using world = await open({ lostAnswers: 1, answersLostFor: 3 })
    const one = await order(world.simulator)
    await world.simulator.submit(one)
    await world.clock.advance(MINUTE)
    const answers: string[] = []
    for (let asked = 0; asked < 5; asked++) answers.push((await world.simulator.outcome(one)).kind)
    expect(answers).toEqual(['pending', 'pending', 'pending', 'done', 'done'])
  })

  it('a command that arrives twice is done once, answered twice and logged as a duplicate', async () => {
    await using world = await open({ duplicatedAnswers: 1 })
    const one = await order(world.simulator)
    await world.simulator.submit(one)
    await world.clock.advance(4 * SECOND)
    const first = await world.simulator.outcome(one)
    await world.clock.advance(MINUTE)
    const second = await world.simulator.outcome(one)
    expect([first.kind, second.kind]).toEqual(['done', 'done'])
    expect(world.simulator.log(one.device.id).map(({ result }) => result)).toEqual(['done', 'duplicate'])
    expect(world.simulator.effects(one.id)).toBe(1)
    expect((await seen(world.simulator, one.device.id)).esims).toHaveLength(1)
  })

  it('submit breaks before the MDM heard it, or after; told again until it answers, the effect is one', async () => {
    await using world = await open({ submitThrows: 0.6 })
    const { simulator, clock } = world
    let before = 0
    let after = 0
    for (let turn = 0; turn < 60; turn++) {
      const one = await order(simulator)
      for (;;) {
        const submission = await tries(async () => simulator.submit(one))
        if (!(submission instanceof SimplaneError)) break
        expect(submission.code).toBe('driver-unreachable')
        if ((await simulator.outcome(one)).kind === 'unknown') before += 1
        else after += 1
      }
      await clock.advance(MINUTE)
      expect(simulator.effects(one.id)).toBe(1)
    }
    expect(before).toBeGreaterThan(5)
    expect(after).toBeGreaterThan(5)
  })

  it('a deferred command was not received', async () => {
    await using world = await open({ deferred: 1 })
    const one = await order(world.simulator)
    expect(await world.simulator.submit(one)).toMatchObject({
      kind: 'deferred',
      retryAt: MONDAY + 30 * SECOND,
    })
    expect(await world.simulator.outcome(one)).toEqual({ kind: 'unknown' })
    world.simulator.setDials({ deferred: 0 })
    expect(await world.simulator.submit(one)).toMatchObject({ kind: 'accepted' })
    expect(world.simulator.counts(one.id)).toEqual({ told: 1, executed: 0 })
  })
})

describe('shares of the fleet', () => {
  it('offline devices do nothing and were last seen when they went; online again, they catch up', async () => {
    await using world = await open({}, SHARE)
    const { simulator, clock } = world
    simulator.setDials({ offline: 0.3 })
    await clock.advance(MINUTE)
    const fleet = (await inventory(simulator)).observations.map(({ facts }) => facts)
    const off = fleet.filter(
      ({ registration, lastSeenAt }) => registration === 'active' && lastSeenAt === MONDAY,
    )
    const on = fleet.filter(({ lastSeenAt }) => lastSeenAt === clock.now())
    expect(off.length + on.length).toBe(SHARE)
    expect(off.length).toBeGreaterThan(SHARE * 0.2)
    expect(off.length).toBeLessThan(SHARE * 0.4)
    const laptop = off.find(
      ({ platform, euicc, esims }) => platform === 'windows' && euicc === 'present' && esims.length === 0,
    )
    const one = await install({ driver: simulator }, laptop?.id ?? 'none', 'windows')
    await simulator.submit(one)
    await clock.advance(MINUTE)
    expect(await simulator.outcome(one)).toEqual({ kind: 'pending' })
    simulator.setDials({ offline: 0 })
    expect(await simulator.outcome(one)).toMatchObject({ kind: 'done', at: clock.now() })
  })

  it('incomplete lists hide foreign eSIMs and say so; unknown ones show nothing', async () => {
    await using world = await open({ incompleteLists: 1 }, 42)
    const foreign = await seen(world.simulator, 'd-9')
    expect(foreign).toMatchObject({ esims: [], esimsComplete: false })
    expect(await seen(world.simulator, 'd-5')).toMatchObject({
      esims: [{ enabled: true }],
      esimsComplete: false,
    })
    world.simulator.setDials({ unknownLists: 1 })
    expect(await seen(world.simulator, 'd-5')).toMatchObject({ esims: 'unknown', esimsComplete: false })
    world.simulator.setDials({ unknownLists: 0.5, incompleteLists: 0 })
    const lists = (await inventory(world.simulator)).observations.map(
      ({ facts }) => facts.esims === 'unknown',
    )
    expect(new Set(lists)).toEqual(new Set([true, false]))
  })
})

describe('a hostile MDM', () => {
  it('claims more devices than its pages hold', async () => {
    await using world = await open({ hostile: true }, 1200)
    const { observations, totals } = await inventory(world.simulator)
    expect(observations.length).toBeLessThan(totals[0] ?? 0)
    expect(new Set(observations.map(({ facts }) => facts.id)).size).toBe(observations.length)
  })

  it('writes names that no terminal, table or spreadsheet may print as they are', async () => {
    await using world = await open({ hostile: true }, 42)
    const names = (await inventory(world.simulator)).observations.map(({ facts }) => facts.name ?? '')
    for (const trap of [
      '\u001B[',
      '\u0000',
      '\n',
      '\u202E',
      '|',
      '<img',
      '=HYPERLINK',
      '__proto__',
      '\uD800',
    ]) {
      expect(names.some((name) => name.includes(trap))).toBe(true)
    }
    expect(Math.max(...names.map((name) => name.length))).toBeGreaterThan(65_000)
  })

  it('lies about nothing that identifies a device', async () => {
    await using world = await open({}, 42)
    const identities = async () =>
      (await inventory(world.simulator)).observations.map(({ facts }) => [
        facts.id,
        facts.serialNumber,
        facts.eid,
      ])
    const calm = await identities()
    world.simulator.setDials({ hostile: true })
    expect(await identities()).toEqual(calm.slice(0, -1))
  })
})

describe('dials', () => {
  it('are calm by default', async () => {
    const rates = Object.values(CALM).filter((dial) => typeof dial === 'number' && dial !== Infinity)
    expect(new Set(rates)).toEqual(new Set([0]))
  })

  it.each([
    { offline: 2 },
    { errorRate: -0.1 },
    { notNow: NaN },
    { latency: { min: 5, max: 1 } },
    { latency: { min: -1, max: 1 } },
    { latency: { min: 0, max: Infinity } },
    { answersLostFor: -1 },
  ] satisfies Partial<Dials>[])('refuse %o', async (dials) => {
    await expect(open(dials)).rejects.toMatchObject({ code: 'settings' })
    await using world = await open({})
    expect(() => world.simulator.setDials(dials)).toThrow(/simulator's dial/)
    expect(await tries(async () => world.simulator.observe())).toMatchObject({ total: 0 })
  })
})
