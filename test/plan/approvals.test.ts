import { describe, expect, it } from 'vitest'
import type { Mode } from '../../src/domain/desired.ts'
import type { DeviceRecord } from '../../src/domain/device.ts'
import type { StepId } from '../../src/domain/plan.ts'
import { DAY } from '../../src/domain/time.ts'
import {
  configuration,
  desired,
  distribution,
  entry,
  labelled,
  NOW,
  policy,
  record,
  retirement,
} from './builders.ts'
import { ENTRIES, ESIMS, SPECS, wantedByLabel, wanting } from './model-fleet.ts'
import { bare, planOf, spokenOn, stepsOn } from './spoken.ts'

const { c, xe } = ENTRIES
const STRANDED = {
  ...wanting('c'),
  installed: [c, xe],
  esims: [ESIMS.c, ESIMS.xe],
  otherConnectivity: 'no',
} as const
const HELD = record('d-1', STRANDED)

function idOf(device: DeviceRecord, step: string, state = wantedByLabel()): StepId {
  const found = stepsOn(planOf(state, [device]), device.id).find((each) => bare(each) === step)
  if (found === undefined) throw new Error(`no ${step}`)
  return found.id
}

function approving(...ids: readonly StepId[]) {
  return { context: { approved: (step: StepId) => ids.includes(step) } }
}

describe('an approval', () => {
  it('releases exactly the approved step, and what only waited behind it', () => {
    const reset = idOf(HELD, 'reset')
    expect(spokenOn(planOf(wantedByLabel(), [HELD], approving(reset)), 'd-1')).toEqual([
      'uninstall xe',
      'reset',
      'install c',
    ])
  })

  it('of a later step releases nothing while an earlier one is held', () => {
    const install = idOf(HELD, 'install c')
    const steps = spokenOn(planOf(wantedByLabel(), [HELD], approving(install)), 'd-1')
    expect(steps).toEqual(['uninstall xe', 'reset [would-strand]', 'install c [would-strand]'])
  })

  it('covers no other device', () => {
    const other = record('d-2', STRANDED)
    const plan = planOf(wantedByLabel(), [HELD, other], approving(idOf(HELD, 'reset')))
    expect(spokenOn(plan, 'd-1')[1]).toBe('reset')
    expect(spokenOn(plan, 'd-2')[1]).toBe('reset [would-strand]')
  })

  it('outlives the earlier steps of its device taking effect', () => {
    const after = { ...HELD, installed: [c], eraseOwed: ['xe'] }
    expect(idOf(after, 'reset')).toBe(idOf(HELD, 'reset'))
    expect(idOf(after, 'install c')).toBe(idOf(HELD, 'install c'))
  })

  it('outlives time, a check-in and the order of the list', () => {
    const after = { ...HELD, lastSeenAt: NOW - 5, esims: [ESIMS.xe, ESIMS.c] }
    expect(idOf(after, 'reset')).toBe(idOf(HELD, 'reset'))
  })

  it.each<[string, Partial<DeviceRecord>]>([
    ['another eSIM is there', { esims: [ESIMS.c, ESIMS.xe, ESIMS.foreign] }],
    ['one is there no more', { esims: [ESIMS.xe] }],
    ['the list is no longer complete', { esimsComplete: false }],
    ['it enrolled again', { enrolledAt: NOW - 1 }],
  ])('drops out when %s', (_says, changes) => {
    expect(idOf({ ...HELD, ...changes }, 'reset')).not.toBe(idOf(HELD, 'reset'))
  })

  it('of an install drops out when the specification or the redownload it serves changes', () => {
    const device = record('d-1', wanting('c'))
    const fresh = record('d-1', wanting('c-fresh'))
    expect(idOf(fresh, 'install c')).not.toBe(idOf(device, 'install c'))
    const other = wantedByLabel()
    const configurations = other.configurations.map((each) =>
      each.name === 'c' ? { ...each, spec: SPECS.flags } : each,
    )
    expect(idOf(device, 'install c', { ...other, configurations })).not.toBe(idOf(device, 'install c'))
  })
})

