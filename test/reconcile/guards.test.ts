import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DeviceFacts } from '../../src/domain/device.ts'
import type { StoredHold } from '../../src/domain/hold-store.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { approveHold, findHold } from '../../src/reconcile/approve.ts'
import { effects, LAPTOPS, openWorld, PARIS, UNLIMITED, type World, type WorldOptions } from './world.ts'

const NEO = LAPTOPS.replace('acme.example', 'neo.example')
const INSTALL = 'install acme-laptops done'
const CHANGED = [INSTALL, 'reset done', INSTALL]
const UNINSTALLED = [INSTALL, 'uninstall acme-laptops done']

async function rolledOut(
  files: Readonly<Record<string, string>> = {},
  options: WorldOptions = {},
): Promise<World> {
  const world = await openWorld(options)
  await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, ...files })
  await world.settle()
  return world
}

/** The one hold of that reason and step. */
async function holdFor({ store }: World, code: string, step = 'reset'): Promise<StoredHold> {
  const found = (await store.holds()).filter((hold) => hold.codes.join() === code && hold.step === step)
  expect(found).toHaveLength(1)
  return await findHold(store, found[0]?.id ?? '')
}

async function approve(world: World, hold: StoredHold): Promise<void> {
  await approveHold(world.store, hold, { by: 'ann', now: world.clock.now() })
}

/** When each step of a kind was issued, in order. */
async function issued({ store }: World, kind: string): Promise<number[]> {
  const times: number[] = []
  for (const { dev } of await store.scan(0, 1_000)) {
    for (const { step, issuedAt } of await store.steps(dev, 1_000))
      if (step.kind === kind && issuedAt !== undefined) times.push(issuedAt)
  }
  return times.sort((a, b) => a - b)
}

function mostInADay(times: readonly number[]): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at - from < DAY).length))
}

describe('budgets by default', () => {
  it('let five eSIM resets a rolling day through, by device key, and the rest day by day', async () => {
    const world = await rolledOut()
    const before = await issued(world, 'reset')
    await world.write({ 'acme.yaml': NEO })
    await world.live(HOUR)
    const first = await issued(world, 'reset')
    const waiting = (await holdFor(world, 'budget-exceeded')).steps.map((step) => step.device)
    await world.live(22 * HOUR, HOUR)
    expect(await issued(world, 'reset')).toEqual(first)
    await world.live(3 * DAY, HOUR)
    const all = await issued(world, 'reset')
    // LAP-0003 came with an eSIM of an older carrier: its reset was the day's first.
    expect([before.length, first.length, all.length, mostInADay(all)]).toEqual([1, 5, 14, 5])
    expect((await world.store.holds()).map((each) => each.code)).toEqual(['foreign-esim'])
    const ran = world.simulator
      .log()
      .filter((entry) => entry.kind === 'reset' && entry.at < (first[4] ?? 0) + HOUR)
    const latest =
      ran
        .map((entry) => `simulator/${entry.device}`)
        .slice(1)
        .sort()
        .at(-1) ?? ''
    expect(waiting.toSorted()[0]?.localeCompare(latest)).toBe(1)
  })

  it('are never exceeded, whatever comes between', async () => {
    const step = fc.constantFrom(
      'pass',
      'turn',
      'minutes',
      'hours',
      'carrier',
      'empty',
      'restart',
      'users',
      'faults',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 40 }), async (story) => {
        const world = await rolledOut()
        let carriers = 0
        for (const what of story) {
          if (what === 'pass') await world.pass()
          if (what === 'turn') await world.turn()
          if (what === 'minutes') await world.live(20 * MINUTE)
          if (what === 'hours') await world.clock.advance(7 * HOUR)
          if (what === 'carrier')
            await world.write({ 'acme.yaml': LAPTOPS.replace('smdp', `smdp-${(carriers += 1)}`) })
          if (what === 'empty') await world.write({ 'acme.yaml': LAPTOPS.replace('[paris]', '[]') })
          if (what === 'restart') await world.restart()
          if (what === 'users') world.simulator.userDeletesEsim('d-5')
          if (what === 'faults')
            world.simulator.setDials({ errorRate: 0.3, submitThrows: 0.3, deferred: 0.3 })
        }
        await world.live(HOUR)
        expect(mostInADay(await issued(world, 'reset'))).toBeLessThanOrEqual(5)
        expect(mostInADay(await issued(world, 'uninstall'))).toBeLessThanOrEqual(20)
        expect(mostInADay(await issued(world, 'delete-record'))).toBeLessThanOrEqual(5)
      }),
      { numRuns: 6, seed: 23 },
    )
  })
})

