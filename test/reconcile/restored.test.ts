import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DeviceFacts } from '../../src/domain/device.ts'
import { DAY, HOUR, MINUTE, toRfc3339 } from '../../src/domain/time.ts'
import { backUp } from '../../src/store/sqlite/backup.ts'
import { openRestoration } from '../../src/store/sqlite/restore.ts'
import { START, UNLIMITED, effects, openWorld, type World } from './world.ts'

const ACME = `apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: acme-laptops }
spec:
  windows: { serverName: smdp.acme.example }
  distribution: { to: custom, devices: [5CG40001, 5CG40002] }
`
const NEO = ACME.replace('acme.example', 'neo.example')
const RETIREMENT = `apiVersion: simplane/v1
kind: Retirement
metadata: { name: q4 }
spec: { devices: [5CG40001] }
`

describe('after a restore', () => {
  it('no fleet is erased a second time for a redownload that was served after the backup', async () => {
    const world = await rolledOut(withoutTimes)
    await backup(world)
    await world.clock.advance(HOUR)
    const on = toRfc3339(world.clock.now())
    await world.write({ 'acme.yaml': `${ACME}  redownload: [{ on: ${on}, to: all }]\n` })
    await world.settle()
    const once = ['install acme-laptops done', 'reset done', 'install acme-laptops done']
    expect(effects(world.simulator, 'd-1')).toEqual(once)
    await restore(world)
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-1')).toEqual(once)
    const later = toRfc3339(world.clock.now())
    await world.write({ 'acme.yaml': `${ACME}  redownload: [{ on: ${later}, to: all }]\n` })
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-1')).toEqual([...once, 'reset done', 'install acme-laptops done'])
  })

  it('a device whose eSIM reset nobody remembers is sent nothing until it is seen, and then what is still needed', async () => {
    const world = await rolledOut()
    await backup(world)
    await world.clock.advance(MINUTE)
    world.simulator.setOnline('d-1', false)
    await world.write({ 'acme.yaml': NEO })
    await world.live(10 * MINUTE)
    const told = world.simulator.counts().told
    await world.clock.advance(HOUR)
    await restore(world)
    await world.live(2 * HOUR)
    // The other device was seen, and is in sync; this one still has its eSIM reset in the queue of the MDM.
    expect(world.simulator.counts().told).toBe(told)
    world.simulator.setOnline('d-1', true)
    // It fetches what the MDM has for it before the next inventory is read.
    await world.clock.advance(MINUTE)
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-1')).toEqual([
      'install acme-laptops done',
      'reset done',
      'install acme-laptops done',
    ])
    expect((await world.store.counts()).open).toEqual({ ready: 0, held: 0, underWay: 0 })
  })

  it('an eSIM reset that was under way waits for a person, unless the device shows that it took effect', async () => {
    const world = await rolledOut()
    for (const id of ['d-1', 'd-2']) world.simulator.setOnline(id, false)
    await world.write({ 'acme.yaml': NEO })
    await world.live(MINUTE)
    expect((await world.store.counts()).open.underWay).toBe(2)
    await backup(world)
    // One is done, and all that follows; the other stays where it is.
    world.simulator.setOnline('d-2', true)
    await world.live(HOUR)
    const told = world.simulator.counts().told
    expect(await restore(world)).toMatchObject({ unproven: 2, expired: 0 })
    await world.live(2 * HOUR)
    expect(world.simulator.counts().told).toBe(told)
    expect((await world.device('5CG40002')).status.verdict).toBe('in-sync')
    const { status } = await world.device('5CG40001')
    expect(status.findings.map(({ code }) => code)).toContain('unproven')
  })

  it('nothing destructive is planned before an inventory was read whole', async () => {
    const world = await rolledOut()
    await backup(world)
    await restore(world)
    world.simulator.setDials({ hostile: true })
    await world.write({ 'acme.yaml': NEO })
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-1')).toEqual(['install acme-laptops done'])
    expect((await world.store.counts()).findings).toContainEqual({ code: 'inventory-incomplete', devices: 2 })
    world.simulator.setDials({ hostile: false })
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-1')).toContain('reset done')
  })

  it('a device that was enrolled anew after its retirement is no target of it again', async () => {
    const world = await rolledOut()
    await backup(world)
    await world.write({ 'acme.yaml': ACME.replace('5CG40001, ', ''), 'retire.yaml': RETIREMENT })
    await world.settle()
    await world.clock.advance(DAY)
    const again = world.simulator.wipeAndReenrol('d-1')
    await world.live(10 * MINUTE)
    await world.clock.advance(HOUR)
    await restore(world)
    await world.live(HOUR)
    expect(effects(world.simulator, again)).toEqual([])
    const { status } = await world.device('5CG40001')
    expect(status.findings.map(({ code }) => code)).toContain('retired-device-returned')
  })

  it('everything planned from scratch equals what is recorded', async () => {
    const world = await rolledOut()
    await backup(world)
    await world.write({ 'acme.yaml': NEO })
    await world.settle()
    await restore(world)
    await world.settle()
    const before = (await world.store.scan(0, 100)).map(({ status }) => status)
    await world.store.enlist('all', world.clock.now())
    await world.settle()
    expect((await world.store.scan(0, 100)).map(({ status }) => status)).toEqual(before)
    expect((await world.store.counts()).byVerdict['in-sync']).toBe(before.length)
  })
})

/** An MDM that does not say when a configuration came. */
function withoutTimes(facts: DeviceFacts): DeviceFacts {
  if (facts.installed === 'unknown') return facts
  return { ...facts, installed: facts.installed.map(({ installedAt: _at, ...entry }) => entry) }
}

/** Two laptops with their eSIM, proven. */
async function rolledOut(facts: (facts: DeviceFacts) => DeviceFacts = (same) => same): Promise<World> {
  const world = await openWorld({ devices: 2, facts })
  await world.write({ 'acme.yaml': ACME, 'policy.yaml': UNLIMITED })
  await world.settle()
  expect(effects(world.simulator)).toEqual(['install acme-laptops done', 'install acme-laptops done'])
  expect(world.clock.now()).toBeGreaterThan(START)
  return world
}

async function backup({ folder, clock }: World): Promise<void> {
  await backUp(join(folder, 'simplane.db'), join(folder, 'backup.db'), { now: clock.now() })
}

async function restore(world: World): Promise<object> {
  const path = join(world.folder, 'simplane.db')
  await world.store[Symbol.asyncDispose]()
  await using restoration = openRestoration(path, join(world.folder, 'backup.db'))
  const putBack = restoration.replace(join(world.folder, 'before.db'), {
    now: world.clock.now(),
    actor: 'jane',
    from: 'backup.db',
  })
  await world.restart()
  return putBack
}
