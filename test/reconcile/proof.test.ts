import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { retry } from '../../src/reconcile/retry.ts'
import { effects, LAPTOPS, openWorld, PARIS, UNLIMITED, type World, type WorldOptions } from './world.ts'

const NEO = LAPTOPS.replace('acme.example', 'neo.example')
const INSTALL = 'install acme-laptops done'
const CHANGED = [INSTALL, 'reset done', INSTALL]

async function rolledOut(options: WorldOptions = {}): Promise<World> {
  const world = await openWorld(options)
  await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': UNLIMITED })
  await world.settle()
  return world
}

async function codes(world: World, name: string): Promise<string[]> {
  return (await world.device(name)).status.findings.map((finding) => finding.code)
}

/** Ids of the commands of a kind that a device's steps were ever issued under. */
async function commands(world: World, name: string, kind: string): Promise<string[]> {
  const { dev } = await world.device(name)
  return (await world.store.steps(dev, 100))
    .filter((row) => row.step.kind === kind)
    .flatMap((row) => row.command ?? [])
}

describe('what fails', () => {
  it('is tried five times, then not again until a person says so', async () => {
    const world = await openWorld({ dials: { errorRate: 1 } })
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': UNLIMITED })
    await world.live(6 * HOUR)
    expect(await commands(world, 'LAP-0001', 'install')).toHaveLength(5)
    expect((await world.device('LAP-0001')).status.verdict).toBe('failed')
    expect(await codes(world, 'LAP-0001')).toContain('retry-exhausted')
    world.simulator.setDials({ errorRate: 0 })
    await world.live(2 * DAY, HOUR)
    await world.restart()
    await world.live(HOUR)
    expect(await commands(world, 'LAP-0001', 'install')).toHaveLength(5)
    const target = { kind: 'configuration', name: 'acme-laptops' } as const
    await retry(world.store, target, { by: 'ann', now: world.clock.now() })
    await world.live(HOUR)
    expect((await world.store.counts()).configurations).toMatchObject([{ 'in-sync': 14 }])
  })

  it('is tried anew under a new revision', async () => {
    const world = await openWorld({ dials: { errorRate: 1 } })
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': UNLIMITED })
    await world.live(6 * HOUR)
    world.simulator.setDials({ errorRate: 0 })
    await world.write({ 'note.yaml': PARIS.replace('name: paris', 'name: other') })
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-1').at(-1)).toBe(INSTALL)
  })
})

describe('a device that stays away', () => {
  it('gets nothing further while a command of it may still run, and no second effect when it is back', async () => {
    const world = await openWorld()
    world.simulator.setOnline('d-1', false)
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': UNLIMITED })
    await world.live(4.2 * DAY, HOUR)
    const { dev } = await world.device('LAP-0001')
    expect((await world.store.steps(dev, 10)).map((row) => row.state)).toContain('expired')
    await world.write({ 'acme.yaml': NEO })
    await world.pass()
    await world.clock.advance(12 * HOUR)
    await world.turn()
    await world.pass()
    await world.turn()
    expect(await commands(world, 'LAP-0001', 'install')).toHaveLength(1)
    world.simulator.setOnline('d-1', true)
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-1').filter((line) => line.endsWith('done'))).toEqual(CHANGED)
    expect((await world.device('LAP-0001')).status.verdict).toBe('in-sync')
    expect((await world.device('LAP-0001')).record.esims).toMatchObject([
      { source: { identity: 'windows:smdp.neo.example' } },
    ])
  })

  it('never gets an eSIM reset a second time by itself, whatever is committed meanwhile', async () => {
    const world = await rolledOut()
    await world.write({ 'acme.yaml': NEO })
    await world.pass()
    world.simulator.setOnline('d-1', false)
    await world.live(4.2 * DAY, HOUR)
    expect(await codes(world, 'LAP-0001')).toContain('unproven')
    expect((await world.device('LAP-0001')).status.verdict).toBe('failed')
    await world.write({ 'note.yaml': PARIS.replace('name: paris', 'name: other') })
    await world.live(8 * HOUR)
    await world.restart()
    await world.live(HOUR)
    expect(await commands(world, 'LAP-0001', 'reset')).toHaveLength(1)
    world.simulator.setOnline('d-1', true)
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-1')).toEqual(CHANGED)
  })
})

