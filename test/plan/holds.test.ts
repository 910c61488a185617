import { describe, expect, it } from 'vitest'
import type { Policy } from '../../src/domain/desired.ts'
import type { DeviceRecord } from '../../src/domain/device.ts'
import { DAY, HOUR } from '../../src/domain/time.ts'
import type { FleetQuestion } from '../../src/plan/fleet.ts'
import { labelled, lacking, NOW, policy, record } from './builders.ts'
import { ENTRIES, ESIMS, wantedByLabel, wanting } from './model-fleet.ts'
import { planOf, spokenOn } from './spoken.ts'

const { c, xe } = ENTRIES
/** A reset is due, and nothing holds it. */
const redeploying = record('d-1', { ...wanting('c-fresh'), installed: [c], esims: [ESIMS.c] })
const leaving = record('d-1', { ...wanting('release'), installed: [c], esims: [ESIMS.c] })

function stepsFor(
  device: DeviceRecord,
  changes: Partial<Policy> = {},
  more: Partial<FleetQuestion> = {},
): string[] {
  return spokenOn(planOf(wantedByLabel(changes), [device], more), 'd-1')
}

describe('a reset that nothing speaks against', () => {
  it('is ready', () => {
    expect(stepsFor(redeploying)).toEqual(['reset', 'install c'])
    expect(stepsFor(leaving)).toEqual(['uninstall c', 'reset', 'release'])
  })
})

describe('an eSIM that is not ours', () => {
  it('holds the reset and what comes after, not what comes before', () => {
    const device = record('d-1', {
      ...wanting('c'),
      installed: [c, xe],
      esims: [ESIMS.c, ESIMS.xe, ESIMS.foreign],
    })
    expect(stepsFor(device)).toEqual(['uninstall xe', 'reset [foreign-esim]', 'install c [foreign-esim]'])
  })

  it('holds the reset of a retirement that names the device, too', () => {
    const device = { ...leaving, esims: [ESIMS.c, ESIMS.foreign] }
    const steps = spokenOn(planOf(wantedByLabel({}, ['d-1']), [device]), 'd-1')
    expect(steps).toEqual(['uninstall c', 'reset [foreign-esim]', 'release [foreign-esim]'])
  })
})

describe('a kept eSIM of another configuration', () => {
  const esims = [ESIMS.c, ESIMS.xk]

  it('holds the reset', () => {
    expect(stepsFor({ ...redeploying, esims })).toEqual([
      'reset [collateral-esim]',
      'install c [collateral-esim]',
    ])
  })

  it('holds no retirement', () => {
    expect(stepsFor({ ...leaving, esims })).toEqual(['uninstall c', 'reset', 'release'])
  })

  it('is no longer kept once its erasure is owed', () => {
    expect(stepsFor({ ...redeploying, esims, eraseOwed: ['xk'] })).toEqual(['reset', 'install c'])
  })

  it('is judged by the newest applied onRemove of what is installed', () => {
    const erased = { ...ENTRIES.xk, onRemove: 'erase-all-esims' as const }
    const device = { ...redeploying, labels: {}, installed: [erased], esims: [ESIMS.xk] }
    expect(stepsFor(device)).toEqual(['uninstall xk', 'reset'])
  })
})

describe('a personal device', () => {
  it('holds every reset, a retirement included', () => {
    expect(stepsFor({ ...redeploying, ownership: 'personal' })).toEqual([
      'reset [personal-device]',
      'install c [personal-device]',
    ])
    expect(stepsFor({ ...leaving, ownership: 'personal' })).toEqual([
      'uninstall c',
      'reset [personal-device]',
      'release [personal-device]',
    ])
  })

  it('is installed to like any other', () => {
    expect(stepsFor(record('d-1', { ...wanting('c'), ownership: 'personal' }))).toEqual(['install c'])
  })
})

