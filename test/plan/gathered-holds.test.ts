import { compareText } from '../../src/domain/text.ts'
import { describe, expect, it } from 'vitest'
import { configuration, desired, record } from './builders.ts'
import { ENTRIES, ESIMS, SPECS, wantedByLabel, wanting } from './model-fleet.ts'
import { planOf, spokenOn } from './spoken.ts'

const { c } = ENTRIES

describe('a group that shrank', () => {
  it('holds everything that follows for the devices that left it', () => {
    const device = record('d-1', { installed: [c] })
    const circumstances = () => ({ shrunk: ['field'] })
    expect(spokenOn(planOf(wantedByLabel(), [device], { circumstances }), 'd-1')).toEqual([
      'uninstall c [group-shrank]',
    ])
  })
})

describe('a hold', () => {
  it('for several reasons is one of its own, beside the hold for one of them', () => {
    const state = { ...wanting('c-fresh'), installed: [c], otherConnectivity: 'no' } as const
    const collateral = { ...state, esims: [ESIMS.c, ESIMS.xk] }
    const { holds } = planOf(wantedByLabel(), [
      record('d-1', { ...collateral, otherConnectivity: 'yes' }),
      record('d-2', collateral),
      record('d-3', { ...state, esims: [ESIMS.c] }),
    ])
    const told = holds.map(
      (hold) => `${hold.codes.join(' ')}: ${hold.step} ${hold.configuration ?? ''}, ${hold.devices}`,
    )
    expect(told.sort(compareText)).toEqual([
      'collateral-esim would-strand: reset c, 1',
      'collateral-esim: reset c, 1',
      'would-strand: reset c, 1',
    ])
  })

  it('gathers devices of one reason, step and configuration under one short id that stays the same', () => {
    const devices = ['d-1', 'd-2', 'd-3'].map((id) =>
      record(id, { ...wanting('c-fresh'), installed: [c], esims: [ESIMS.c], otherConnectivity: 'no' }),
    )
    const plan = planOf(wantedByLabel(), devices)
    expect(plan.holds).toHaveLength(1)
    expect(plan.holds[0]).toMatchObject({
      code: 'would-strand',
      step: 'reset',
      configuration: 'c',
      devices: 3,
    })
    expect(plan.holds[0]?.id).toMatch(/^h-[0-9a-f]{4,}$/)
    for (const device of plan.devices) expect(device.holds).toEqual([plan.holds[0]?.id, plan.holds[0]?.id])
    const fewer = planOf(wantedByLabel(), devices.slice(1))
    expect(fewer.holds[0]?.id).toBe(plan.holds[0]?.id)
    expect(fewer.holds[0]?.digest).not.toBe(plan.holds[0]?.digest)
  })

  it('is told by a finding that says what an eSIM reset is held for', () => {
    const plan = planOf(desired({ configurations: [configuration('c', SPECS.c)] }), [
      record('d-1', { installed: [ENTRIES.old], esims: [ESIMS.earlier], otherConnectivity: 'no' }),
    ])
    const told = plan.findings.filter((each) => each.code === 'would-strand')
    expect(told).toHaveLength(1)
    expect(told[0]?.message).toContain('eSIM reset')
    expect(told[0]?.hint).toContain(`simplane approve ${plan.holds[0]?.id}`)
  })
})