describe('proof', () => {
  it('of an eSIM reset sent without knowing what is there is an empty list, not the first list', async () => {
    const world = await openWorld({ dials: { unknownLists: 1 } })
    await world.write({
      'acme.yaml': LAPTOPS,
      'paris.yaml': PARIS,
      'policy.yaml': UNLIMITED.replace('spec: { ', 'spec: { proof: { install: accepted }, '),
    })
    await world.settle()
    await world.write({
      'retire.yaml':
        'apiVersion: simplane/v1\nkind: Retirement\nmetadata: { name: q4 }\nspec: { devices: [5CG40001] }\n',
    })
    // The reset waits in the MDM's queue while the list becomes readable.
    world.simulator.setDials({ latency: { min: 5 * MINUTE, max: 5 * MINUTE } })
    for (let turns = 0; turns < 60 && (await commands(world, 'LAP-0001', 'reset')).length === 0; turns += 1) {
      await world.live(MINUTE)
    }
    expect(await commands(world, 'LAP-0001', 'reset')).toHaveLength(1)
    world.simulator.setDials({ unknownLists: 0, notNow: 1 })
    await world.live(10 * MINUTE)
    expect((await world.device('LAP-0001')).record.released).toBeUndefined()
    world.simulator.setDials({ notNow: 0 })
    await world.live(2 * HOUR)
    expect((await world.device('LAP-0001')).record.released).toMatchObject({ retirement: 'q4' })
    expect(effects(world.simulator, 'd-1').filter((line) => line === 'reset done')).toHaveLength(1)
  })

  it('is what was observed, unless the Policy takes the word of the MDM', async () => {
    const strict = await openWorld({ dials: { unknownLists: 1 } })
    await strict.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': UNLIMITED })
    await strict.live(HOUR)
    expect((await strict.store.counts()).open.underWay).toBe(11)
    const { dev } = await strict.device('LAP-0001')
    expect((await strict.store.steps(dev, 1))[0]).toMatchObject({ state: 'accepted' })
    await strict.write({
      'policy.yaml': UNLIMITED.replace('spec: { ', 'spec: { proof: { install: accepted }, '),
    })
    await strict.live(HOUR)
    expect((await strict.store.steps(dev, 1))[0]).toMatchObject({ state: 'proven', proof: 'accepted' })
    // LAP-0003 has an older eSIM to erase, and what else it holds is not known: held.
    expect((await strict.store.counts()).configurations).toMatchObject([{ 'in-sync': 13, held: 1 }])
    expect(effects(strict.simulator, 'd-1')).toEqual([INSTALL])
  })

  it('by the word of the MDM rests on what the MDM can show, not on what an earlier word led to', async () => {
    const world = await blind()
    await world.write({ 'acme.yaml': NEO })
    await world.live(2 * HOUR)
    const { dev, status, record } = await world.device('LAP-0001')
    const steps = await world.store.steps(dev, 2)
    expect(steps.map(({ step, state, proof }) => [step.kind, state, proof])).toEqual([
      ['install', 'proven', 'accepted'],
      ['reset', 'proven', 'accepted'],
    ])
    expect([status.verdict, record.esimsComplete]).toEqual(['in-sync', false])
  })

  it('that never comes leaves open whether an install downloaded: the eUICC counts as empty no more', async () => {
    const world = await blind()
    await world.write({ 'acme.yaml': NEO })
    await world.pass()
    for (
      let turns = 0;
      turns < 600 && (await world.device('LAP-0001')).record.esims === 'unknown';
      turns += 1
    ) {
      await world.clock.advance(200)
      await world.turn()
    }
    expect((await world.device('LAP-0001')).record).toMatchObject({ esims: [], esimsComplete: true })
    world.simulator.setDials({ lostAnswers: 1 })
    await world.live(4.2 * DAY, HOUR)
    const { dev, record } = await world.device('LAP-0001')
    expect((await world.store.steps(dev, 9)).map(({ state }) => state)).toContain('expired')
    expect(record.esimsComplete).toBe(false)
  })
})

/** Rolled out on an MDM that shows no eSIM, under a Policy that takes its word. */
async function blind(): Promise<World> {
  const world = await openWorld({ dials: { unknownLists: 1 } })
  const policy = UNLIMITED.replace(
    'spec: { ',
    'spec: { proof: { install: accepted, reset: accepted }, unknownEsims: { redownload: allow }, ',
  )
  await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': policy })
  await world.settle()
  return world
}