describe('an observation that is old', () => {
  const HELD = ['reset [stale-observation]', 'install c [stale-observation]']

  it('holds a reset from one millisecond after 24 hours on', () => {
    expect(stepsFor({ ...redeploying, lastSeenAt: NOW - DAY })).toEqual(['reset', 'install c'])
    expect(stepsFor({ ...redeploying, lastSeenAt: NOW - DAY - 1 })).toEqual(HELD)
  })

  it('is as old as the policy says', () => {
    const device = { ...redeploying, lastSeenAt: NOW - 2 * HOUR }
    expect(stepsFor(device, { freshness: { destructive: 2 * HOUR } })).toEqual(['reset', 'install c'])
    expect(stepsFor(device, { freshness: { destructive: 2 * HOUR - 1 } })).toEqual(HELD)
  })

  it('counts where nobody knows when it was made', () => {
    expect(stepsFor(lacking(redeploying, 'lastSeenAt'))).toEqual(HELD)
  })

  it('is the older of the two axes, whatever the last check-in', () => {
    expect(stepsFor({ ...redeploying, esimsObservedAt: NOW - 2 * DAY })).toEqual(HELD)
    expect(stepsFor({ ...redeploying, installedObservedAt: NOW - 2 * DAY })).toEqual(HELD)
    const observed = { esimsObservedAt: NOW - HOUR, installedObservedAt: NOW - HOUR }
    expect(stepsFor({ ...redeploying, ...observed, lastSeenAt: NOW - 2 * DAY })).toEqual([
      'reset',
      'install c',
    ])
  })

  it('holds release and retire, and not the uninstall before them', () => {
    const empty = { installed: [c], esims: [], lastSeenAt: NOW - DAY - 1 }
    expect(stepsFor({ ...leaving, ...empty })).toEqual(['uninstall c', 'release [stale-observation]'])
    expect(stepsFor({ ...leaving, ...empty, ...wanting('retire') })).toEqual([
      'uninstall c',
      'retire [stale-observation]',
    ])
    expect(stepsFor({ ...leaving, ...empty, lastSeenAt: NOW - DAY })).toEqual(['uninstall c', 'release'])
  })

  it('holds delete-record', () => {
    const live = record('d-1', { ...wanting('c'), lastSeenAt: NOW - DAY - 1 })
    const twin = {
      ...record('d-0', { registration: 'wiped', enrolledAt: NOW - 200 * DAY }),
      serialNumber: 'SERIAL-d-1',
      eid: 'EID-d-1',
    }
    const steps = spokenOn(planOf(wantedByLabel(), [live, twin]), 'd-1')
    expect(steps).toEqual([
      'delete-record simulator/d-0 [stale-observation]',
      'install c [stale-observation]',
    ])
  })

  it('holds neither install nor update nor uninstall', () => {
    const long = { lastSeenAt: NOW - 300 * DAY }
    expect(stepsFor(record('d-1', { ...wanting('c'), ...long }))).toEqual(['install c'])
    expect(
      stepsFor(record('d-1', { ...wanting('c'), ...long, installed: [ENTRIES.flags], esims: [ESIMS.c] })),
    ).toEqual(['update c'])
    expect(stepsFor(record('d-1', { ...long, installed: [c] }))).toEqual(['uninstall c'])
  })
})

