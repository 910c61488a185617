import { describe, expect, it } from 'vitest'
import { configuration, desired, entry, LONG_AGO, ours, record, redownload, windowsSpec } from './builders.ts'
import { ENTRIES, ESIMS, SPECS, wantedByLabel, wanting } from './model-fleet.ts'
import { codesOn, planOf, spokenOn } from './spoken.ts'

const { c, xe } = ENTRIES

describe('a redownload', () => {
  const at = (on: number): string[] => {
    const state = desired({
      configurations: [configuration('c', SPECS.c, { redownloads: [redownload(on)] })],
    })
    return spokenOn(planOf(state, [record('d-1', { installed: [c], esims: [ESIMS.c] })]), 'd-1')
  }

  it('asks only for what was installed before it', () => {
    expect(at(LONG_AGO + 1)).toEqual(['reset', 'install c'])
    expect(at(LONG_AGO)).toEqual([])
    expect(at(LONG_AGO - 1)).toEqual([])
  })

  it('is served once by an install whose `installedAt` is its `on`, however late it was asked', () => {
    const on = LONG_AGO + 5
    const state = desired({
      configurations: [configuration('c', SPECS.c, { redownloads: [redownload(on)] })],
    })
    const device = record('d-1', { installed: [entry('c', SPECS.c, { installedAt: on })], esims: [ESIMS.c] })
    expect(spokenOn(planOf(state, [device]), 'd-1')).toEqual([])
  })
})

describe('what simplane did not put there', () => {
  const unmanaged = { ...xe, managed: false }

  it('is never uninstalled, and told', () => {
    const device = record('d-1', { installed: [unmanaged], esims: [] })
    const plan = planOf(wantedByLabel(), [device])
    expect(spokenOn(plan, 'd-1')).toEqual([])
    expect(codesOn(plan, 'd-1')).toEqual(['unmanaged-configuration'])
  })

  it('is not erased for where the list is not complete', () => {
    const device = record('d-1', { installed: [unmanaged], esims: 'unknown', esimsComplete: false })
    expect(spokenOn(planOf(wantedByLabel(), [device]), 'd-1')).toEqual([])
  })

  it('is left by a retirement too', () => {
    const device = record('d-1', { ...wanting('release'), installed: [unmanaged, c], esims: [] })
    expect(spokenOn(planOf(wantedByLabel(), [device]), 'd-1')).toEqual(['uninstall c', 'release'])
  })
})

describe('a wanted eSIM that may be off', () => {
  it('is no finding where autoEnable is not wanted', () => {
    const spec = windowsSpec('c.example', { autoEnable: false })
    const state = desired({ configurations: [configuration('c', spec)] })
    const device = record('d-1', {
      installed: [entry('c', spec)],
      esims: [ours('c', spec, { enabled: false })],
    })
    expect(codesOn(planOf(state, [device]), 'd-1')).toEqual([])
  })
})
