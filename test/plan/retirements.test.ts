import { describe, expect, it } from 'vitest'
import type { Assignment } from '../../src/domain/assignment.ts'
import type { Retirement } from '../../src/domain/desired.ts'
import { recordKey, type DeviceRecord } from '../../src/domain/device.ts'
import { DAY } from '../../src/domain/time.ts'
import { assign, indexAssignments } from '../../src/plan/assign.ts'
import { configuration, desired, labelled, NOW, record, retirement, windowsSpec } from './builders.ts'
import { codesOn, planOf, spokenOn } from './spoken.ts'

const APPLIED = NOW - 10 * DAY
const GROUPS = [labelled('old', 'lease', 'over'), labelled('rome', 'site', 'rome')]
const device = record('d-1', { labels: { lease: 'over' }, enrolledAt: NOW - 90 * DAY })
const KEY = device.key

function assigned(
  retirements: readonly Retirement[],
  to: DeviceRecord = device,
  memory: Readonly<Record<string, readonly string[]>> = {},
): Assignment {
  const state = desired({
    configurations: [configuration('c', windowsSpec('c.example'))],
    groups: GROUPS,
    retirements,
  })
  const remembered = Object.entries(memory).map(
    ([name, ids]) =>
      [
        name,
        { firstAppliedAt: APPLIED, members: new Set(ids.map((id) => recordKey('simulator', id))) },
      ] as const,
  )
  return assign(indexAssignments(state, { ambiguous: new Set(), retirements: new Map(remembered) }), to)
}

describe('a retirement', () => {
  it('outranks every configuration', () => {
    const { wanted, outranked } = assigned([retirement('leave', { devices: ['d-1'] })])
    expect(wanted).toEqual({ kind: 'retirement', retirement: 'leave', finish: 'by-hand', named: true })
    expect(outranked).toEqual([])
  })

  it('knows whether it names the device or its group', () => {
    expect(assigned([retirement('leave', { groups: ['old'] })]).wanted).toMatchObject({ named: false })
    expect(assigned([retirement('leave', { groups: ['old'], devices: ['d-1'] })]).wanted).toMatchObject({
      named: true,
    })
  })

  it('that selects nobody retires nobody', () => {
    expect(assigned([retirement('leave', {})]).wanted.kind).toBe('configuration')
    expect(assigned([retirement('leave', { groups: ['rome'], devices: ['d-2'] })]).wanted.kind).toBe(
      'configuration',
    )
  })

  it('by hand wins over one in the MDM, however they are named', () => {
    const inMdm = retirement('a', { devices: ['d-1'] }, { finish: 'in-mdm' })
    const byHand = retirement('b', { groups: ['old'] })
    for (const order of [
      [inMdm, byHand],
      [byHand, inMdm],
    ]) {
      expect(assigned(order).wanted).toMatchObject({ retirement: 'b', finish: 'by-hand' })
    }
    expect(assigned([inMdm]).wanted).toMatchObject({ retirement: 'a', finish: 'in-mdm' })
  })

  it('of two of one finish is the first by name, in whatever order they are written', () => {
    const [a, b] = [retirement('a', { groups: ['old'] }), retirement('b', { groups: ['old'] })]
    expect(assigned([b, a])).toEqual(assigned([a, b]))
    expect(assigned([b, a]).wanted).toMatchObject({ retirement: 'a' })
  })
})

describe('who a retirement is for', () => {
  const grouped = retirement('leave', { groups: ['old'] })

  it('is who was in its groups when it was first applied', () => {
    expect(assigned([grouped], device, { leave: [], 'leave/old': ['d-1'] }).wanted.kind).toBe('retirement')
    const left = record('d-1', { labels: {} })
    expect(assigned([grouped], left, { leave: [], 'leave/old': ['d-1'] }).wanted.kind).toBe('retirement')
  })

  it('is not who joined its groups later: that is told', () => {
    const later = assigned([grouped], device, { leave: [], 'leave/old': [] })
    expect(later.wanted.kind).toBe('configuration')
    expect(later.returned).toBe('leave')
  })

  it('is nobody of a group that was taken out of it', () => {
    const without = retirement('leave', { groups: [] })
    expect(assigned([without], device, { leave: [], 'leave/old': ['d-1'] }).wanted.kind).toBe('configuration')
  })

  it('is who is in its groups now when it was never applied', () => {
    expect(assigned([grouped]).wanted.kind).toBe('retirement')
  })

  it('is who its list names, whenever the line was added', () => {
    expect(assigned([retirement('leave', { devices: ['d-1'] })], device, { leave: [] }).wanted.kind).toBe(
      'retirement',
    )
  })

  it('is not an enrolment made after it was first applied', () => {
    const at = (enrolledAt: number) =>
      assigned([retirement('leave', { devices: ['d-1'] })], { ...device, enrolledAt }, { leave: ['d-1'] })
    expect(at(APPLIED - 1).wanted.kind).toBe('retirement')
    expect(at(APPLIED + 1).wanted.kind).toBe('configuration')
    expect(at(APPLIED + 1).returned).toBe('leave')
  })

  it('is an enrolment before `enrolledBefore` where that is written', () => {
    const written = retirement('leave', { devices: ['d-1'] }, { enrolledBefore: NOW - 5 * DAY })
    const at = (enrolledAt: number) => assigned([written], { ...device, enrolledAt }, { leave: ['d-1'] })
    expect(at(NOW - 5 * DAY - 1).wanted.kind).toBe('retirement')
    expect(at(NOW - 5 * DAY).wanted.kind).toBe('configuration')
    expect(at(NOW - 5 * DAY).returned).toBe('leave')
  })

  it('is another retirement when the first no longer binds', () => {
    const first = retirement('a', { devices: ['d-1'] }, { enrolledBefore: NOW - 100 * DAY })
    const second = retirement('b', { devices: ['d-1'] }, { finish: 'in-mdm' })
    expect(assigned([first, second]).wanted).toMatchObject({ retirement: 'b', finish: 'in-mdm' })
  })
})

describe('a device that came back', () => {
  it('is planned as any other, and told', () => {
    const state = desired({
      configurations: [configuration('c', windowsSpec('c.example'))],
      retirements: [retirement('leave', { devices: ['d-1'] })],
    })
    const retirements = new Map([['leave', { firstAppliedAt: APPLIED, members: new Set([KEY]) }]])
    const plan = planOf(state, [{ ...device, enrolledAt: NOW - DAY }], { retirements })
    expect(spokenOn(plan, 'd-1')).toEqual(['install c'])
    expect(codesOn(plan, 'd-1')).toEqual(['retired-device-returned'])
  })
})
