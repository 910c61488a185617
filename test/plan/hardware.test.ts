import { describe, expect, it } from 'vitest'
import type { DeviceRecord } from '../../src/domain/device.ts'
import { DAY } from '../../src/domain/time.ts'
import { gatherHardware } from '../../src/plan/hardware.ts'
import { configuration, desired, distribution, lacking, NOW, ours, record, windowsSpec } from './builders.ts'
import { codesOn, planOf, spokenOn } from './spoken.ts'

const FOR_ALL = desired({ configurations: [configuration('c', windowsSpec('c.example'))] })
const FOR_NOBODY = desired({
  configurations: [configuration('c', windowsSpec('c.example'), { distribution: distribution('none') })],
})
const HARDWARE = { serialNumber: '5CG1234XYZ', eid: '89049032000000000000000000000012' }
const BEFORE = { enrolledAt: NOW - 200 * DAY }

function live(changes: Partial<DeviceRecord> = {}): DeviceRecord {
  return record('live', { ...HARDWARE, ...changes })
}

function twin(changes: Partial<DeviceRecord> = {}): DeviceRecord {
  return record('twin', { ...HARDWARE, ...BEFORE, registration: 'wiped', ...changes })
}

/** The steps on `live` beside `other`. */
function steps(other: DeviceRecord, of: DeviceRecord = live()): string[] {
  return spokenOn(planOf(FOR_ALL, [of, other]), 'live')
}

const DELETED = ['delete-record simulator/twin', 'install c']
const UNTOUCHED = ['install c']

describe('a stale twin', () => {
  it.each<[string, Partial<DeviceRecord>]>([
    ['wiped', {}],
    ['retired', { registration: 'retired' }],
    ['that has no EID', { eid: '' }],
    ['whose serial number is written in other letters', { serialNumber: ' 5cg1234xyz ' }],
    ['whose EID is masked', { eid: '****************0012' }],
  ])('%s is deleted before the install', (_says, changes) => {
    expect(steps(twin(changes))).toEqual(DELETED)
  })

  it('is deleted where the live record has no EID', () => {
    expect(steps(twin(), lacking(live(), 'eid'))).toEqual(DELETED)
  })

  it.each<[string, Partial<DeviceRecord>]>([
    ['of another serial number and no EID', { serialNumber: '5CG9999999', eid: '' }],
    ['of another driver', { driver: 'intune' }],
    ['enrolled after the live record', { enrolledAt: NOW - DAY }],
    ['enrolled at the same moment', { enrolledAt: NOW - 90 * DAY }],
    ['of unknown registration', { registration: 'unknown' }],
  ])('%s is none', (_says, changes) => {
    expect(steps(twin(changes))).toEqual(UNTOUCHED)
  })

  it('is deleted by its own action, under the action of the device', () => {
    const plan = planOf(FOR_ALL, [live(), twin()])
    expect(plan.devices[0]?.steps.map((step) => step.action)).toEqual(['clear-stale-record', 'install'])
    expect(plan.devices[0]?.action).toBe('install')
    expect(plan.devices[0]?.steps[0]?.rule).toBe('S14')
  })

  it('is left alone where no configuration is wanted on the live device', () => {
    expect(planOf(FOR_NOBODY, [live(), twin()]).devices).toEqual([])
  })

  it('is left alone where the live device is not eligible', () => {
    expect(planOf(FOR_ALL, [live({ edition: 'Home' }), twin()]).devices).toEqual([])
  })

  it('is deleted together with every other one', () => {
    const another = record('twin-2', { ...HARDWARE, enrolledAt: NOW - 300 * DAY, registration: 'retired' })
    expect(spokenOn(planOf(FOR_ALL, [live(), twin(), another]), 'live').sort()).toEqual([
      'delete-record simulator/twin',
      'delete-record simulator/twin-2',
      'install c',
    ])
  })

  it('gets no step of its own', () => {
    expect(planOf(FOR_ALL, [live(), twin()]).devices.map((each) => each.device)).toEqual(['simulator/live'])
  })
})

describe('what cannot be told apart', () => {
  const nothing = (records: readonly DeviceRecord[]): void => {
    const plan = planOf(FOR_ALL, records)
    expect(plan.devices).toEqual([])
    expect(plan.findings.map((each) => each.code)).toContain('stale-record-ambiguous')
  }

  it('is planned for neither where the EIDs disagree', () => {
    nothing([live(), twin({ eid: '89049032000000000000000000000099' })])
  })

  it('is planned for neither where an enrolment time is unknown', () => {
    nothing([live(), lacking(twin(), 'enrolledAt')])
    nothing([lacking(live(), 'enrolledAt'), twin()])
  })

  it('is planned for neither where one EID has two serial numbers', () => {
    nothing([live(), twin({ serialNumber: '5CG9999999' })])
  })
})

