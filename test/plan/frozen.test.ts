import { describe, expect, it } from 'vitest'
import type { DeviceRecord, Registration } from '../../src/domain/device.ts'
import type { FindingCode } from '../../src/domain/finding.ts'
import { DAY } from '../../src/domain/time.ts'
import { FULL_CAPABILITIES } from '../../src/plan/context.ts'
import type { FleetQuestion } from '../../src/plan/fleet.ts'
import { configuration, desired, entry, iosSpec, lacking, NOW, record, windowsSpec } from './builders.ts'
import { ENTRIES, ESIMS, wantedByLabel, wanting } from './model-fleet.ts'
import { codesOn, planOf, spokenOn } from './spoken.ts'

const { c, xe, xk } = ENTRIES
const FROZEN: readonly Registration[] = ['retire-pending', 'retired', 'wipe-pending', 'wiped', 'unknown']

function planned(device: DeviceRecord, more: Partial<FleetQuestion> = {}): string[] {
  return spokenOn(planOf(wantedByLabel(), [device], more), device.id)
}

function codes(device: DeviceRecord, more: Partial<FleetQuestion> = {}): FindingCode[] {
  return codesOn(planOf(wantedByLabel(), [device], more), device.id)
}

describe.each(FROZEN)('a device whose registration is %s', (registration) => {
  it('gets no step, whatever is wanted of it', () => {
    for (const want of ['nothing', 'c', 'c-fresh', 'release', 'retire'] as const) {
      expect(
        planned(
          record('d-1', { ...wanting(want), registration, installed: [c, xe], esims: [ESIMS.c, ESIMS.xe] }),
        ),
      ).toEqual([])
      expect(planned(record('d-1', { ...wanting(want), registration, esims: 'unknown' }))).toEqual([])
    }
  })

  it('is told of while an eSIM of ours is or may be there', () => {
    const left = (changes: Partial<DeviceRecord>) =>
      codes(record('d-1', { registration, ...changes })).includes('retire-before-reset')
    expect(left({ esims: [ESIMS.c] })).toBe(true)
    expect(left({ esims: 'unknown', esimsComplete: false })).toBe(true)
    expect(left({ esims: [], esimsComplete: false })).toBe(true)
    expect(left({ esims: [ESIMS.foreign], esimsComplete: false })).toBe(true)
    expect(left({ esims: [] })).toBe(false)
    expect(left({ esims: [ESIMS.foreign] })).toBe(false)
    expect(left({ esims: 'unknown', esimsComplete: false, provisionedBefore: false })).toBe(false)
    expect(left({ esims: 'unknown', esimsComplete: false, euicc: 'none' })).toBe(false)
  })

  it('is told of with the last known ICCIDs, as an error or, once wiped, a warning', () => {
    const { findings } = planOf(wantedByLabel(), [
      record('d-1', { registration, esims: [{ ...ESIMS.c, iccid: '8933150319000000001' }] }),
    ])
    const found = findings.find((each) => each.code === 'retire-before-reset')
    expect(found?.severity).toBe(registration === 'wiped' ? 'warning' : 'error')
    expect(found?.message).toContain('8933150319000000001')
  })

  // planning.md section 3: "... and no reset was proven". A release is recorded only once the eUICC is proven empty.
  it('is not told of where its reset was proven and it was released', () => {
    const released = { retirement: 'leave', at: NOW - DAY }
    const device = record('d-1', { registration, released, esims: 'unknown', esimsComplete: false })
    expect(codes(device)).not.toContain('retire-before-reset')
  })
})

describe('a device gone from a complete inventory', () => {
  const circumstances = () => ({ gone: true })

  it('gets no step, and is told of while an eSIM of ours may be there', () => {
    const device = record('d-1', { ...wanting('c-fresh'), installed: [c], esims: [ESIMS.c] })
    expect(planned(device, { circumstances })).toEqual([])
    const { findings } = planOf(wantedByLabel(), [device], { circumstances })
    expect(findings.find((each) => each.code === 'retire-before-reset')).toMatchObject({
      severity: 'error',
      device: 'simulator/d-1',
    })
    expect(codes(record('d-1', { esims: [] }), { circumstances })).toEqual([])
  })
})

describe('a released device', () => {
  const released = { retirement: 'leave', at: NOW - DAY }

  it('gets no further step while the release stands', () => {
    for (const want of ['release', 'retire', 'c', 'nothing'] as const) {
      expect(
        planned(record('d-1', { ...wanting(want), released, installed: [xk], esims: [ESIMS.c] })),
      ).toEqual([])
    }
  })

  it('that enrolled again is another enrolment, which the release does not bind', () => {
    expect(planned(record('d-1', { ...wanting('c'), released, enrolledAt: NOW - 1 }))).toEqual(['install c'])
  })
})

