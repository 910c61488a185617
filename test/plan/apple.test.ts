import { describe, expect, it } from 'vitest'
import type { DeviceRecord } from '../../src/domain/device.ts'
import type { FindingCode } from '../../src/domain/finding.ts'
import { FULL_CAPABILITIES } from '../../src/plan/context.ts'
import { entry, foreign, ours, record, undated } from './builders.ts'
import { URLS, wantedByLabel, wanting } from './model-fleet.ts'
import type { Want } from './search.ts'
import { codesOn, planOf, spokenOn } from './spoken.ts'

type Row = readonly [
  says: string,
  wanted: Want,
  installed: DeviceRecord['installed'],
  esims: DeviceRecord['esims'],
  complete: boolean,
  steps: readonly string[],
  codes?: readonly FindingCode[],
]

const c = entry('c-phones', URLS.c)
const otherName = entry('c-once', URLS.c)
const old = entry('c-phones', URLS.earlier)
const xk = entry('xk', URLS.xk)
const xe = entry('xe', URLS.xk, { onRemove: 'erase-all-esims' })
const esim = ours('c-phones', URLS.c)
const earlier = ours('c-phones', URLS.earlier)
const other = ours('xk', URLS.xk)
const INSTALL = ['install c-phones']
const REMAIN: readonly FindingCode[] = ['esim-may-remain']

function phone(changes: Partial<DeviceRecord>, platform: DeviceRecord['platform'] = 'ios'): DeviceRecord {
  return record('p-1', { platform, osVersion: '17.4.1', ...changes })
}

describe.each(['ios', 'ipados'] as const)('on %s', (platform) => {
  const rows: readonly Row[] = [
    ['C | not C | nothing: install', 'c', [], [], true, INSTALL],
    ['C | not C | foreign: install', 'c', [], [foreign()], true, INSTALL],
    ['C | not C | its eSIM: adopted', 'c', [], [esim], true, [], ['esim-adopted']],
    ['C | not C | unknown: install', 'c', [], 'unknown', false, INSTALL],
    ['C | not C | its eSIM, not complete: adopted', 'c', [], [esim], false, [], ['esim-adopted']],
    ['C | C | its eSIM: none', 'c', [c], [esim], true, []],
    ['C | C by another name | its eSIM: none', 'c', [otherName], [esim], true, []],
    ['C | C | none of C, complete: install', 'c', [c], [], true, INSTALL],
    ['C | C | foreign, complete: install', 'c', [c], [foreign()], true, INSTALL],
    ['C | C | nothing, not complete: none', 'c', [c], [], false, []],
    ['C | C | unknown: none', 'c', [c], 'unknown', false, []],
    [
      'C | C of another URL | its eSIM of before: install, it may remain',
      'c',
      [old],
      [earlier],
      true,
      INSTALL,
      REMAIN,
    ],
    ['C | C of another URL | unknown: install, it may remain', 'c', [old], 'unknown', false, INSTALL, REMAIN],
    ['C | C of another URL | nothing: install', 'c', [old], [], true, INSTALL, REMAIN],
    ['fresh | C | its eSIM: install, never a reset', 'c-fresh', [c], [esim], true, INSTALL],
    ['fresh | C | unknown: install', 'c-fresh', [c], 'unknown', false, INSTALL],
    ['fresh | C of unknown age | its eSIM: none', 'c-fresh', [undated(c)], [esim], true, []],
    ['C | X instead | X: forget X, install', 'c', [xk], [other], true, ['forget xk', ...INSTALL], REMAIN],
    ['C | C and X | both: forget X', 'c', [c, xk], [esim, other], true, ['forget xk'], REMAIN],
    ['nothing | C | its eSIM: forget', 'nothing', [c], [esim], true, ['forget c-phones'], REMAIN],
    ['nothing | C | unknown: forget', 'nothing', [c], 'unknown', false, ['forget c-phones'], REMAIN],
    [
      'nothing | X erase | X: forget, never a reset',
      'nothing',
      [xe],
      [ours('xe', URLS.xk, { erase: true })],
      true,
      ['forget xe'],
      REMAIN,
    ],
    ['nothing | none | foreign: none', 'nothing', [], [foreign()], true, []],
    ['nothing | unknown | unknown: none', 'nothing', 'unknown', 'unknown', false, []],
    [
      'retirement | C | its eSIM: forget, release',
      'release',
      [c],
      [esim],
      true,
      ['forget c-phones', 'release'],
      REMAIN,
    ],
    [
      'retirement | C | unknown: forget, retire',
      'retire',
      [c],
      'unknown',
      false,
      ['forget c-phones', 'retire'],
      REMAIN,
    ],
    [
      'retirement | none | unknown: release, it may remain',
      'release',
      [],
      'unknown',
      false,
      ['release'],
      REMAIN,
    ],
    ['retirement | none | nothing: release', 'release', [], [], true, ['release']],
  ]

  it.each(rows.map((row) => [row[0], row] as const))('%s', (_says, row) => {
    const [, wanted, installed, esims, esimsComplete, steps, codes = []] = row
    const device = phone({ ...wanting(wanted), installed, esims, esimsComplete }, platform)
    const plan = planOf(wantedByLabel(), [device])
    expect(spokenOn(plan, 'p-1')).toEqual(steps)
    expect(codesOn(plan, 'p-1')).toEqual(codes)
  })

  // planning.md: "install ... when the URL changed". The literal row; see the report for what the planner does.
  it('C | C of another URL | its eSIM of the new URL: install, for the URL changed', () => {
    const device = phone({ ...wanting('c'), installed: [old], esims: [esim] }, platform)
    expect(spokenOn(planOf(wantedByLabel(), [device]), 'p-1')).toEqual(INSTALL)
  })
})

describe('a driver that can take a configuration off an iPhone', () => {
  it('uninstalls instead of forgetting', () => {
    const ios = { ...FULL_CAPABILITIES.ios, steps: [...FULL_CAPABILITIES.ios.steps, 'uninstall' as const] }
    const capabilities = () => ({ ...FULL_CAPABILITIES, ios })
    const plan = planOf(wantedByLabel(), [phone({ installed: [c], esims: [esim] })], {
      context: { capabilities },
    })
    expect(spokenOn(plan, 'p-1')).toEqual(['uninstall c-phones'])
    expect(codesOn(plan, 'p-1')).toEqual(REMAIN)
  })
})
