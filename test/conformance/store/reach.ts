import { describe, expect } from 'vitest'
import type { Assignment } from '../../../src/domain/assignment.ts'
import { DEFAULT_POLICY, type DesiredState, type DeviceReference } from '../../../src/domain/desired.ts'
import type { DeviceRecord, InstalledConfiguration } from '../../../src/domain/device.ts'
import type { LabelLine, Reach } from '../../../src/domain/reach.ts'
import type { Store } from '../../../src/domain/store.ts'
import type { DeviceOutcome } from '../../../src/domain/work-store.ts'
import { keyOf, NOTHING_WANTED, outcome, seen, step, T0, takeFacts } from '../records.ts'
import { claim, listed, planAgain, planned, planNothing, type Promised, save, waiting } from './world.ts'

const DESIRED: DesiredState = { configurations: [], groups: [], retirements: [], policy: DEFAULT_POLICY }
const NOBODY = {
  configurations: [],
  groups: [],
  retirements: [],
  references: [],
  platforms: [],
  labelled: [],
} as const satisfies Reach

type Overrides = Partial<Omit<DeviceRecord, 'key'>>

export function reachPromises(promise: Promised): void {
  describe('a revision that comes into force', () => {
    promise(
      'has everybody planned that it may reach, and what was planned for the one before is not issued',
      async (store, world) => {
        await planned(store, ['a', 'b'], (id) => [step(id)])
        await apply(store, 'all')
        expect(await waiting(await world.beside())).toEqual(['a', 'b'])
        expect(await claim(store)).toEqual([])
      },
    )

    promise('reaches nobody that it does not name', async (store) => {
      await fleet(store, { a: {}, b: { platform: 'ios' } })
      expect(await reached(store, {})).toEqual([])
      const nowhere = {
        configurations: ['x'],
        groups: ['x'],
        retirements: ['x'],
        platforms: ['ipados' as const],
      }
      const labelled = [[{ key: 'x', values: 'any' as const }], [{ key: 'simplane/platform', values: ['x'] }]]
      expect(await reached(store, { ...nowhere, labelled, references: [reference('x')] })).toEqual([])
    })

    promise('reaches by configuration whoever wants it, and whose record names it', async (store) => {
      const source = { configuration: 'acme', onRemove: 'keep-esims' as const }
      await fleet(
        store,
        {
          wants: {},
          wantsAnother: {},
          installed: { installed: [installed('acme')] },
          hasEsim: { esims: [{ iccid: '1', source }] },
          owed: { eraseOwed: ['acme'] },
          another: { installed: [installed('neo')], esims: [{ iccid: '2' }] },
          unknown: { installed: 'unknown', esims: 'unknown' },
        },
        { wants: wanting('acme'), wantsAnother: wanting('neo') },
      )
      expect(await reached(store, { configurations: ['acme'] })).toEqual([
        'hasEsim',
        'installed',
        'owed',
        'wants',
      ])
      expect(await reached(store, { configurations: ['neo', 'never'] })).toEqual(['another', 'wantsAnother'])
      await store.observe('mdm', [seen({ id: 'installed' })], takeFacts)
      await planAgain(store, 'wants', [], wanting('neo'))
      await store.putRecord(keyOf('hasEsim'), undefined)
      await planNothing(store)
      expect(await reached(store, { configurations: ['acme'] })).toEqual(['owed'])
    })

    promise('reaches by group its present members, and by retirement whom it retires', async (store) => {
      const leaving: Assignment = {
        ...NOTHING_WANTED,
        wanted: { kind: 'retirement', retirement: 'q4', finish: 'by-hand', named: false },
      }
      await fleet(
        store,
        { member: {}, former: {}, retired: {}, none: {} },
        {
          member: { assignment: { ...NOTHING_WANTED, groups: ['alps', 'sales'] } },
          former: { assignment: { ...NOTHING_WANTED, groups: ['sales'] } },
          retired: { assignment: leaving },
        },
      )
      await planAgain(store, 'former')
      expect(await reached(store, { groups: ['sales'] })).toEqual(['member'])
      expect(await reached(store, { retirements: ['q4'] })).toEqual(['retired'])
    })

    promise('reaches by reference whom it names, however it is written', async (store) => {
      await fleet(store, {
        'Id-1': { serialNumber: 'abc' },
        'Id-2': { eid: '8904', name: 'Id-3' },
        'Id-3': {},
      })
      const cases = [
        [reference(' ABC'), 'Id-1'],
        [reference('abc', 'serial'), 'Id-1'],
        [reference('8904', 'eid'), 'Id-2'],
        [reference('id-3', 'id'), 'Id-3'],
        [reference('MDM/ID-2'), 'Id-2'],
      ] as const
      for (const [each, id] of cases) expect(await reached(store, { references: [each] })).toContain(id)
      expect(await reached(store, { references: [reference('8904'), reference('abc')] })).toEqual([
        'Id-1',
        'Id-2',
      ])
    })

    promise('reaches by platform', async (store) => {
      await fleet(store, { laptop: {}, phone: { platform: 'ios' }, tablet: { platform: 'ipados' } })
      expect(await reached(store, { platforms: ['ios', 'ipados'] })).toEqual(['phone', 'tablet'])
    })

    promise(
      'reaches by label whoever carries every line of one query, attributes and MDM groups included',
      async (store) => {
        await fleet(store, {
          a: { labels: { site: 'PAR', team: 'field' }, model: 'X1', groups: ['SG-1', 'SG-2'] },
          b: { labels: { site: 'PAR', team: 'sales' }, groups: ['SG-2'], ownership: 'company' },
          c: { labels: { site: 'par', empty: '' }, osVersion: '10.0.26100' },
          d: { labels: { site: 'LYS' }, platform: 'ios' },
        })
        const cases: readonly (readonly [readonly LabelLine[], readonly string[]])[] = [
          [[{ key: 'site', values: ['PAR'] }], ['a', 'b']],
          [[{ key: 'site', values: ['PAR', 'LYS', 'x'] }], ['a', 'b', 'd']],
          [[{ key: 'site', values: 'any' }], ['a', 'b', 'c', 'd']],
          [[{ key: 'empty', values: 'any' }], ['c']],
          [
            [
              { key: 'site', values: ['PAR'] },
              { key: 'team', values: ['sales', 'other'] },
            ],
            ['b'],
          ],
          [
            [
              { key: 'site', values: 'any' },
              { key: 'team', values: 'any' },
              { key: 'simplane/model', values: ['X1'] },
            ],
            ['a'],
          ],
          [[{ key: 'simplane/mdm-group', values: ['SG-2'] }], ['a', 'b']],
          [[{ key: 'simplane/platform', values: ['ios'] }], ['d']],
          [[{ key: 'simplane/driver', values: ['mdm'] }], ['a', 'b', 'c', 'd']],
          [[{ key: 'simplane/os-version', values: ['10.0.26100'] }], ['c']],
          [[{ key: 'simplane/ownership', values: 'any' }], ['b']],
          [[{ key: 'site', values: [] }], []],
          [
            [
              { key: 'site', values: ['PAR'] },
              { key: 'site', values: ['LYS'] },
            ],
            [],
          ],
        ]
        for (const [query, ids] of cases)
          expect([query, ...(await reached(store, { labelled: [query] }))]).toEqual([query, ...ids])
        const two = [[{ key: 'empty', values: [''] }], [{ key: 'team', values: ['sales'] }]]
        expect(await reached(store, { labelled: two })).toEqual(['b', 'c'])
      },
    )

    promise('goes by the labels that a device has now', async (store) => {
      await fleet(store, { a: { labels: { site: 'PAR' }, groups: ['SG-1'] }, b: { labels: { site: 'PAR' } } })
      await store.observe('mdm', [seen({ id: 'a', labels: { site: 'LYS' } })], takeFacts)
      await store.putRecord(keyOf('b'), undefined)
      await planNothing(store)
      expect(await reached(store, { labelled: [[{ key: 'site', values: ['PAR'] }]] })).toEqual([])
      expect(await reached(store, { labelled: [[{ key: 'simplane/mdm-group', values: 'any' }]] })).toEqual([])
      expect(await reached(store, { labelled: [[{ key: 'site', values: ['LYS'] }]] })).toEqual(['a'])
    })

    promise('reaches whoever gave up a step under the one before', async (store) => {
      const finding = { code: 'retry-exhausted' as const, severity: 'error' as const, message: 'gave up' }
      await fleet(store, { a: {}, b: {} }, { a: { status: { findings: [finding] } } })
      expect(await reached(store, {})).toEqual(['a'])
      expect(await reached(store, {})).toEqual([])
    })

    promise('has each device planned once, whatever it names it by', async (store) => {
      await fleet(store, { a: { labels: { site: 'PAR' } }, b: {} }, { a: wanting('acme') })
      await apply(store, {
        ...NOBODY,
        configurations: ['acme'],
        platforms: ['windows'],
        references: [reference('a')],
        labelled: [[{ key: 'site', values: 'any' }]],
      })
      expect(await store.workSize()).toBe(2)
    })
  })
}

