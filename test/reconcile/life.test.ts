import { describe, expect, it } from 'vitest'
import { recordKey } from '../../src/domain/device.ts'
import { planRecorded } from '../../src/reconcile/plan-recorded.ts'
import { checkRetirement } from '../../src/reconcile/retirement.ts'
import { effects, LAPTOPS, openWorld, PARIS, UNLIMITED } from './world.ts'

describe('the life of a fleet', () => {
  it('rolls out, and a second pass over the same revision sends nothing', async () => {
    const world = await openWorld()
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': UNLIMITED })
    await world.settle()
    const counts = await world.store.counts()
    expect(counts.configurations).toMatchObject([{ name: 'acme-laptops', wanted: 14, 'in-sync': 14 }])
    const { told } = world.simulator.counts()
    await world.settle()
    expect(world.simulator.counts().told).toBe(told)
    expect((await world.device('LAP-0001')).record.esims).toMatchObject([
      { source: { configuration: 'acme-laptops' } },
    ])
  })

  it('does not plan again, for whoever asks, what is on its way', async () => {
    const world = await openWorld()
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': UNLIMITED })
    await world.pass()
    const planned = async (): Promise<number> => {
      const inForce = await world.store.inForce()
      if (inForce === undefined) return -1
      const { desired, emptySource } = inForce
      return (await planRecorded(world.parts, { desired, emptySource, changes: [], findings: [] })).plan
        .summary.steps
    }
    expect(await planned()).toBeGreaterThan(0)
    await world.turn()
    expect((await world.store.counts()).open.underWay).toBeGreaterThan(0)
    expect(await planned()).toBe(0)
  })

  it('changes the carrier by an eSIM reset and one install per device', async () => {
    const world = await openWorld()
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': UNLIMITED })
    await world.settle()
    await world.write({ 'acme.yaml': LAPTOPS.replace('acme.example', 'neo.example') })
    await world.settle()
    expect(effects(world.simulator, 'd-1')).toEqual([
      'install acme-laptops done',
      'reset done',
      'install acme-laptops done',
    ])
    expect((await world.device('LAP-0001')).record.esims).toMatchObject([
      { source: { identity: 'windows:smdp.neo.example' } },
    ])
  })

  it('clears the stale record of a wiped and re-enrolled device before it installs', async () => {
    const world = await openWorld()
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': UNLIMITED })
    await world.settle()
    const id = world.simulator.wipeAndReenrol('d-1')
    await world.settle()
    expect(effects(world.simulator, id)).toEqual(['delete-record done', 'install acme-laptops done'])
    expect(await world.store.get([recordKey('simulator', 'd-1')])).toEqual([])
  })

  it('repairs a deleted eSIM by an install, and calls it drift until then', async () => {
    const world = await openWorld()
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': UNLIMITED })
    await world.settle()
    world.simulator.userDeletesEsim('d-2')
    await world.pass()
    expect((await world.device('LAP-0002')).status.drift?.cause).toBe('removed-on-device')
    await world.settle()
    expect((await world.device('LAP-0002')).status.drift).toBeUndefined()
    expect(effects(world.simulator, 'd-2')).toEqual([
      'install acme-laptops done',
      'install acme-laptops done',
    ])
  })

  it('empties a device before it may be retired', async () => {
    const world = await openWorld()
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': UNLIMITED })
    await world.settle()
    expect(checkRetirement(await world.device('LAP-0001'), world.clock.now())).toMatchObject({ may: false })
    await world.write({
      'retire.yaml':
        'apiVersion: simplane/v1\nkind: Retirement\nmetadata: { name: q4 }\nspec: { devices: [5CG40001] }\n',
    })
    await world.settle()
    expect(effects(world.simulator, 'd-1')).toEqual([
      'install acme-laptops done',
      'uninstall acme-laptops done',
      'reset done',
    ])
    const device = await world.device('LAP-0001')
    expect(device.record.released).toMatchObject({ retirement: 'q4' })
    expect(checkRetirement(device, world.clock.now())).toMatchObject({ may: true })
  })
})