describe('an approval', () => {
  it('lets exactly the steps of its hold run, restarts included', async () => {
    const world = await rolledOut()
    await world.write({ 'acme.yaml': NEO })
    await world.live(HOUR)
    await approve(world, await holdFor(world, 'budget-exceeded'))
    await world.restart()
    await world.live(HOUR)
    expect((await world.store.holds()).map((each) => each.code)).toEqual(['foreign-esim'])
    expect(await issued(world, 'reset')).toHaveLength(14)
    expect(effects(world.simulator, 'd-9')).toEqual([INSTALL])
  })

  it('covers nothing of what changed since: the step is held again', async () => {
    const world = await rolledOut({ 'policy.yaml': UNLIMITED, 'acme.yaml': LAPTOPS })
    await world.write({ 'acme.yaml': NEO })
    await world.live(HOUR)
    const hold = await holdFor(world, 'foreign-esim')
    world.simulator.consoleInstalls(
      'd-9',
      { platform: 'windows', serverName: 'smdp.other.example', isDiscoveryServer: false, autoEnable: true },
      'other',
    )
    await approve(world, hold)
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-9').filter((line) => line.startsWith('reset'))).toEqual([])
    const now = (await world.store.holds()).flatMap((each) => each.steps.map((step) => step.id))
    expect(now).not.toContain(hold.steps[0]?.id)
  })

  it.each([
    [71, CHANGED],
    [73, [INSTALL]],
  ])('that could not be used for %i hours stands for 72', async (hours, then) => {
    const world = await rolledOut({ 'policy.yaml': UNLIMITED })
    await world.write({ 'acme.yaml': NEO })
    await world.live(HOUR)
    await approve(world, await holdFor(world, 'foreign-esim'))
    world.simulator.setDials({ unreachable: true })
    await world.clock.advance(hours * HOUR)
    world.simulator.setDials({ unreachable: false })
    await world.live(20 * MINUTE)
    expect(effects(world.simulator, 'd-9')).toEqual(then)
  })
})

describe('a group that shrank', () => {
  /** A directory that is half read: twelve of the fourteen are no members any more. */
  function halfRead(): { lose: () => void; facts: (facts: DeviceFacts) => DeviceFacts } {
    let lost = 0
    const gone = (id: string): boolean => Number(id.slice(2)) <= lost
    return { lose: () => (lost = 11), facts: (facts) => (gone(facts.id) ? { ...facts, groups: [] } : facts) }
  }

  it('holds what follows from it until a person approves', async () => {
    const { lose, facts } = halfRead()
    const world = await rolledOut({ 'policy.yaml': UNLIMITED }, { facts })
    lose()
    await world.live(HOUR)
    await world.restart()
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-1')).toEqual([INSTALL])
    const hold = await holdFor(world, 'group-shrank', 'uninstall')
    expect(hold.devices).toBe(11)
    await approve(world, hold)
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-1')).toEqual(UNINSTALLED)
    expect(await world.store.holds()).toEqual([])
  })

  it('is none when its text was changed: that was meant', async () => {
    const world = await rolledOut({ 'policy.yaml': UNLIMITED })
    await world.write({ 'paris.yaml': PARIS.replace('SG-Laptops-Paris', 'SG-Nobody') })
    await world.settle()
    expect(effects(world.simulator, 'd-1')).toEqual(UNINSTALLED)
  })
})

describe('an eSIM reset is held', () => {
  it('on a device not seen for a day, until it is seen', async () => {
    const world = await rolledOut({ 'policy.yaml': UNLIMITED })
    world.simulator.setOnline('d-2', false)
    await world.clock.advance(25 * HOUR)
    await world.write({ 'acme.yaml': NEO })
    await world.live(HOUR)
    expect((await holdFor(world, 'stale-observation')).steps.map((step) => step.device)).toContain(
      'simulator/d-2',
    )
    world.simulator.setOnline('d-2', true)
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-2')).toEqual(CHANGED)
  })

  it('on a device whose only way online is its eSIM', async () => {
    const facts = (seen: DeviceFacts): DeviceFacts =>
      seen.id === 'd-2' ? { ...seen, otherConnectivity: 'no' } : seen
    const world = await rolledOut({ 'policy.yaml': UNLIMITED }, { facts })
    await world.write({ 'acme.yaml': NEO })
    await world.settle()
    expect((await holdFor(world, 'would-strand')).steps.map((step) => step.device)).toEqual([
      'simulator/d-2',
      'simulator/d-2',
    ])
    expect(effects(world.simulator, 'd-2')).toEqual([INSTALL])
  })
})

describe('mode', () => {
  it('observe sends nothing and says what it would do', async () => {
    const world = await rolledOut({ 'acme.yaml': `${LAPTOPS}  mode: observe\n` })
    expect(world.simulator.log()).toEqual([])
    expect((await world.device('LAP-0001')).status.verdict).toBe('drifted')
    expect((await world.store.counts()).open).toEqual({ ready: 0, held: 0, underWay: 0 })
  })

  it('propose sends what was approved, and only that', async () => {
    const world = await rolledOut({ 'acme.yaml': `${LAPTOPS}  mode: propose\n` })
    expect(world.simulator.log()).toEqual([])
    await approve(world, await holdFor(world, 'awaiting-approval', 'install'))
    await world.settle()
    expect(effects(world.simulator, 'd-1')).toEqual([INSTALL])
    const added = world.simulator.addDevice({ name: 'LAP-9999', groups: ['SG-Laptops-Paris'] })
    await world.settle()
    expect(world.simulator.log(added)).toEqual([])
    const hold = await holdFor(world, 'awaiting-approval', 'install')
    expect(hold.steps.map((step) => step.device)).toContain(`simulator/${added}`)
  })

  it('of the operator is a ceiling no revision exceeds', async () => {
    const world = await rolledOut({ 'acme.yaml': `${LAPTOPS}  mode: enforce\n` }, { ceiling: 'observe' })
    expect(world.simulator.log()).toEqual([])
  })
})