describe('a device that may have no other way online', () => {
  const STRANDS = ['reset [would-strand]', 'install c [would-strand]']
  const known = (otherConnectivity: 'yes' | 'no' | 'unknown'): DeviceRecord => ({
    ...redeploying,
    otherConnectivity,
  })

  it('is held where it has none, whatever the policy says of the unknown', () => {
    expect(stepsFor(known('no'))).toEqual(STRANDS)
    expect(stepsFor(known('no'), { stranding: { unknown: 'allow' } })).toEqual(STRANDS)
  })

  it('is held where nobody knows, unless the policy allows it', () => {
    expect(stepsFor(known('unknown'))).toEqual(STRANDS)
    expect(stepsFor(lacking(redeploying, 'otherConnectivity'))).toEqual(STRANDS)
    expect(stepsFor(known('unknown'), { stranding: { unknown: 'allow' } })).toEqual(['reset', 'install c'])
  })

  it('is not held for a reset that nothing follows', () => {
    const erasing = record('d-1', { otherConnectivity: 'no', installed: [xe], esims: [ESIMS.xe] })
    expect(stepsFor(erasing)).toEqual(['uninstall xe', 'reset'])
    expect(stepsFor({ ...leaving, otherConnectivity: 'no' })).toEqual(['uninstall c', 'reset', 'release'])
  })

  it('may be declared by its group, and a no of one group beats the yes of another', () => {
    const state = (declared: readonly ('yes' | 'no')[]) => {
      const base = wantedByLabel()
      const groups = [
        ...base.groups,
        labelled('site-0', 'site', 'paris'),
        labelled('site-1', 'site', 'paris'),
      ]
      const connectivity = declared.map((other, at) => ({
        groups: [`site-${at}`],
        other,
        place: base.configurations[0]!.place,
      }))
      return { ...base, groups, policy: policy({ connectivity }) }
    }
    const paris = { ...known('unknown'), labels: { want: 'c-fresh', site: 'paris' } }
    expect(spokenOn(planOf(state(['yes']), [paris]), 'd-1')).toEqual(['reset', 'install c'])
    expect(spokenOn(planOf(state(['no']), [{ ...paris, otherConnectivity: 'yes' }]), 'd-1')).toEqual(STRANDS)
    expect(spokenOn(planOf(state(['yes', 'no']), [paris]), 'd-1')).toEqual(STRANDS)
    expect(spokenOn(planOf(state(['yes']), [known('unknown')]), 'd-1')).toEqual(STRANDS)
  })
})

describe('a list that is not complete', () => {
  const unknown = { esims: 'unknown', esimsComplete: false } as const

  it('holds the reset until the policy allows exactly its cause', () => {
    const erase = record('d-1', { installed: [xe], ...unknown })
    const fresh = { ...redeploying, ...unknown }
    const retiring = { ...leaving, ...unknown }
    const allow = (cause: string): Partial<Policy> => ({
      unknownEsims: { redownload: 'hold', erase: 'hold', retirement: 'hold', [cause]: 'allow' },
    })
    for (const [device, cause] of [
      [erase, 'erase'],
      [fresh, 'redownload'],
      [retiring, 'retirement'],
    ] as const) {
      for (const allowed of ['erase', 'redownload', 'retirement']) {
        const held = stepsFor(device, allow(allowed)).some((step) => step.includes('[esim-state-unknown]'))
        expect(held, `${cause} with ${allowed} allowed`).toBe(cause !== allowed)
      }
    }
  })

  it('holds a reset for two causes unless both are allowed', () => {
    const both = { ...redeploying, ...unknown, installed: [c, xe] }
    const allowed = { redownload: 'hold', erase: 'allow', retirement: 'hold' } as const
    expect(stepsFor(both, { unknownEsims: allowed })[1]).toBe('reset [esim-state-unknown]')
    expect(stepsFor(both, { unknownEsims: { ...allowed, redownload: 'allow' } })[1]).toBe('reset')
  })

  it('does not hold a device that the retirement names itself', () => {
    const retiring = { ...leaving, ...unknown }
    expect(stepsFor(retiring)).toEqual([
      'uninstall c',
      'reset [esim-state-unknown]',
      'release [esim-state-unknown]',
    ])
    expect(spokenOn(planOf(wantedByLabel({}, ['serial:SERIAL-d-1']), [retiring]), 'd-1')).toEqual([
      'uninstall c',
      'reset',
      'release',
    ])
  })
})

describe('several reasons at once', () => {
  it('are all named, sorted, on the reset and on every later step', () => {
    const device = record('d-1', {
      ...wanting('c'),
      installed: [c, xe],
      esims: [ESIMS.c, ESIMS.xk, ESIMS.xe, ESIMS.foreign],
      esimsComplete: false,
      ownership: 'personal',
      lastSeenAt: NOW - 2 * DAY,
      otherConnectivity: 'no',
    })
    const all =
      'collateral-esim esim-state-unknown foreign-esim personal-device stale-observation would-strand'
    expect(stepsFor(device)).toEqual(['uninstall xe', `reset [${all}]`, `install c [${all}]`])
  })
})