describe('an entry that is not settled', () => {
  it('pending: no step until it is', () => {
    const pending = { ...c, state: 'pending' } as const
    expect(planned(record('d-1', { ...wanting('c'), installed: [pending, xk] }))).toEqual([])
    expect(planned(record('d-1', { ...wanting('release'), installed: [pending], esims: [ESIMS.c] }))).toEqual(
      [],
    )
  })

  it('removing: its uninstall is not planned again, and later steps wait', () => {
    const removing = { ...xe, state: 'removing' } as const
    expect(planned(record('d-1', { ...wanting('c'), installed: [removing], esims: [ESIMS.xe] }))).toEqual([])
    expect(
      planned(record('d-1', { ...wanting('release'), installed: [removing, c], esims: [ESIMS.c] })),
    ).toEqual(['uninstall c'])
  })
})

describe('a device that is not eligible', () => {
  const discovery = desired({
    configurations: [configuration('c', windowsSpec('c.example', { isDiscoveryServer: true }))],
  })
  const phones = desired({ configurations: [configuration('p', iosSpec('https://c.example/'))] })
  const apple = { platform: 'ios', osVersion: '17.4.1' } as const

  it.each<[string, FindingCode, DeviceRecord]>([
    ['Windows 10', 'ineligible-os', record('d-1', { osVersion: '10.0.19045' })],
    ['a build under 22000', 'ineligible-os', record('d-1', { osVersion: '10.0.21996' })],
    ['an unknown OS version', 'ineligible-os', lacking(record('d-1'), 'osVersion')],
    ['an OS version nobody can read', 'ineligible-os', record('d-1', { osVersion: 'eleven' })],
    ['Windows Home', 'ineligible-edition', record('d-1', { edition: 'Home' })],
    ['no eUICC', 'no-euicc', record('d-1', { euicc: 'none' })],
  ])('(%s) gets no step, nothing off, and one info finding', (_says, code, device) => {
    const full = { ...device, ...wanting('c'), installed: [xk], esims: [ESIMS.xk] }
    expect(planned(full)).toEqual([])
    const plan = planOf(wantedByLabel(), [full])
    expect(plan.findings.filter((each) => each.device === full.key)).toMatchObject([
      { code, severity: 'info', configuration: 'c' },
    ])
  })

  it('(a discovery server under build 22621) is told so', () => {
    const on = (osVersion: string) => codesOn(planOf(discovery, [record('d-1', { osVersion })]), 'd-1')
    expect(on('10.0.22000')).toEqual(['ineligible-os'])
    expect(on('10.0.22620')).toEqual(['ineligible-os'])
    expect(on('10.0.22621.4317')).toEqual([])
    expect(planned(record('d-1', { ...wanting('c'), osVersion: '10.0.22000' }))).toEqual(['install c'])
  })

  it.each<[string, FindingCode, Partial<DeviceRecord>]>([
    ['iOS 12', 'ineligible-os', { osVersion: '12.5.7' }],
    ['User Enrollment', 'user-enrolled', { userEnrolled: true }],
    ['no eUICC', 'no-euicc', { euicc: 'none' }],
  ])('(%s) gets no step, nothing off, and one info finding', (_says, code, changes) => {
    const installed = [entry('gone', iosSpec('https://gone.example/'))]
    const plan = planOf(phones, [record('p-1', { ...apple, installed, ...changes })])
    expect(plan.devices).toEqual([])
    expect(plan.findings).toMatchObject([{ code, severity: 'info' }])
  })

  it('is not one of unknown edition, EID, eUICC or enrolment kind', () => {
    expect(planned(lacking(record('d-1', wanting('c')), 'edition', 'eid', 'serialNumber'))).toEqual([
      'install c',
    ])
    expect(spokenOn(planOf(phones, [record('p-1', { ...apple, osVersion: '13.0' })]), 'p-1')).toEqual([
      'install p',
    ])
  })

  it('does not let the runner-up step in', () => {
    const state = desired({
      configurations: [
        configuration('first', windowsSpec('a.example', { isDiscoveryServer: true }), { priority: 1 }),
        configuration('second', windowsSpec('b.example'), { priority: 2 }),
      ],
    })
    expect(planOf(state, [record('d-1', { osVersion: '10.0.22000' })]).devices).toEqual([])
  })
})

