import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HOUR, toRfc3339 } from '../../src/domain/time.ts'
import { effects, LAPTOPS, openWorld, PARIS, UNLIMITED, type World } from './world.ts'

const NEO = LAPTOPS.replace('acme.example', 'neo.example')
const INSTALL = 'install acme-laptops done'
const RESET = ['reset done', INSTALL]

/** A fleet in sync with `acme-laptops` in Paris. */
async function rolledOut(files: Readonly<Record<string, string>> = {}): Promise<World> {
  const world = await openWorld()
  await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': UNLIMITED, ...files })
  await world.settle()
  return world
}

/** What every device was told since: kinds of steps, each as often as it took effect. */
async function since(world: World, act: () => Promise<void>): Promise<Readonly<Record<string, number>>> {
  const before = world.simulator.log().length
  await act()
  await world.settle()
  const kinds: Record<string, number> = {}
  for (const { kind } of world.simulator.log().slice(before)) kinds[kind] = (kinds[kind] ?? 0) + 1
  return kinds
}

describe('a revision that is not valid', () => {
  it.each([
    ['an unknown key', `${LAPTOPS}  colour: blue\n`],
    ['broken YAML', 'apiVersion: simplane/v1\nkind: [\n'],
    ['bytes of something else', '\u0000\u0001\uFFFD'],
    ['a group that does not exist', LAPTOPS.replace('[paris]', '[rome]')],
    ['a list that does not exist', LAPTOPS.replace('groups: [paris]', 'devicesFrom: [gone.csv]')],
  ])(
    'with %s touches no device, is reported once, and the last good one keeps being enforced',
    async (_name, text) => {
      const world = await rolledOut()
      expect(await since(world, () => world.write({ 'acme.yaml': text }))).toEqual({})
      expect(world.refusals.filter((finding) => finding.severity === 'error')).not.toEqual([])
      const refused = world.refusals.length
      world.simulator.userDeletesEsim('d-2')
      await world.settle()
      await world.restart()
      await world.settle()
      expect(effects(world.simulator, 'd-2')).toEqual([INSTALL, INSTALL])
      expect(world.refusals).toHaveLength(refused)
      const history = await world.store.history({ limit: 100 })
      expect(history.filter((event) => event.kind === 'refused')).toHaveLength(1)
      expect(await since(world, () => world.write({ 'acme.yaml': LAPTOPS }))).toEqual({})
    },
  )
})

describe('a revision that says the same', () => {
  it('in a moved and renamed file, with keys in another order, under another name, plans no step', async () => {
    const world = await rolledOut()
    const { told } = world.simulator.counts()
    await world.write({ 'acme.yaml': undefined, 'deep/er/laptops.yaml': LAPTOPS })
    await world.settle()
    await world.write({
      'deep/er/laptops.yaml':
        'spec:\n  distribution: { groups: [paris], to: custom }\n  windows: { serverName: SMDP.ACME.EXAMPLE, autoEnable: true }\nkind: EsimConfiguration\nmetadata: { name: acme-laptops }\napiVersion: simplane/v1\n',
    })
    await world.settle()
    await world.write({ 'deep/er/laptops.yaml': LAPTOPS.replace('name: acme-laptops', 'name: renamed') })
    await world.settle()
    expect(world.refusals).toEqual([])
    expect(world.simulator.counts().told).toBe(told)
    expect((await world.store.counts()).configurations).toMatchObject([{ name: 'renamed', 'in-sync': 14 }])
  })
})

describe('a revert', () => {
  it('of a change of carrier costs one more eSIM reset, once, and the plan names the line', async () => {
    const world = await rolledOut()
    await since(world, () => world.write({ 'acme.yaml': NEO }))
    const reverted = await since(world, () => world.write({ 'acme.yaml': LAPTOPS }))
    expect(reverted).toEqual({ reset: 13, install: 13 })
    expect(world.planned.at(-1)?.changes).toMatchObject([
      { path: 'windows.serverName', from: 'smdp.neo.example', to: 'smdp.acme.example' },
    ])
    await world.settle()
    await world.restart()
    await world.settle()
    expect(effects(world.simulator, 'd-1')).toEqual([INSTALL, ...RESET, ...RESET])
  })

  it('of a change not carried out anywhere costs nothing', async () => {
    const world = await rolledOut()
    await world.write({ 'acme.yaml': NEO })
    await world.pass()
    expect(await since(world, () => world.write({ 'acme.yaml': LAPTOPS }))).toEqual({})
  })

  it('while devices are under way waits for what was sent, then goes by what is true', async () => {
    const world = await rolledOut()
    await world.write({ 'acme.yaml': NEO })
    await world.pass()
    await world.turn()
    await world.write({ 'acme.yaml': LAPTOPS })
    await world.settle()
    expect(effects(world.simulator, 'd-1')).toEqual([INSTALL, ...RESET])
    expect((await world.device('LAP-0001')).record.esims).toMatchObject([
      { source: { identity: 'windows:smdp.acme.example' } },
    ])
  })
})

