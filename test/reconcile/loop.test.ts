import { describe, expect, it } from 'vitest'
import { SimplaneError } from '../../src/domain/error.ts'
import { HOUR, SECOND } from '../../src/domain/time.ts'
import { approveHold } from '../../src/reconcile/approve.ts'
import { runLoop } from '../../src/reconcile/loop.ts'
import { besides, heard, serve } from './service.ts'
import { effects, LAPTOPS, openWorld, PARIS, START, UNLIMITED, type World } from './world.ts'

const NEO = LAPTOPS.replace('acme.example', 'neo.example')
const INSTALL = 'install acme-laptops done'
const FILES = { 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': UNLIMITED }

async function written(): Promise<World> {
  const world = await openWorld()
  await world.write(FILES)
  return world
}

describe('the running service', () => {
  it('rolls out, and enforces from then on without being told', async () => {
    const world = await written()
    const service = serve(world)
    await service.untilSettled()
    expect((await world.store.counts()).configurations).toMatchObject([{ 'in-sync': 14 }])
    await world.write({ 'acme.yaml': NEO })
    service.change()
    await service.until(() => effects(world.simulator, 'd-1').length === 3)
    await service.untilSettled()
    expect((await world.device('LAP-0001')).record.esims).toMatchObject([
      { source: { identity: 'windows:smdp.neo.example' } },
    ])
  })

  it('makes one pass at a time, and folds whatever wakes it meanwhile into the next', async () => {
    const world = await written()
    const other = await besides(world)
    let [busy, most, woken] = [0, 0, false]
    const service = serve(world, (parts) => ({
      ...parts,
      store: heard(parts.store, async (call) => {
        if (call === 'beginRun') most = Math.max(most, (busy += 1))
        if (call === 'endRun') busy -= 1
        if (call !== 'beginListing' || woken) return
        woken = true
        for (let times = 0; times < 5; times += 1) service.change()
        for (let times = 0; times < 5; times += 1) await other.request('request', world.clock.now())
      }),
    }))
    await service.until(async () => (await other.answered()) >= 5)
    await service.untilSettled()
    const triggers = (await world.store.runs(100))
      .map((run) => run.trigger)
      .filter((trigger) => trigger !== 'glance')
    expect(most).toBe(1)
    expect(triggers.length).toBeLessThanOrEqual(3)
    expect(triggers.at(-1)).toBe('start')
  })

  it('goes by the newest revision, whatever is under way', async () => {
    const world = await written()
    const service = serve(world)
    await service.untilSettled()
    for (const carrier of ['neo', 'late', 'last']) {
      await world.write({ 'acme.yaml': LAPTOPS.replace('acme.example', `${carrier}.example`) })
      service.change()
      await service.until(async () => (await world.store.counts()).open.underWay > 0)
    }
    await service.untilSettled()
    await service.untilSettled()
    expect((await world.store.counts()).configurations).toMatchObject([{ 'in-sync': 13, held: 1 }])
    expect((await world.device('LAP-0001')).record.esims).toMatchObject([
      { source: { identity: 'windows:smdp.last.example' } },
    ])
    const resets = effects(world.simulator, 'd-1').filter((line) => line === 'reset done')
    expect(resets.length).toBeLessThanOrEqual(2)
  })

  it('hears of an approval that another process wrote', async () => {
    const world = await written()
    const service = serve(world)
    await service.untilSettled()
    await world.write({ 'acme.yaml': NEO })
    service.change()
    await service.until(async () => (await world.store.holds()).length === 1)
    await service.untilSettled()
    const other = await besides(world)
    const [hold] = await other.holds()
    if (hold === undefined) throw new Error('nothing is held')
    await approveHold(other, hold, { by: 'ann', now: world.clock.now() })
    await service.until(() => effects(world.simulator, 'd-9').length === 3)
    expect(effects(world.simulator, 'd-9')).toEqual([INSTALL, 'reset done', INSTALL])
  })
})

describe('a request by another process', () => {
  it('is answered once a pass is over', async () => {
    const world = await written()
    const service = serve(world)
    await service.untilSettled()
    const other = await besides(world)
    world.simulator.userDeletesEsim('d-2')
    const request = await other.request('request', world.clock.now())
    await service.until(async () => (await other.answered()) >= request)
    await service.untilSettled()
    expect(effects(world.simulator, 'd-2')).toEqual([INSTALL, INSTALL])
  })

  it('is answered even when the pass it first woke has failed', async () => {
    const world = await written()
    let broken = false
    const service = serve(world, (parts) => ({
      ...parts,
      drivers: parts.drivers.map((driver) =>
        heard(driver, (call) => {
          if (broken && call === 'observe') throw new Error('a fault of the driver')
        }),
      ),
    }))
    await service.untilSettled()
    const other = await besides(world)
    broken = true
    const request = await other.request('request', world.clock.now())
    await service.until(() => world.trouble.length > 0)
    expect(await other.answered()).toBeLessThan(request)
    broken = false
    await service.until(async () => (await other.answered()) >= request)
    expect(world.trouble[0]).toContain('a fault of the driver')
  })
})

describe('trouble', () => {
  it('is met with passes ever further apart, and none is lost: the first that can be made is', async () => {
    const world = await written()
    const tried: number[] = []
    const service = serve(world, (parts) => ({
      ...parts,
      source: heard(parts.source, (call) => {
        if (call !== 'head') return
        tried.push((world.clock.now() - START) / SECOND)
        if (tried.length < 6) throw new SimplaneError('source-unreachable', 'no way there')
      }),
    }))
    await service.until(async () => (await world.store.inForce()) !== undefined)
    expect(tried).toEqual([0, 1, 6, 36, 96, 396])
    expect(world.trouble).toHaveLength(5)
    await service.untilSettled()
    expect((await world.store.counts()).configurations).toMatchObject([{ 'in-sync': 14 }])
  })

  it('with the source keeps nobody waiting: what is in force is enforced, and the source asked again', async () => {
    const world = await written()
    let away = false
    const service = serve(world, (parts) => ({
      ...parts,
      source: heard(parts.source, (call) => {
        if (away && call === 'head') throw new SimplaneError('source-unreachable', 'no way there')
      }),
    }))
    await service.untilSettled()
    away = true
    world.simulator.userDeletesEsim('d-2')
    service.change()
    await service.until(() => world.trouble.length > 2)
    expect(effects(world.simulator, 'd-2')).toEqual([INSTALL, INSTALL])
    await world.write({ 'acme.yaml': NEO })
    away = false
    await service.until(() => effects(world.simulator, 'd-1').length === 3)
  })
})

describe('a start', () => {
  it('with a source that is away enforces what is in force, and watches the source once it is back', async () => {
    const world = await written()
    await world.settle()
    world.simulator.userDeletesEsim('d-2')
    let away = true
    const service = serve(world, (parts) => ({
      ...parts,
      source: heard(parts.source, () => {
        if (away) throw new SimplaneError('source-unreachable', 'no way there')
      }),
    }))
    await service.until(() => effects(world.simulator, 'd-2').length === 2)
    expect(service.watches()).toBe(0)
    away = false
    await service.until(() => service.watches() === 1)
  })

  it('with a source that never could be read says so and leaves nothing running', async () => {
    const world = await openWorld()
    const timers = process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length
    const nowhere = heard(world.parts.source, () => {
      throw new SimplaneError('source-unreachable', 'no way there')
    })
    const loop = runLoop(
      { ...world.parts, source: nowhere },
      { schedule: '0 0 1 1 *', watch: true, signal: new AbortController().signal },
    )
    await expect(loop).rejects.toThrow('no way there')
    expect(process.getActiveResourcesInfo().filter((each) => each === 'Timeout')).toHaveLength(timers)
  })
})

describe('a stop', () => {
  it.each(['head', 'list', 'observe', 'savePlans', 'claim', 'submit', 'settle', 'outcome', 'look', 'sleep'])(
    'in the middle of "%s" ends cleanly, and the next start goes on without doing anything twice',
    async (moment) => {
      const world = await written()
      const stopAt = (call: string): void => {
        if (call === moment) service.abort.abort()
      }
      const service = serve(world, (parts) => ({
        ...parts,
        store: heard(parts.store, stopAt),
        source: heard(parts.source, stopAt),
        drivers: parts.drivers.map((driver) => heard(driver, stopAt)),
        clock: {
          now: () => world.clock.now(),
          sleep(ms, signal) {
            stopAt('sleep')
            return world.clock.sleep(ms, signal)
          },
        },
      }))
      await service.until(service.ended)
      expect([service.watches(), world.clock.sleeping()]).toEqual([0, 0])
      await world.restart()
      const next = serve(world)
      await next.untilSettled()
      await next.stop()
      expect((await world.store.counts()).configurations).toMatchObject([{ 'in-sync': 14 }])
      const commands = world.simulator.log().map((entry) => entry.command)
      expect(new Set(commands).size).toBe(commands.length)
      expect(effects(world.simulator, 'd-1')).toEqual([INSTALL])
    },
  )

  it('while it waits after a failure ends at once', async () => {
    const world = await openWorld()
    const service = serve(world, (parts) => ({
      ...parts,
      source: heard(parts.source, (call) => {
        if (call === 'head') throw new SimplaneError('source-unreachable', 'no way there')
      }),
    }))
    await service.until(() => world.trouble.length === 3)
    await service.stop()
    expect([service.watches(), world.clock.sleeping(), world.clock.now() < START + HOUR]).toEqual([
      0,
      0,
      true,
    ])
  })
})