describe('retiring a device without an eSIM reset', () => {
  const old = { ...wanting('release'), osVersion: '10.0.19045' }

  it('takes configurations off Windows 10, and neither resets nor releases what may hold an eSIM', () => {
    const device = record('d-1', { ...old, installed: [c], esims: [ESIMS.c] })
    expect(planned(device)).toEqual(['uninstall c'])
    expect(codes(device)).toContain('ineligible-os')
    expect(planned(lacking(record('d-1', { ...old, esims: [ESIMS.c] }), 'osVersion'))).toEqual([])
  })

  it('releases Windows 10 whose eUICC is known empty', () => {
    expect(planned(record('d-1', { ...old, installed: [c] }))).toEqual(['uninstall c', 'release'])
  })

  it('releases and retires what is known to hold no eUICC', () => {
    const without = { euicc: 'none', esims: 'unknown', esimsComplete: false } as const
    expect(planned(record('d-1', { ...wanting('release'), ...without }))).toEqual(['release'])
    expect(planned(record('d-1', { ...wanting('retire'), ...without }))).toEqual(['retire'])
  })

  it('is nothing for another platform, told where it is named', () => {
    const mac = record('m-1', { platform: 'other' })
    expect(codesOn(planOf(wantedByLabel({}, ['m-1']), [mac]), 'm-1')).toEqual(['ineligible-platform'])
    expect(planOf(wantedByLabel({}, ['m-1']), [mac]).devices).toEqual([])
  })
})

describe.each(['inventory-incomplete', 'empty-source'] as const)('the brake %s', (code) => {
  const brake = { context: { brake: () => code } }

  it('cuts the steps of a device before the first destructive one, and says so', () => {
    const cases: readonly [DeviceRecord, readonly string[]][] = [
      [record('d-1', { ...wanting('c'), installed: [xk] }), []],
      [record('d-1', { ...wanting('c-fresh'), installed: [c], esims: [ESIMS.c] }), []],
      [record('d-1', { ...wanting('release') }), []],
      [record('d-1', { ...wanting('retire') }), []],
    ]
    for (const [device, steps] of cases) {
      expect(planned(device, brake)).toEqual(steps)
      expect(codes(device, brake)).toContain(code)
    }
  })

  it('lets installs and updates through, without a word', () => {
    const installing = record('d-1', wanting('c'))
    expect(planned(installing, brake)).toEqual(['install c'])
    expect(codes(installing, brake)).toEqual([])
    expect(
      planned(record('d-1', { ...wanting('c'), installed: [ENTRIES.flags], esims: [ESIMS.c] }), brake),
    ).toEqual(['update c'])
  })

  it('does not let an install overtake the deletion of a stale record', () => {
    const live = record('d-1', wanting('c'))
    const twin = record('d-0', {
      registration: 'wiped',
      enrolledAt: NOW - 200 * DAY,
      serialNumber: 'SERIAL-d-1',
      eid: 'EID-d-1',
    })
    expect(planOf(wantedByLabel(), [live, twin], brake).devices).toEqual([])
  })

  it('holds back the devices of its driver only', () => {
    const other = record('d-2', { driver: 'intune', installed: [xk] })
    const plan = planOf(wantedByLabel(), [record('d-1', { installed: [xk] }), other], {
      context: { brake: (driver) => (driver === 'intune' ? undefined : code) },
    })
    expect(plan.devices.map((each) => each.device)).toEqual(['intune/d-2'])
  })
})

describe('what the driver cannot do', () => {
  it('is said, and neither it nor what follows is planned', () => {
    const windows = { ...FULL_CAPABILITIES.windows, steps: ['install', 'uninstall'] as const }
    const able = { context: { capabilities: () => ({ ...FULL_CAPABILITIES, windows }) } }
    const device = record('d-1', { ...wanting('c'), installed: [xe], esims: [ESIMS.xe] })
    expect(planned(device, able)).toEqual(['uninstall xe'])
    expect(codes(device, able)).toContain('unsupported-by-driver')
    expect(planned(record('d-1', wanting('c')), able)).toEqual(['install c'])
    expect(codes(record('d-1', wanting('c')), able)).toEqual([])
  })

  it('never includes forget and release, which are ours alone', () => {
    const none = { steps: [], seesEveryEsim: true } as const
    const able = { context: { capabilities: () => ({ windows: none, ios: none, idempotent: true }) } }
    const phone = record('p-1', {
      ...wanting('release'),
      platform: 'ios',
      osVersion: '17.0',
      installed: [entry('p', iosSpec('https://c.example/'))],
    })
    expect(spokenOn(planOf(wantedByLabel(), [phone], able), 'p-1')).toEqual(['forget p', 'release'])
  })
})
