import { describe, expect, it } from 'vitest'
import type { DesiredState } from '../../src/domain/desired.ts'
import type { DeviceRecord } from '../../src/domain/device.ts'
import { afterProof } from '../../src/plan/settled.ts'
import { entry, NOW, ours, record, windowsSpec } from './builders.ts'
import { ENTRIES, ESIMS, SPECS, wantedByLabel, wanting } from './model-fleet.ts'
import { planOf, spokenOn, stepsOn } from './spoken.ts'

/*
 * Section 4, properties 1 and 4, where the list is not complete and the memory of what was proven decides: what is
 * remembered of a step is asked of `afterProof`, not of the model of world.ts.
 */

const UNSEEN = { esims: 'unknown', esimsComplete: false } as const

/** What is planned once the first `done` steps were proven. */
function later(device: DeviceRecord, done: number, state: DesiredState = wantedByLabel()): string[] {
  const proven = stepsOn(planOf(state, [device]), device.id).slice(0, done)
  const then = proven.reduce((now, step) => afterProof(now, step, NOW, NOW), device)
  return spokenOn(planOf(state, [then]), device.id)
}

describe('the memory of what was proven', () => {
  it('keeps an erasure owed after the uninstall', () => {
    const device = record('d-1', { installed: [ENTRIES.xe], ...UNSEEN })
    expect(later(device, 0)).toEqual(['uninstall xe', 'reset [esim-state-unknown]'])
    expect(later(device, 1)).toEqual(['reset [esim-state-unknown]'])
  })

  it('lets an erasure go where a complete list shows nothing of it', () => {
    expect(later(record('d-1', { installed: [ENTRIES.xe] }), 1)).toEqual([])
  })

  // Section 4, property 4. What was installed may have downloaded; once it is off, "never provisioned" is not known.
  it('does not let a retirement skip the reset because the uninstall before it was done', () => {
    const device = record('d-1', {
      ...wanting('release'),
      installed: [ENTRIES.c],
      ...UNSEEN,
      provisionedBefore: false,
    })
    expect(later(device, 0)).toEqual([
      'uninstall c',
      'reset [esim-state-unknown]',
      'release [esim-state-unknown]',
    ])
    expect(later(device, 1)).toEqual(['reset [esim-state-unknown]', 'release [esim-state-unknown]'])
  })

  // Section 1: failed counts as not installed, so its uninstall teaches nothing about the eUICC.
  it('does not ask for a reset because an entry that had failed was taken off', () => {
    const failed = { ...ENTRIES.c, state: 'failed' } as const
    const device = record('d-1', {
      ...wanting('release'),
      installed: [failed],
      ...UNSEEN,
      provisionedBefore: false,
    })
    expect(later(device, 0)).toEqual(['uninstall c', 'release'])
    expect(later(device, 1)).toEqual(['release'])
  })

  it('does not release Windows 10 once its configuration is off, when it may hold an eSIM', () => {
    const windows10 = { osVersion: '10.0.19045', provisionedBefore: false }
    const device = record('d-1', { ...wanting('release'), installed: [ENTRIES.c], ...UNSEEN, ...windows10 })
    expect(later(device, 0)).toEqual(['uninstall c'])
    expect(later(device, 1)).toEqual([])
  })

  // Section 4, property 1. A failed erase configuration owes no erasure before its uninstall, and does after it.
  it('does not owe after an uninstall what was not due before it', () => {
    const failed = entry('xe', SPECS.xe, { onRemove: 'erase-all-esims', state: 'failed' })
    const device = record('d-1', { ...wanting('c'), installed: [failed], ...UNSEEN })
    const steps = later(device, 0)
    expect(later(device, 1)).toEqual(steps.slice(1))
  })

  // Section 4, property 1. Where a list is never complete, nothing remembers that a reset was proven.
  it('does not ask again for a reset that was proven on a list that is never complete', () => {
    const allowed = wantedByLabel({
      unknownEsims: { redownload: 'allow', erase: 'allow', retirement: 'allow' },
    })
    const fresh = record('d-1', { ...wanting('c-fresh'), installed: [ENTRIES.c], ...UNSEEN })
    expect(later(fresh, 0, allowed)).toEqual(['reset', 'install c'])
    expect(later(fresh, 1, allowed)).toEqual(['install c'])
    const leaving = record('d-1', { ...wanting('release'), ...UNSEEN })
    expect(later(leaving, 1, allowed)).toEqual(['release'])
  })

  // Sections 1 and 4: what was installed unseen is there; "known empty" ends with the install, however that was proven.
  it('does not take the list for empty once something was installed after the reset', () => {
    const allowed = wantedByLabel({
      unknownEsims: { redownload: 'allow', erase: 'allow', retirement: 'allow' },
    })
    const fresh = record('d-1', { ...wanting('c-fresh'), installed: [ENTRIES.c], ...UNSEEN })
    expect(later(fresh, 2, allowed)).toEqual([])
  })

  it('does not release a device unseen because it was empty before its last install', () => {
    const allowed = wantedByLabel({
      unknownEsims: { redownload: 'allow', erase: 'allow', retirement: 'allow' },
    })
    const fresh = record('d-1', { ...wanting('c-fresh'), installed: [ENTRIES.c], ...UNSEEN })
    const steps = stepsOn(planOf(allowed, [fresh]), 'd-1')
    const served = steps.reduce((now, step) => afterProof(now, step, NOW, NOW), fresh)
    const leaving = { ...served, ...wanting('release') }
    expect(spokenOn(planOf(allowed, [leaving]), 'd-1')).toEqual(['uninstall c', 'reset', 'release'])
  })

  // Section 3: "An uninstall of an erase configuration leaves the erasure owed until a reset is proven".
  it('owes the erasure of an uninstall that a retirement made, when the retirement is taken back', () => {
    const device = record('d-1', { ...wanting('release'), installed: [ENTRIES.xe], ...UNSEEN })
    const [uninstall] = stepsOn(planOf(wantedByLabel(), [device]), 'd-1')
    expect(uninstall?.kind).toBe('uninstall')
    const after = { ...afterProof(device, uninstall!, NOW, NOW), labels: {} }
    expect(spokenOn(planOf(wantedByLabel(), [after]), 'd-1')).toEqual(['reset [esim-state-unknown]'])
  })
})

describe('5: the order in which a device lists things', () => {
  const other = windowsSpec('other.example')
  const device = record('d-1', {
    installed: [ENTRIES.xe, entry('xo', other, { onRemove: 'erase-all-esims' })],
    esims: [ESIMS.xe, ours('xo', other, { erase: true })],
    ownership: 'personal',
  })

  // The hold is named after the first erased eSIM of the list: another order, another hold id.
  it('of eSIMs changes no hold', () => {
    const turned = { ...device, esims: [...(device.esims === 'unknown' ? [] : device.esims)].reverse() }
    expect(planOf(wantedByLabel(), [turned]).holds).toEqual(planOf(wantedByLabel(), [device]).holds)
  })

  it('of entries changes no step and no order', () => {
    const turned = {
      ...device,
      installed: [...(device.installed === 'unknown' ? [] : device.installed)].reverse(),
    }
    expect(spokenOn(planOf(wantedByLabel(), [turned]), 'd-1')).toEqual(
      spokenOn(planOf(wantedByLabel(), [device]), 'd-1'),
    )
  })
})
