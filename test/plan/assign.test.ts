import { describe, expect, it } from 'vitest'
import type { Assignment } from '../../src/domain/assignment.ts'
import type { DesiredState, EsimConfiguration } from '../../src/domain/desired.ts'
import type { DeviceRecord } from '../../src/domain/device.ts'
import { DAY } from '../../src/domain/time.ts'
import { assign, indexAssignments } from '../../src/plan/assign.ts'
import {
  configuration,
  desired,
  distribution,
  iosSpec,
  labelled,
  lacking,
  LONG_AGO,
  NOW,
  policy,
  record,
  redownload,
  windowsSpec,
  YESTERDAY,
} from './builders.ts'
import { codesOn, planOf, spokenOn } from './spoken.ts'

const SPEC = windowsSpec('c.example')
const device = record('d-1', { labels: { site: 'paris' } })

function assigned(state: DesiredState, to: DeviceRecord = device): Assignment {
  return assign(indexAssignments(state), to)
}

function wantedOf(changes: Partial<EsimConfiguration>, to: DeviceRecord = device): string {
  const groups = [labelled('paris', 'site', 'paris'), labelled('rome', 'site', 'rome')]
  const { wanted } = assigned(desired({ configurations: [configuration('c', SPEC, changes)], groups }), to)
  return wanted.kind === 'configuration' ? wanted.configuration : wanted.kind
}

describe('a distribution', () => {
  it.each([
    ['all', distribution('all'), 'c'],
    [
      'none, although it names the device',
      distribution('none', { devices: ['d-1'], groups: ['paris'] }),
      'nothing',
    ],
    ['custom without a selection', distribution('custom'), 'nothing'],
    ['a group of the device', distribution('custom', { groups: ['paris'] }), 'c'],
    ['a group without it', distribution('custom', { groups: ['rome'] }), 'nothing'],
    ['the device itself', distribution('custom', { devices: ['d-1'] }), 'c'],
    ['groups or devices: a union', distribution('custom', { groups: ['rome'], devices: ['d-1'] }), 'c'],
    ['all except the device', distribution('all', {}, { devices: ['d-1'] }), 'nothing'],
    ['all except its group', distribution('all', {}, { groups: ['paris'] }), 'nothing'],
    [
      'the device, except its group',
      distribution('custom', { devices: ['d-1'] }, { groups: ['paris'] }),
      'nothing',
    ],
    ['all except another group', distribution('all', {}, { groups: ['rome'] }), 'c'],
  ])('to %s', (_says, to, wanted) => {
    expect(wantedOf({ distribution: to })).toBe(wanted)
  })

  it('of a configuration that is not enabled reaches nobody', () => {
    expect(wantedOf({ enabled: false })).toBe('nothing')
  })

  it('reaches devices of its platform only', () => {
    const phone = record('p-1', { platform: 'ios', osVersion: '17.0' })
    const pad = record('p-2', { platform: 'ipados', osVersion: '17.0' })
    const mac = record('m-1', { platform: 'other' })
    const state = desired({
      configurations: [configuration('c', SPEC), configuration('p', iosSpec('https://c.example/'))],
    })
    expect([device, phone, pad, mac].map((each) => assigned(state, each).wanted)).toEqual([
      { kind: 'configuration', configuration: 'c' },
      { kind: 'configuration', configuration: 'p' },
      { kind: 'configuration', configuration: 'p' },
      { kind: 'nothing' },
    ])
  })

  it('to a device of another platform is told only where it names the device', () => {
    const mac = record('m-1', { platform: 'other' })
    const naming = desired({
      configurations: [
        configuration('c', SPEC, { distribution: distribution('custom', { devices: ['m-1'] }) }),
      ],
    })
    expect(codesOn(planOf(naming, [mac]), 'm-1')).toEqual(['ineligible-platform'])
    expect(codesOn(planOf(desired({ configurations: [configuration('c', SPEC)] }), [mac]), 'm-1')).toEqual([])
  })
})

describe('of several configurations', () => {
  const two = (a: number, b: number) =>
    desired({
      configurations: [
        configuration('a', SPEC, { priority: a }),
        configuration('b', windowsSpec('b.example'), { priority: b }),
      ],
    })

  it('the lowest priority number wins, and the loser is told', () => {
    expect(assigned(two(10, 9))).toMatchObject({
      wanted: { kind: 'configuration', configuration: 'b' },
      outranked: ['a'],
    })
    expect(assigned(two(9, 10))).toMatchObject({
      wanted: { kind: 'configuration', configuration: 'a' },
      outranked: ['b'],
    })
    expect(codesOn(planOf(two(9, 10), [device]), 'd-1')).toEqual(['outranked'])
  })

  it('equal priorities hold the device and are told', () => {
    expect(assigned(two(10, 10)).wanted).toEqual({
      kind: 'undecided',
      code: 'priority-tie',
      configurations: ['a', 'b'],
    })
    const plan = planOf(two(10, 10), [device])
    expect(spokenOn(plan, 'd-1')).toEqual([])
    expect(codesOn(plan, 'd-1')).toEqual(['priority-tie'])
  })

  it('a tie behind the winner is no tie', () => {
    const { configurations } = two(10, 10)
    const state = desired({
      configurations: [...configurations, configuration('first', windowsSpec('f.example'), { priority: 1 })],
    })
    expect(assigned(state)).toMatchObject({ wanted: { configuration: 'first' }, outranked: ['a', 'b'] })
  })

  it('the winner is the same in whatever order they are written', () => {
    const { configurations } = two(9, 10)
    expect(assigned(desired({ configurations: [...configurations].reverse() }))).toEqual(assigned(two(9, 10)))
  })
})

