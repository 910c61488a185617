import { describe, expect, it } from 'vitest'
import type { Signal } from '../../src/domain/driver.ts'
import { SimplaneError } from '../../src/domain/error.ts'
import { MINUTE } from '../../src/domain/time.ts'
import { Signals } from '../../src/reconcile/signals.ts'
import { besides, heard, serve, type Service } from './service.ts'
import { effects, LAPTOPS, openWorld, PARIS, UNLIMITED, type World } from './world.ts'

const INSTALL = 'install acme-laptops done'
const FILES = { 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': UNLIMITED }

function answered(...ids: readonly string[]): readonly Signal[] {
  return ids.map((id) => ({ id, what: 'answered' }))
}

/** A settled service whose driver can be pushed for; what is asked of the driver is noted. */
async function pushed(
  trouble: (call: string) => void = () => undefined,
): Promise<{ world: World; signals: Signals; calls: string[]; service: Service }> {
  const world = await openWorld()
  await world.write(FILES)
  const signals = new Signals()
  const calls: string[] = []
  const service = serve(
    world,
    (parts) => ({
      ...parts,
      drivers: parts.drivers.map((driver) =>
        heard(driver, (call) => {
          calls.push(call)
          trouble(call)
        }),
      ),
    }),
    signals,
  )
  await service.untilSettled()
  calls.length = 0
  return { world, signals, calls, service }
}

describe('a device that an MDM signals', () => {
  it('is looked at, and what changed is repaired, without an inventory or a read of the source', async () => {
    const { world, signals, calls, service } = await pushed()
    world.simulator.userDeletesEsim('d-2')
    signals.add('simulator', answered('d-2'))
    await service.until(() => effects(world.simulator, 'd-2').length === 2)
    expect(effects(world.simulator, 'd-2')).toEqual([INSTALL, INSTALL])
    expect(calls).not.toContain('observe')
    expect((await world.store.runs(1))[0]?.trigger).toBe('webhook')
  })

  it('many times at once is looked at once', async () => {
    const { signals, calls, service } = await pushed()
    for (let times = 0; times < 50; times += 1) signals.add('simulator', answered('d-2', 'd-2'))
    await service.until(() => !signals.waiting)
    await service.untilSettled()
    expect(calls).toEqual(['look'])
  })

  it('and did not change makes no pass', async () => {
    const { world, signals, calls, service } = await pushed()
    const look = async (times: number): Promise<void> => {
      signals.add('simulator', answered('d-2'))
      await service.until(() => calls.length === times)
      await service.untilSettled()
    }
    // After its install it has been settled, and not been seen since.
    await look(1)
    const [before] = await world.store.runs(1)
    await look(2)
    expect((await world.store.runs(1))[0]).toEqual(before)
  })

  it('with a thousand others is looked at all the same', async () => {
    const { world, signals, service, calls } = await pushed()
    world.simulator.userDeletesEsim('d-2')
    const strangers = Array.from({ length: 1_000 }, (_, at) => `stranger-${at}`)
    signals.add('simulator', answered(...strangers, 'd-2'))
    signals.add('nobody', answered('d-1'))
    await service.until(() => effects(world.simulator, 'd-2').length === 2)
    expect(calls.filter((call) => call === 'look').length).toBeGreaterThanOrEqual(1_001)
  })

  it('and cannot be looked at now is left to the next inventory, and the next signal is heard', async () => {
    let away = false
    const { world, signals, calls, service } = await pushed((call) => {
      if (away && call === 'look') throw new SimplaneError('driver-unreachable', 'no way there')
    })
    away = true
    world.simulator.userDeletesEsim('d-2')
    signals.add('simulator', answered('d-2'))
    await service.until(() => calls.includes('look'))
    await service.untilSettled()
    expect(world.trouble).toEqual([])
    expect(effects(world.simulator, 'd-2')).toEqual([INSTALL])
    away = false
    signals.add('simulator', answered('d-2'))
    await service.until(() => effects(world.simulator, 'd-2').length === 2)
  })
})

it('what an MDM pushes does not hurry a service that waits after a failure', async () => {
  let broken = false
  const { world, signals, calls, service } = await pushed((call) => {
    if (broken && call === 'observe') throw new Error('a fault of the driver')
  })
  const other = await besides(world)
  broken = true
  await other.request('request', world.clock.now())
  await service.until(() => world.trouble.length > 0)
  const begun = world.clock.now()
  calls.length = 0
  await service.until(() => {
    signals.add('simulator', answered('d-2'))
    return world.clock.now() > begun + MINUTE
  })
  expect(calls.filter((call) => call === 'observe').length).toBeLessThanOrEqual(4)
})

it('signals beyond measure are forgotten, not kept', () => {
  const signals = new Signals()
  for (let at = 0; at < 60_000; at += 1) signals.add('simulator', answered(`d-${at}`))
  let kept = 0
  while (signals.waiting) kept += signals.take(1_000).length
  expect(kept).toBe(50_000)
})