describe('the mode', () => {
  const state = (mode: Mode, removed: Mode = 'enforce', kept: Mode = 'enforce') =>
    desired({
      configurations: [
        configuration('c', SPECS.c, { mode, distribution: distribution('custom', { groups: ['wanted'] }) }),
        configuration('xk', SPECS.xk, { mode: kept, distribution: distribution('none') }),
      ],
      groups: [labelled('wanted', 'want', 'c'), labelled('leaving', 'want', 'release')],
      retirements: [retirement('leave', { groups: ['leaving'] })],
      policy: policy({ mode: removed }),
    })
  const wanted = record('d-1', wanting('c'))

  it('propose holds every step until it is approved', () => {
    const device = { ...wanted, installed: [ENTRIES.old], esims: [ESIMS.earlier] }
    const plan = planOf(state('propose'), [device])
    expect(spokenOn(plan, 'd-1')).toEqual(['reset [awaiting-approval]', 'install c [awaiting-approval]'])
    const ids = stepsOn(plan, 'd-1').map((step) => step.id)
    expect(spokenOn(planOf(state('propose'), [device], approving(...ids)), 'd-1')).toEqual([
      'reset',
      'install c',
    ])
    const first = ids.slice(0, 1)
    expect(spokenOn(planOf(state('propose'), [device], approving(...first)), 'd-1')).toEqual([
      'reset',
      'install c [awaiting-approval]',
    ])
  })

  it('propose gathers what follows from one another in one hold: nobody approves half of it', () => {
    const device = { ...wanted, installed: [ENTRIES.old], esims: [ESIMS.earlier] }
    const plan = planOf(state('propose'), [device])
    expect(plan.holds.map(({ code, devices, step }) => [code, devices, step])).toEqual([
      ['awaiting-approval', 1, 'reset'],
    ])
    expect(new Set(plan.devices[0]?.holds)).toEqual(new Set([plan.holds[0]?.id]))
  })

  it('observe plans nothing', () => {
    const plan = planOf(state('observe'), [wanted])
    expect(plan.devices).toEqual([])
    expect(plan.summary.changing).toBe(0)
  })

  it('is the most cautious of the configurations that the steps of a device touch', () => {
    const device = { ...wanted, installed: [ENTRIES.xk] }
    expect(spokenOn(planOf(state('enforce', 'enforce', 'enforce'), [device]), 'd-1')).toEqual([
      'uninstall xk',
      'install c',
    ])
    const proposed = planOf(state('enforce', 'enforce', 'propose'), [device])
    expect(spokenOn(proposed, 'd-1')).toEqual([
      'uninstall xk [awaiting-approval]',
      'install c [awaiting-approval]',
    ])
    expect(spokenOn(planOf(state('propose', 'enforce', 'observe'), [device]), 'd-1')).toEqual([])
  })

  // planning.md section 6: "among the configurations a device's steps touch". No step touches C here.
  it('of a wanted configuration that no step touches does not govern', () => {
    const device = { ...wanted, installed: [c, ENTRIES.xk], esims: [ESIMS.c] }
    expect(spokenOn(planOf(state('observe'), [device]), 'd-1')).toEqual(['uninstall xk'])
  })

  it('of a wanted configuration governs the stale record that is deleted for its sake', () => {
    const device = { ...wanted, installed: [c, ENTRIES.xk], esims: [ESIMS.c], serialNumber: 'SN-TWIN' }
    const twin = record('d-0', {
      registration: 'wiped',
      serialNumber: 'SN-TWIN',
      eid: 'EID-d-1',
      enrolledAt: NOW - 200 * DAY,
    })
    expect(spokenOn(planOf(state('enforce'), [device, twin]), 'd-1')).toEqual([
      'delete-record simulator/d-0',
      'uninstall xk',
    ])
    expect(spokenOn(planOf(state('observe'), [device, twin]), 'd-1')).toEqual([])
  })

  it('of a removed configuration is the last applied one', () => {
    const gone = (mode?: Mode) => {
      const installed = entry('gone', SPECS.xe, mode === undefined ? {} : { mode })
      return spokenOn(planOf(state('enforce'), [record('d-1', { installed: [installed] })]), 'd-1')
    }
    expect(gone('propose')).toEqual(['uninstall gone [awaiting-approval]'])
    expect(gone('observe')).toEqual([])
    expect(gone('enforce')).toEqual(['uninstall gone'])
  })

  it('of a retirement is that of the policy', () => {
    const device = record('d-1', { ...wanting('release'), installed: [c], esims: [ESIMS.c] })
    expect(spokenOn(planOf(state('observe', 'enforce'), [device]), 'd-1')).toEqual([
      'uninstall c',
      'reset',
      'release',
    ])
    expect(spokenOn(planOf(state('enforce', 'observe'), [device]), 'd-1')).toEqual([])
  })

  it('never goes beyond the ceiling of the operator', () => {
    const under = (ceiling: Mode) =>
      spokenOn(planOf(state('enforce'), [wanted], { context: { ceiling } }), 'd-1')
    expect(under('enforce')).toEqual(['install c'])
    expect(under('propose')).toEqual(['install c [awaiting-approval]'])
    expect(under('observe')).toEqual([])
  })
})
