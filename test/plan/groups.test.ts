import { describe, expect, it } from 'vitest'
import type { DeviceGroup, MatchExpression, Selector } from '../../src/domain/desired.ts'
import type { DeviceRecord } from '../../src/domain/device.ts'
import { assign, indexAssignments } from '../../src/plan/assign.ts'
import { desired, group, labelled, lacking, record } from './builders.ts'
import { planOf } from './spoken.ts'

const device = record('d-1', {
  labels: { site: 'paris', team: 'field', empty: '' },
  groups: ['SG-Laptops-FR', 'SG-All'],
})

function isMember(of: DeviceGroup, who: DeviceRecord = device): boolean {
  return assign(indexAssignments(desired({ groups: [of] })), who).groups.includes(of.name)
}

function matches(selector: Selector, who: DeviceRecord = device): boolean {
  return isMember(group('g', selector), who)
}

function expression(
  key: string,
  operator: MatchExpression['operator'],
  ...values: readonly string[]
): Selector {
  return { matchExpressions: [{ key, operator, values }] }
}

describe('a selector', () => {
  it.each<[string, Selector, boolean]>([
    ['one of the MDM groups', { mdmGroups: ['SG-Other', 'SG-All'] }, true],
    ['no MDM group of the device', { mdmGroups: ['SG-Other'] }, false],
    ['an MDM group in other letters', { mdmGroups: ['sg-all'] }, false],
    ['an empty list of MDM groups', { mdmGroups: [] }, false],
    ['every label', { matchLabels: { site: 'paris', team: 'field' } }, true],
    ['not every label', { matchLabels: { site: 'paris', team: 'sales' } }, false],
    ['no labels at all', { matchLabels: {} }, false],
    ['no line at all', {}, false],
    ['an empty list of expressions', { matchExpressions: [] }, false],
    ['an empty line beside one that holds', { matchLabels: { site: 'paris' }, mdmGroups: [] }, false],
    ['two lines that hold', { matchLabels: { site: 'paris' }, mdmGroups: ['SG-All'] }, true],
    ['one line of two that holds', { matchLabels: { site: 'rome' }, mdmGroups: ['SG-All'] }, false],
    ['In with the value', expression('team', 'In', 'sales', 'field'), true],
    ['In without the value', expression('team', 'In', 'sales'), false],
    ['In with nothing', expression('team', 'In'), false],
    ['In of a label it lacks', expression('nope', 'In', 'field'), false],
    ['NotIn without the value', expression('team', 'NotIn', 'sales'), true],
    ['NotIn with the value', expression('team', 'NotIn', 'field'), false],
    ['NotIn of a label it is known to lack', expression('nope', 'NotIn', 'field'), true],
    ['NotIn with nothing', expression('team', 'NotIn'), false],
    ['Exists of a label', expression('empty', 'Exists'), true],
    ['Exists of none', expression('nope', 'Exists'), false],
    ['Exists of what every object has', expression('toString', 'Exists'), false],
    ['DoesNotExist of a label', expression('site', 'DoesNotExist'), false],
    ['DoesNotExist of none', expression('nope', 'DoesNotExist'), true],
    [
      'two expressions of which one holds',
      {
        matchExpressions: [
          { key: 'site', operator: 'Exists', values: [] },
          { key: 'nope', operator: 'Exists', values: [] },
        ],
      },
      false,
    ],
    ['its platform', { matchLabels: { 'simplane/platform': 'windows' } }, true],
    ['its model', { matchLabels: { 'simplane/model': 'Latitude 7450' } }, true],
    ['its ownership', { matchLabels: { 'simplane/ownership': 'company' } }, true],
    ['its driver', { matchLabels: { 'simplane/driver': 'simulator' } }, true],
    ['its OS version', { matchLabels: { 'simplane/os-version': '10.0.22631' } }, true],
  ])('of %s', (_says, selector, expected) => {
    expect(matches(selector)).toBe(expected)
  })

  it('matches nothing that could not be read, NotIn and DoesNotExist included', () => {
    const unread = lacking(device, 'labels', 'groups', 'model')
    const selectors: readonly Selector[] = [
      { matchLabels: { site: 'paris' } },
      expression('site', 'In', 'paris'),
      expression('site', 'NotIn', 'rome'),
      expression('site', 'DoesNotExist'),
      expression('site', 'Exists'),
      expression('simplane/model', 'NotIn', 'Surface'),
      expression('simplane/model', 'DoesNotExist'),
      { mdmGroups: ['SG-All'] },
    ]
    expect(selectors.filter((selector) => matches(selector, unread))).toEqual([])
  })

  it('still matches what is known of a device whose labels could not be read', () => {
    expect(matches({ matchLabels: { 'simplane/platform': 'windows' } }, lacking(device, 'labels'))).toBe(true)
  })
})

describe('a group', () => {
  it('is the union of its selector and its devices', () => {
    expect(isMember(group('g', { matchLabels: { site: 'rome' } }, ['d-1']))).toBe(true)
    expect(isMember(group('g', { matchLabels: { site: 'paris' } }, ['d-2']))).toBe(true)
    expect(isMember(group('g', { matchLabels: { site: 'rome' } }, ['d-2']))).toBe(false)
    expect(isMember(group('g', undefined, ['serial:SERIAL-d-1']))).toBe(true)
  })

  it('never holds a device that its `except` names', () => {
    expect(isMember(group('g', { matchLabels: { site: 'paris' } }, [], ['d-1']))).toBe(false)
    expect(isMember(group('g', undefined, ['d-1'], ['eid:EID-d-1']))).toBe(false)
  })

  it('without selector and devices holds nobody', () => {
    expect(isMember(group('g', undefined))).toBe(false)
  })

  it('without members is told', () => {
    const told = (of: DeviceGroup) =>
      planOf(desired({ groups: [of] }), [device]).findings.map((each) => each.code)
    expect(told(labelled('rome', 'site', 'rome'))).toEqual(['selects-nobody'])
    expect(told(labelled('paris', 'site', 'paris'))).toEqual([])
  })

  it('is named in the assignment in code-point order', () => {
    const groups = ['b', 'a', 'Z'].map((name) => labelled(name, 'site', 'paris'))
    expect(assign(indexAssignments(desired({ groups })), device).groups).toEqual(['Z', 'a', 'b'])
  })
})