describe('a redownload', () => {
  const on = (...entries: readonly ReturnType<typeof redownload>[]) => {
    const groups = [labelled('paris', 'site', 'paris'), labelled('rome', 'site', 'rome')]
    const { wanted } = assigned(
      desired({ configurations: [configuration('c', SPEC, { redownloads: entries })], groups }),
    )
    return wanted.kind === 'configuration' ? wanted.redownload : 'none wanted'
  }

  it('asks at the latest `on` that selects the device', () => {
    expect(on(redownload(LONG_AGO), redownload(YESTERDAY, 'custom', { groups: ['paris'] }))).toBe(YESTERDAY)
    expect(on(redownload(LONG_AGO), redownload(YESTERDAY, 'custom', { groups: ['rome'] }))).toBe(LONG_AGO)
    expect(on(redownload(LONG_AGO), redownload(YESTERDAY, 'all', {}, { devices: ['d-1'] }))).toBe(LONG_AGO)
  })

  it('asks nothing of a device that no entry selects', () => {
    expect(on()).toBeUndefined()
    expect(on(redownload(YESTERDAY, 'custom'))).toBeUndefined()
    expect(on(redownload(YESTERDAY, 'custom', { groups: ['paris'] }, { groups: ['paris'] }))).toBeUndefined()
  })
})

describe('a reference', () => {
  const named = (reference: string, to: DeviceRecord = device): boolean =>
    wantedOf({ distribution: distribution('custom', { devices: [reference] }) }, to) === 'c'

  it.each([
    'd-1',
    'simulator/d-1',
    'SERIAL-d-1',
    'serial-D-1',
    'EID-d-1',
    'serial:SERIAL-d-1',
    'eid:EID-d-1',
    'id:d-1',
  ])('%s names the device', (reference) => expect(named(reference)).toBe(true))

  it.each([
    'd-2',
    'serial:d-1',
    'eid:SERIAL-d-1',
    'id:SERIAL-d-1',
    'PAR-LT-0042',
    'someone@acme.example',
    'intune/d-1',
  ])('%s does not', (reference) =>
    expect(named(reference, { ...device, name: 'PAR-LT-0042', user: 'someone@acme.example' })).toBe(false),
  )

  it('names nobody where the device has no such identity', () => {
    expect(named('serial:', { ...device, serialNumber: ' ' })).toBe(false)
    expect(named('SERIAL-d-1', lacking(device, 'serialNumber'))).toBe(false)
  })

  const naming = (...devices: readonly string[]) =>
    desired({
      configurations: [configuration('c', SPEC, { distribution: distribution('custom', { devices }) })],
    })

  it('that fits two devices is an error, and nothing is planned for either', () => {
    const other = record('d-2', { serialNumber: 'd-1' })
    const plan = planOf(naming('d-1'), [record('d-1'), other])
    expect(plan.devices).toEqual([])
    expect(
      plan.findings.filter((each) => each.code === 'ambiguous-device' && each.severity === 'error'),
    ).not.toEqual([])
    const settled = planOf(naming('serial:d-1'), [record('d-1'), other])
    expect(settled.devices.map((each) => each.device)).toEqual(['simulator/d-2'])
  })

  it('that fits the same id in two drivers is settled by the driver', () => {
    const records = [record('d-1'), record('d-1', { driver: 'intune', serialNumber: 'X', eid: 'Y' })]
    expect(planOf(naming('id:d-1'), records).devices).toEqual([])
    expect(planOf(naming('intune/d-1'), records).devices.map((each) => each.device)).toEqual(['intune/d-1'])
  })

  it('that fits two records of one hardware is no doubt', () => {
    const former = record('d-0', {
      registration: 'wiped',
      enrolledAt: NOW - 100 * DAY,
      serialNumber: 'SERIAL-d-1',
      eid: 'EID-d-1',
    })
    const plan = planOf(naming('SERIAL-d-1'), [record('d-1'), former])
    expect(spokenOn(plan, 'd-1')).toEqual(['delete-record simulator/d-0', 'install c'])
  })

  it('that fits nobody is told with its place', () => {
    const plan = planOf(naming('d-404'), [record('d-1')])
    expect(plan.findings).toMatchObject([
      { code: 'unknown-device', severity: 'warning', place: { file: 'desired.yaml' } },
    ])
  })
})

describe('connectivity', () => {
  it('is declared by the groups of the device, a no before a yes', () => {
    const place = { file: 'policy.yaml', line: 1, column: 1 }
    const groups = [
      labelled('paris', 'site', 'paris'),
      labelled('office', 'site', 'paris'),
      labelled('rome', 'site', 'rome'),
    ]
    const declare = (...connectivity: { groups: string[]; other: 'yes' | 'no' }[]) =>
      assigned(
        desired({
          groups,
          policy: policy({ connectivity: connectivity.map((each) => ({ ...each, place })) }),
        }),
      ).otherConnectivity
    expect(declare({ groups: ['paris'], other: 'yes' })).toBe('yes')
    expect(declare({ groups: ['paris'], other: 'yes' }, { groups: ['office'], other: 'no' })).toBe('no')
    expect(declare({ groups: ['rome'], other: 'yes' })).toBeUndefined()
    expect(declare({ groups: [], other: 'no' })).toBeUndefined()
  })
})