describe('an identity that identifies nobody', () => {
  const masks = [
    '',
    '   ',
    '****',
    '5CG****XYZ',
    '0',
    '000000000000',
    'To be filled by O.E.M.',
    'Default string',
  ]

  it.each(masks)('"%s" makes no twin', (serialNumber) => {
    const hidden = { serialNumber, eid: '' }
    const plan = planOf(FOR_ALL, [live(hidden), twin(hidden)])
    expect(spokenOn(plan, 'live')).toEqual(UNTOUCHED)
    expect(plan.summary.devices).toBe(2)
  })

  it('is told where it is masked, not where it is absent', () => {
    expect(codesOn(planOf(FOR_ALL, [live({ serialNumber: '****' })]), 'live')).toEqual(['identity-masked'])
    expect(codesOn(planOf(FOR_ALL, [lacking(live(), 'serialNumber', 'eid')]), 'live')).toEqual([])
  })

  it('is a serial number that many active devices share', () => {
    const shared = { serialNumber: '12345678', eid: '' }
    const many = ['a', 'b', 'c', 'd'].map((id) => record(id, shared))
    const plan = planOf(FOR_ALL, [...many, twin(shared)])
    expect(plan.devices.every((each) => each.steps.every((step) => step.kind !== 'delete-record'))).toBe(true)
    expect(plan.findings.map((each) => each.code)).not.toContain('duplicate-active')
  })

  it('is a serial number of two active devices with two EIDs: they are two devices', () => {
    const other = record('other', {
      serialNumber: HARDWARE.serialNumber,
      eid: '89049032000000000000000000000099',
    })
    const plan = planOf(FOR_ALL, [live(), other])
    expect(plan.devices.map((each) => each.device)).toEqual(['simulator/live', 'simulator/other'])
    expect(codesOn(plan, 'live')).not.toContain('duplicate-active')
  })
})

describe('a twin on its way out', () => {
  it.each(['wipe-pending', 'retire-pending'] as const)(
    '(%s) holds the install and is not deleted',
    (registration) => {
      expect(steps(twin({ registration }))).toEqual(['install c [registration-frozen]'])
    },
  )

  it('holds the reset that an install follows', () => {
    const device = live({ esims: [ours('c', windowsSpec('earlier.example'))] })
    const held = ['reset [registration-frozen]', 'install c [registration-frozen]']
    expect(steps(twin({ registration: 'wipe-pending' }), device)).toEqual(held)
  })
})

describe('two active records of one hardware', () => {
  const newer = record('newer', { ...HARDWARE, enrolledAt: NOW - DAY })

  it('are one device: the one enrolled last steers, the other is told and gets no step', () => {
    const plan = planOf(FOR_ALL, [live(), newer])
    expect(plan.summary.devices).toBe(1)
    expect(plan.devices.map((each) => each.device)).toEqual(['simulator/newer'])
    expect(
      plan.findings.filter((each) => each.code === 'duplicate-active').map((each) => each.device),
    ).toEqual(['simulator/live'])
  })

  it('enrolled at one moment are decided by the order of the drivers', () => {
    const other = record('other', { ...HARDWARE, driver: 'intune' })
    const steering = (drivers: readonly string[]) =>
      planOf(FOR_ALL, [live(), other], { drivers }).devices.map((each) => each.device)
    expect(steering(['simulator', 'intune'])).toEqual(['simulator/live'])
    expect(steering(['intune', 'simulator'])).toEqual(['intune/other'])
  })

  it('are found by the EID where one has no serial number', () => {
    expect(planOf(FOR_ALL, [live(), lacking(newer, 'serialNumber')]).summary.devices).toBe(1)
  })

  it('steer before any record that is no longer active, however late that enrolled', () => {
    const wiped = record('later', { ...HARDWARE, registration: 'wiped', enrolledAt: NOW - 1 })
    expect(spokenOn(planOf(FOR_ALL, [live(), wiped]), 'live')).toEqual(UNTOUCHED)
  })
})

describe('gathering', () => {
  it('gives the same devices in whatever order the records come', () => {
    const records = [
      live(),
      twin(),
      record('newer', { ...HARDWARE, enrolledAt: NOW - DAY }),
      record('far', { serialNumber: HARDWARE.serialNumber, driver: 'intune', eid: '' }),
      record('odd', { serialNumber: 'S', eid: 'E' }),
      record('old', { serialNumber: 'S', eid: 'F', registration: 'wiped', ...BEFORE }),
      record('x', { serialNumber: '****', eid: '' }),
    ]
    const expected = gatherHardware(records, ['simulator', 'intune'])
    for (let turn = 1; turn < records.length; turn += 1) {
      const turned = [...records.slice(turn), ...records.slice(0, turn)]
      expect(gatherHardware(turned, ['simulator', 'intune'])).toEqual(expected)
      expect(gatherHardware(turned.reverse(), ['simulator', 'intune'])).toEqual(expected)
    }
  })
})
