import { describe, expect, it } from 'vitest'
import type { Dials } from '../../src/drivers/simulator/dials.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { effects, LAPTOPS, openWorld, PARIS, type World } from './world.ts'

const POLICY = `apiVersion: simplane/v1
kind: Policy
metadata: { name: default }
spec:
  budgets: { reset: unlimited, uninstall: unlimited, retire: unlimited, delete-record: unlimited }
  stranding: { unknown: allow }
  retries: { attempts: 60, within: 24h }
`
const ERASING = LAPTOPS.replace('acme.example', 'neo.example') + '  onRemove: erase-all-esims\n'
const RETIRE = `apiVersion: simplane/v1
kind: Retirement
metadata: { name: q4 }
spec: { devices: [5CG40001, 5CG40002, 5CG40003] }
`

/** Rollout, change of carrier, retirement of some, removal with erasure from the rest; gives what each device did. */
async function story(world: World): Promise<string[]> {
  await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': POLICY })
  await world.settle()
  await world.write({ 'acme.yaml': ERASING })
  await world.settle()
  await world.write({ 'retire.yaml': RETIRE })
  await world.settle()
  await world.write({ 'acme.yaml': `${ERASING}  enabled: false\n` })
  await world.settle()
  return await told(world)
}

/** Per device: what took effect on it, and what is recorded of it in the end. */
async function told({ simulator, store }: World): Promise<string[]> {
  const devices = await store.scan(0, 1_000)
  return devices.map(({ record, status }) => {
    const done = effects(simulator, record.id).filter((line) => line.endsWith(' done'))
    const installed =
      record.installed === 'unknown' ? ['unknown'] : record.installed.map((entry) => entry.configuration)
    const esims =
      record.esims === 'unknown'
        ? ['unknown']
        : record.esims.map((esim) => esim.source?.identity ?? 'foreign')
    return [
      record.id,
      ...done,
      '|',
      ...installed,
      ...esims,
      record.released?.retirement ?? '',
      status.verdict ?? '',
    ].join(' ')
  })
}

const FAULTS: readonly (readonly [string, Partial<Dials>])[] = [
  ['devices that are busy', { notNow: 0.3 }],
  ['answers lost for ever', { lostAnswers: 0.3, answersLostFor: Infinity }],
  ['answers lost for three questions', { lostAnswers: 0.3, answersLostFor: 3 }],
  ['commands delivered twice', { duplicatedAnswers: 0.3 }],
  ['passing failures', { errorRate: 0.3 }],
  ['connections that break', { submitThrows: 0.3 }],
  ['an MDM that defers', { deferred: 0.3 }],
  [
    'all of it together',
    {
      notNow: 0.3,
      lostAnswers: 0.3,
      answersLostFor: 5,
      duplicatedAnswers: 0.3,
      errorRate: 0.3,
      submitThrows: 0.3,
      deferred: 0.3,
    },
  ],
]

describe('an MDM that misbehaves', () => {
  it('is got through to the same end, each effect once', async () => {
    const calm = await story(await openWorld())
    expect(calm.filter((line) => line.includes('reset done')).length).toBeGreaterThan(10)
    for (const [title, dials] of FAULTS) {
      const world = await openWorld({ dials })
      expect(await story(world), title).toEqual(calm)
    }
  })

  it('waits for devices that are switched off, and goes on when they are back', async () => {
    const calm = await story(await openWorld())
    const world = await openWorld()
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': POLICY })
    await world.settle()
    world.simulator.setDials({ offline: 0.5 })
    await world.write({ 'acme.yaml': ERASING })
    await world.live(8 * HOUR)
    const half = await world.store.counts()
    expect(half.open.underWay).toBeGreaterThan(0)
    expect(half.byVerdict.failed).toBe(0)
    world.simulator.setDials({ offline: 0 })
    await world.live(HOUR)
    await world.write({ 'retire.yaml': RETIRE })
    await world.settle()
    await world.write({ 'acme.yaml': `${ERASING}  enabled: false\n` })
    await world.settle()
    expect(await told(world)).toEqual(calm)
  })

  it('out of reach, makes nobody gone, plans nothing destructive and loses nothing', async () => {
    const calm = await story(await openWorld())
    const world = await openWorld()
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': POLICY })
    await world.settle()
    const { executed } = world.simulator.counts()
    world.simulator.setDials({ unreachable: true })
    await world.write({ 'acme.yaml': ERASING })
    await world.live(2 * HOUR)
    expect((await world.store.scan(0, 1_000)).filter((device) => device.goneSince !== undefined)).toEqual([])
    expect((await world.store.counts()).open).toEqual({ ready: 0, held: 0, underWay: 0 })
    expect((await world.device('LAP-0001')).status.findings.map((finding) => finding.code)).toContain(
      'inventory-incomplete',
    )
    world.simulator.setDials({ unreachable: false })
    expect(world.simulator.counts().executed).toBe(executed)
    await world.live(HOUR)
    await world.write({ 'retire.yaml': RETIRE })
    await world.settle()
    await world.write({ 'acme.yaml': `${ERASING}  enabled: false\n` })
    await world.settle()
    expect(await told(world)).toEqual(calm)
  })

  it('out of reach with steps under way, is asked again instead of told again', async () => {
    const world = await openWorld()
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': POLICY })
    await world.settle()
    await world.write({ 'acme.yaml': ERASING })
    await world.pass()
    await world.turn()
    expect((await world.store.counts()).open.underWay).toBeGreaterThan(0)
    world.simulator.setDials({ unreachable: true })
    await world.live(3 * HOUR)
    world.simulator.setDials({ unreachable: false })
    await world.settle()
    expect(effects(world.simulator, 'd-1')).toEqual([
      'install acme-laptops done',
      'reset done',
      'install acme-laptops done',
    ])
    const commands = world.simulator.log().map((entry) => entry.command)
    expect(new Set(commands).size).toBe(commands.length)
  })

  it('with an inventory that leaves devices out, makes nobody gone and holds back what destroys until it is whole', async () => {
    const world = await openWorld()
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': POLICY })
    await world.settle()
    world.simulator.setDials({ hostile: true })
    await world.write({ 'acme.yaml': ERASING })
    await world.live(30 * MINUTE)
    const counts = await world.store.counts()
    expect(counts.findings).toContainEqual({ code: 'inventory-incomplete', devices: 14 })
    expect((await world.store.scan(0, 1_000)).filter((device) => device.goneSince !== undefined)).toEqual([])
    expect(effects(world.simulator, 'd-1')).toEqual(['install acme-laptops done'])
    world.simulator.setDials({ hostile: false })
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-1')).toEqual([
      'install acme-laptops done',
      'reset done',
      'install acme-laptops done',
    ])
    expect((await world.store.holds()).map(({ code, devices }) => [code, devices])).toEqual([
      ['foreign-esim', 1],
    ])
    expect((await world.store.counts()).open).toEqual({ ready: 0, held: 2, underWay: 0 })
  })
})
