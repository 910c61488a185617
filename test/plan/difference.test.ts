import { describe, expect, test } from 'vitest'
import type { RecordKey } from '../../src/domain/device.ts'
import type { Finding } from '../../src/domain/finding.ts'
import type { StepId } from '../../src/domain/plan.ts'
import { actionsByGroup, areSameSteps, differenceOf, type Planned } from '../../src/plan/difference.ts'
import { planned, step } from '../report/builders.ts'

function ids(...names: readonly string[]): Planned['planned'][number]['device']['steps'] {
  return names.map((id) => ({ ...step('install', 'install'), id: id as StepId }))
}

function fleet(
  devices: Readonly<Record<string, readonly string[]>>,
  findings: readonly Finding[] = [],
): Planned {
  return {
    planned: Object.entries(devices).map(([key, steps]) => ({
      device: planned(key, 'install', ids(...steps)),
      groups: ['paris'],
    })),
    findings,
  }
}

function keys({ changed }: ReturnType<typeof differenceOf>): readonly string[] {
  return changed.map(({ device }) => device.device.replace('simulator/', ''))
}

function about(device: string, code: Finding['code'], configuration: string, message = 'so'): Finding {
  return { code, severity: 'warning', message, device: device as RecordKey, configuration }
}

describe('what a merge plans otherwise', () => {
  test('is the devices with other steps, in the order of the plan, and a count of those left alone', () => {
    const base = fleet({ same: ['a', 'b'], other: ['a'], fewer: ['a', 'b'], turned: ['a', 'b'], gone: ['a'] })
    const merged = fleet({ turned: ['b', 'a'], same: ['a', 'b'], new: ['c'], other: ['c'], fewer: ['a'] })
    const difference = differenceOf(base, merged)
    expect(keys(difference)).toEqual(['turned', 'new', 'other', 'fewer'])
    expect(difference.withdrawn).toBe(1)
  })

  test('is nothing where both plan the same, whether held or not', () => {
    const base = fleet({ one: ['a'] })
    const held = base.planned.map(({ device, groups }) => ({
      device: { ...device, steps: device.steps.map((each) => ({ ...each, state: 'held' as const })) },
      groups,
    }))
    expect(differenceOf(base, { planned: held, findings: [] })).toEqual({
      changed: [],
      withdrawn: 0,
      findings: [],
    })
    expect(areSameSteps(ids('a'), ids('a', 'b'))).toBe(false)
  })

  test('is all of it where nothing is known of the base', () => {
    expect(keys(differenceOf(undefined, fleet({ one: ['a'], two: ['b'] })))).toEqual(['one', 'two'])
  })

  test('tells no finding that was there before, however it is worded, and every new one', () => {
    const before = fleet({}, [about('one', 'outranked', 'acme', 'by 50'), about('two', 'outranked', 'acme')])
    const after = fleet({}, [
      about('one', 'outranked', 'acme', 'by 60'),
      about('one', 'outranked', 'neo'),
      about('three', 'outranked', 'acme'),
    ])
    expect(
      differenceOf(before, after).findings.map(({ device, configuration }) => [device, configuration]),
    ).toEqual([
      ['one', 'neo'],
      ['three', 'acme'],
    ])
  })

  test('by group, what becomes of the devices that change', () => {
    const { changed } = differenceOf(undefined, fleet({ one: ['a'], two: ['b'] }))
    const [first, ...rest] = changed
    if (first === undefined) throw new Error('nothing changed')
    expect(Object.fromEntries(actionsByGroup([{ ...first, groups: ['paris', 'pilot'] }, ...rest]))).toEqual({
      paris: { install: 2 },
      pilot: { install: 1 },
    })
  })
})