function reference(text: string, as?: DeviceReference['as']): DeviceReference {
  return { text, place: { file: 'list.csv', line: 1, column: 1 }, ...(as === undefined ? {} : { as }) }
}

function installed(configuration: string): InstalledConfiguration {
  return {
    configuration,
    spec: { platform: 'windows', serverName: 'smdp.example', isDiscoveryServer: false, autoEnable: true },
    managed: true,
    onRemove: 'keep-esims',
    state: 'installed',
  }
}

function wanting(configuration: string): Partial<DeviceOutcome> {
  return { assignment: { ...NOTHING_WANTED, wanted: { kind: 'configuration', configuration } } }
}

/** Records these devices and plans each as said. */
async function fleet(
  store: Store,
  devices: Readonly<Record<string, Overrides>>,
  plans: Readonly<Record<string, Partial<DeviceOutcome>>> = {},
): Promise<void> {
  for (const [id, overrides] of Object.entries(devices)) {
    const { facts } = seen({ ...overrides, id })
    await store.putRecord(facts.key, {
      provisionedBefore: false,
      eraseOwed: overrides.eraseOwed ?? [],
      ...facts,
    })
  }
  const outcomes = (await listed(store)).map((item) => outcome(item, [], plans[item.device.record.id]))
  await save(store, outcomes)
}

async function apply(store: Store, reach: Reach): Promise<void> {
  const revision = { id: 'r2' }
  const entry = { revision, at: T0, findings: [], emptySource: false, rewritten: false }
  await store.apply({ ...entry, desired: DESIRED, reach })
}

/** Whom a revision puts on the worklist, sorted; they are taken off it again, planned as they were. */
async function reached(store: Store, reach: Partial<Exclude<Reach, 'all'>>): Promise<readonly string[]> {
  await apply(store, { ...NOBODY, ...reach })
  const items = await listed(store)
  await save(
    store,
    items.map((item) => outcome(item, [], { assignment: item.device.assignment ?? NOTHING_WANTED })),
  )
  return items.map(({ device }) => device.record.id).toSorted()
}