describe('redownload', () => {
  const asked = (on: number, to: string): string =>
    `${LAPTOPS}  redownload: [{ on: '${toRfc3339(on)}', ${to} }]\n`
  const OF_TWO = 'to: custom, devices: [5CG40001, 5CG40002]'

  it('gives every selected device one eSIM reset and one install, restarts in between or not', async () => {
    const world = await rolledOut()
    await world.write({ 'acme.yaml': asked(world.clock.now(), OF_TWO) })
    await world.pass()
    await world.turn()
    await world.restart()
    await world.settle()
    await world.restart()
    await world.settle()
    for (const id of ['d-1', 'd-2']) expect(effects(world.simulator, id)).toEqual([INSTALL, ...RESET])
    expect(effects(world.simulator, 'd-4')).not.toContain(RESET[0])
  })

  it('with a moment in the future is carried out once, not again when that moment comes', async () => {
    const world = await rolledOut()
    await world.write({ 'acme.yaml': asked(world.clock.now() + 48 * HOUR, OF_TWO) })
    await world.settle()
    await world.restart()
    await world.clock.advance(47 * HOUR)
    await world.settle()
    await world.clock.advance(2 * HOUR)
    await world.settle()
    for (const id of ['d-1', 'd-2']) expect(effects(world.simulator, id)).toEqual([INSTALL, ...RESET])
  })

  it('set back, removed and written again sends nothing', async () => {
    const world = await rolledOut()
    const on = world.clock.now()
    await since(world, () => world.write({ 'acme.yaml': asked(on, 'to: all') }))
    const again = await since(world, async () => {
      await world.write({ 'acme.yaml': asked(on - 1_000, 'to: all') })
      await world.settle()
      await world.write({ 'acme.yaml': LAPTOPS })
      await world.settle()
      await world.write({ 'acme.yaml': asked(on, 'to: all') })
    })
    expect(again).toEqual({})
  })
})

describe('what is emptied', () => {
  it.each([
    ['the repository', { 'acme.yaml': undefined, 'paris.yaml': undefined, 'policy.yaml': undefined }],
    ['every configuration', { 'acme.yaml': undefined }],
  ])('%s: nothing destructive, and the finding says why', async (_name, files) => {
    const world = await rolledOut({ 'acme.yaml': `${LAPTOPS}  onRemove: erase-all-esims\n` })
    expect(await since(world, () => world.write(files))).toEqual({})
    await world.restart()
    expect(await since(world, async () => undefined)).toEqual({})
    expect((await world.device('LAP-0001')).status.findings.map((finding) => finding.code)).toContain(
      'empty-source',
    )
    expect(
      await since(world, () =>
        world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': UNLIMITED }),
      ),
    ).toEqual({})
  })

  const LISTED = LAPTOPS.replace('groups: [paris]', 'devicesFrom: [list.txt]')
  it.each([
    [
      'the distribution',
      LAPTOPS,
      { 'acme.yaml': LAPTOPS.replace(/ {2}distribution.*\n/, '') },
      { uninstall: 14 },
    ],
    ['the selection', LAPTOPS, { 'acme.yaml': LAPTOPS.replace('[paris]', '[]') }, { uninstall: 14 }],
    [
      'the group',
      LAPTOPS,
      { 'paris.yaml': PARIS.replace('spec: { selector: { mdmGroups: [SG-Laptops-Paris] } }', 'spec: {}') },
      { uninstall: 14 },
    ],
    [
      'the selector',
      LAPTOPS,
      { 'paris.yaml': PARIS.replace('{ mdmGroups: [SG-Laptops-Paris] }', '{}') },
      { uninstall: 14 },
    ],
    [
      'a line of the selector',
      LAPTOPS,
      { 'paris.yaml': PARIS.replace('[SG-Laptops-Paris]', '[]') },
      { uninstall: 14 },
    ],
    ['one line of a list', LISTED, { 'list.txt': '5CG40001\n' }, { uninstall: 1 }],
    ['a whole list', LISTED, { 'list.txt': '' }, {}],
  ])(
    '%s: taken off where it was installed, at most, and nothing is erased or put anywhere',
    async (_name, before, files, told) => {
      const world = await rolledOut({ 'acme.yaml': before, 'list.txt': '5CG40001\n5CG40002\n' })
      expect(await since(world, () => world.write(files))).toEqual(told)
    },
  )
})

describe('a source out of reach', () => {
  it('leaves the last good revision enforced, restarts included, and the service says so', async () => {
    const world = await rolledOut()
    const tree = join(world.folder, 'desired-state')
    await rename(tree, `${tree}-away`)
    world.simulator.userDeletesEsim('d-2')
    await world.restart()
    await world.settle()
    expect(effects(world.simulator, 'd-2')).toEqual([INSTALL, INSTALL])
    expect(effects(world.simulator, 'd-1')).toEqual([INSTALL])
    expect(world.trouble.join()).toMatch(/cannot be opened/)
    await rename(`${tree}-away`, tree)
    expect(await since(world, async () => undefined)).toEqual({})
  })
})
