import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DesiredState, EsimConfiguration, Selection } from '../../src/domain/desired.ts'
import type { DeviceRecord } from '../../src/domain/device.ts'
import type { PlannedStep } from '../../src/domain/plan.ts'
import { DAY } from '../../src/domain/time.ts'
import { assign, indexAssignments } from '../../src/plan/assign.ts'
import { changesBetween } from '../../src/plan/changes.ts'
import { arbitraryWorld } from './arbitrary.ts'
import { configuration, desired, distribution, group, LONG_AGO, record, retirement } from './builders.ts'
import { ENTRIES, ESIMS, SPECS } from './model-fleet.ts'
import { bare, planOf, spokenOn, stepsOn } from './spoken.ts'

const RUNS = { numRuns: 1000 }

type Taking = (configuration: EsimConfiguration) => EsimConfiguration | undefined

function selecting(each: EsimConfiguration, select: Partial<Selection>): EsimConfiguration {
  return {
    ...each,
    distribution: { ...each.distribution, select: { ...each.distribution.select, ...select } },
  }
}

const TAKINGS: Readonly<Record<string, Taking>> = {
  'the document': () => undefined,
  '`to`': (each) => ({ ...each, distribution: { ...each.distribution, to: 'none' } }),
  '`enabled`': (each) => ({ ...each, enabled: false }),
  'a group': (each) => selecting(each, { groups: each.distribution.select.groups.slice(1) }),
  'every group': (each) => selecting(each, { groups: [] }),
  'a device or list line': (each) => selecting(each, { devices: each.distribution.select.devices.slice(1) }),
}

function taken(state: DesiredState, name: string, taking: Taking): DesiredState {
  return {
    ...state,
    configurations: state.configurations.flatMap((each) =>
      each.name === name ? (taking(each) ?? []) : each,
    ),
  }
}

function wantedOf(state: DesiredState, device: DeviceRecord): string {
  return JSON.stringify(assign(indexAssignments(state), device).wanted)
}

/** Its later steps wait, so that an install which replaces something is not there to be compared. */
function isRemoving({ installed }: DeviceRecord): boolean {
  return installed !== 'unknown' && installed.some((entry) => entry.state === 'removing')
}

describe('7: taking away a target', () => {
  it.each(Object.entries(TAKINGS))(
    '(%s) adds nothing but what takes the configuration off',
    (_what, taking) => {
      let took = 0
      fc.assert(
        fc.property(
          arbitraryWorld,
          fc.constantFrom('w1', 'w2', 'w3', 'i1', 'i2'),
          ({ state, records }, name) => {
            const less = taken(state, name, taking)
            const [before, after] = [planOf(state, records), planOf(less, records)]
            for (const device of records) {
              const [was, is] = [wantedOf(state, device), wantedOf(less, device)]
              if (is !== was && is !== '{"kind":"nothing"}') continue
              const known = new Set(stepsOn(before, device.key).map((step) => step.id))
              const added = stepsOn(after, device.key).filter((step) => !known.has(step.id))
              if (is !== was) took += 1
              const allowed = is === was ? [] : ['uninstall', 'forget', 'reset']
              expect(added.filter((step) => !allowed.includes(step.kind)).map(bare)).toEqual([])
            }
          },
        ),
        RUNS,
      )
      expect(took).toBeGreaterThan(0)
    },
  )

  it.each([
    ['away', () => []],
    [
      'back',
      (each: EsimConfiguration) => each.redownloads.map((one) => ({ ...one, on: LONG_AGO - 60 * DAY })),
    ],
  ] as const)('taking a redownload %s adds no step', (_where, less) => {
    fc.assert(
      fc.property(arbitraryWorld, ({ state, records }) => {
        const configurations = state.configurations.map((each) => ({ ...each, redownloads: less(each) }))
        const [before, after] = [planOf(state, records), planOf({ ...state, configurations }, records)]
        for (const device of records) {
          if (isRemoving(device)) continue
          const known = new Set(stepsOn(before, device.key).map(bare))
          // An install brings changed flags along and replaces the older spec; without it, that alone is left to do.
          const covered = (step: PlannedStep): boolean => {
            const replaced = ['update', 'uninstall', 'forget'].includes(step.kind)
            return known.has(bare(step)) || (replaced && known.has(`install ${step.configuration ?? ''}`))
          }
          expect(
            stepsOn(after, device.key)
              .filter((step) => !covered(step))
              .map(bare),
          ).toEqual([])
        }
      }),
      RUNS,
    )
  })

  it('erases only where the configuration that goes says so', () => {
    const device = (onRemove: 'keep-esims' | 'erase-all-esims') =>
      record('d-1', {
        installed: [{ ...ENTRIES.c, onRemove }],
        esims: [{ ...ESIMS.c, source: { ...ESIMS.c.source!, onRemove } }],
      })
    expect(spokenOn(planOf(desired(), [device('keep-esims')]), 'd-1')).toEqual(['uninstall c'])
    expect(spokenOn(planOf(desired(), [device('erase-all-esims')]), 'd-1')).toEqual(['uninstall c', 'reset'])
  })

  it('changing onRemove plans no step', () => {
    const state = desired({ configurations: [configuration('c', SPECS.c, { onRemove: 'erase-all-esims' })] })
    expect(
      spokenOn(planOf(state, [record('d-1', { installed: [ENTRIES.c], esims: [ESIMS.c] })]), 'd-1'),
    ).toEqual([])
  })
})

describe('7: taking away a restriction', () => {
  const place = (line: number) => ({ file: 'c.yaml', line, column: 3 })
  const c = configuration('c', SPECS.c, { distribution: distribution('all') })
  const named = (before: DesiredState, after: DesiredState) =>
    changesBetween(before, after).map((change) => [change.configuration, change.path, change.source?.file])

  it('(`except`) is named with its line', () => {
    const with_ = {
      ...c,
      distribution: distribution('all', {}, { devices: ['d-1'] }),
      places: { 'spec.distribution': place(9) },
    }
    const without = { ...c, places: { 'spec.distribution': place(9) } }
    expect(named(desired({ configurations: [with_] }), desired({ configurations: [without] }))).toEqual([
      ['c', 'distribution.except', 'c.yaml'],
    ])
    expect(spokenOn(planOf(desired({ configurations: [without] }), [record('d-1')]), 'd-1')).toEqual([
      'install c',
    ])
  })

  it('(`enabled: false`) is named with its line', () => {
    const [off, on] = [
      { ...c, enabled: false },
      { ...c, places: { 'spec.enabled': place(4) } },
    ]
    expect(named(desired({ configurations: [off] }), desired({ configurations: [on] }))).toEqual([
      ['c', 'enabled', 'c.yaml'],
    ])
  })

  // planning.md section 4, property 7: "the plan names the line that went". Nothing names a selector line or a Retirement.
  it('(a selector line) is named', () => {
    const state = (matchLabels: Record<string, string>) =>
      desired({
        configurations: [{ ...c, distribution: distribution('custom', { groups: ['field'] }) }],
        groups: [group('field', { matchLabels })],
      })
    expect(changesBetween(state({ site: 'paris', team: 'field' }), state({ site: 'paris' }))).not.toEqual([])
  })

  it('(a Retirement) is named', () => {
    const before = desired({ configurations: [c], retirements: [retirement('leave', { devices: ['d-1'] })] })
    expect(changesBetween(before, desired({ configurations: [c] }))).not.toEqual([])
  })
})
