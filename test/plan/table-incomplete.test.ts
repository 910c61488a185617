import { describe, it } from 'vitest'
import { entry, foreign, undated } from './builders.ts'
import { ENTRIES, ESIMS, SPECS } from './model-fleet.ts'
import { check, titled, type Row } from './rows.ts'

const { c, flags, old, xk, xe } = ENTRIES
const failed = entry('c', SPECS.c, { state: 'failed' })
const never = { provisionedBefore: false }

describe('the decision for a list that is not complete', () => {
  const HELD = ['reset [esim-state-unknown]', 'install c [esim-state-unknown]']
  const OUT = ['reset [esim-state-unknown]', 'release [esim-state-unknown]']
  const rows: readonly Row[] = [
    ['C | C | nothing: none', 'c', [c], [], []],
    ['C | C | unknown: none', 'c', [c], 'unknown', []],
    ['C | C | earlier: none', 'c', [c], [ESIMS.earlier], [], ['residual-esim']],
    ['C | C, other flags | unknown: update', 'c', [flags], 'unknown', ['update c']],
    ['C | not C | nothing: try', 'c', [], [], ['install c']],
    ['C | not C | unknown: try', 'c', [], 'unknown', ['install c']],
    ['C | failed C | unknown: try', 'c', [failed], 'unknown', ['install c']],
    ['C | not C | foreign: try', 'c', [], [ESIMS.foreign], ['install c']],
    ['C | not C | its eSIM: adopted', 'c', [], [ESIMS.c], [], ['esim-adopted']],
    ['C | not C | earlier: reset (held), install', 'c', [], [ESIMS.earlier], HELD],
    ['fresh | C | its eSIM: reset (held), install', 'c-fresh', [c], [ESIMS.c], HELD],
    ['fresh | C | nothing: reset (held), install', 'c-fresh', [c], [], HELD],
    ['fresh | C | unknown: reset (held), install', 'c-fresh', [c], 'unknown', HELD],
    ['fresh | C of unknown age | unknown: none', 'c-fresh', [undated(c)], 'unknown', []],
    ['C | old C | its eSIM: uninstall old C', 'c', [old], [ESIMS.c], ['uninstall c'], ['esim-adopted']],
    ['C | old C | nothing: reset (held), install', 'c', [old], [], HELD],
    ['C | old C | unknown: reset (held), install', 'c', [old], 'unknown', HELD],
    ['C | failed old C | unknown: try', 'c', [{ ...old, state: 'failed' }], 'unknown', ['install c']],
    ['nothing | X keep | unknown: uninstall', 'nothing', [xk], 'unknown', ['uninstall xk']],
    [
      'nothing | X erase | unknown: uninstall, reset (held)',
      'nothing',
      [xe],
      'unknown',
      ['uninstall xe', HELD[0] ?? ''],
    ],
    [
      'nothing | X erase | nothing: uninstall, reset (held)',
      'nothing',
      [xe],
      [],
      ['uninstall xe', HELD[0] ?? ''],
    ],
    [
      'nothing | failed X erase | unknown: uninstall',
      'nothing',
      [{ ...xe, state: 'failed' }],
      'unknown',
      ['uninstall xe'],
    ],
    [
      'nothing | none, erasure owed | unknown: reset (held)',
      'nothing',
      [],
      'unknown',
      [HELD[0] ?? ''],
      [],
      { eraseOwed: ['xe'] },
    ],
    [
      'C | C and X erase | its eSIM: uninstall X, reset (held), install',
      'c',
      [c, xe],
      [ESIMS.c],
      ['uninstall xe', ...HELD],
    ],
    [
      'C | C, erasure owed | unknown: reset (held), install',
      'c',
      [c],
      'unknown',
      HELD,
      [],
      { eraseOwed: ['xe'] },
    ],
    [
      'retirement | C | unknown: uninstall, reset (held), release',
      'release',
      [c],
      'unknown',
      ['uninstall c', ...OUT],
    ],
    [
      'retirement | C, never provisioned | nothing: the same',
      'release',
      [c],
      [],
      ['uninstall c', ...OUT],
      [],
      never,
    ],
    [
      'retirement | none, provisioned before or not known not to be | nothing: reset (held), release',
      'release',
      [],
      [],
      OUT,
    ],
    [
      'retirement | none, never provisioned | unknown: release',
      'release',
      [],
      'unknown',
      ['release'],
      [],
      never,
    ],
    [
      'retirement | none, never provisioned | foreign: release',
      'release',
      [],
      [foreign()],
      ['release'],
      ['foreign-esim'],
      never,
    ],
    [
      'retirement | none, never provisioned | ours: reset (held), release',
      'release',
      [],
      [ESIMS.c],
      OUT,
      [],
      never,
    ],
    [
      'retirement | failed C, never provisioned | unknown: uninstall, release',
      'release',
      [failed],
      'unknown',
      ['uninstall c', 'release'],
      [],
      never,
    ],
    ['C | unknown | unknown: try', 'c', 'unknown', 'unknown', ['install c']],
    ['C | unknown | its eSIM: none', 'c', 'unknown', [ESIMS.c], []],
    ['fresh | unknown | its eSIM: none', 'c-fresh', 'unknown', [ESIMS.c], []],
    ['C | unknown | earlier: reset (held), install', 'c', 'unknown', [ESIMS.earlier], HELD],
    ['nothing | unknown | X keep: none', 'nothing', 'unknown', [ESIMS.xk], [], ['residual-esim']],
    ['nothing | unknown | X erase: reset (held)', 'nothing', 'unknown', [ESIMS.xe], [HELD[0] ?? '']],
    [
      'retirement | unknown, never provisioned | unknown: reset (held), release',
      'release',
      'unknown',
      'unknown',
      OUT,
      [],
      never,
    ],
  ]

  it.each(rows.map(titled))('%s', (_says, row) => check(row, false))
})

describe('what is installed is not known, though the list is complete', () => {
  const rows: readonly Row[] = [
    ['C | unknown | nothing: try', 'c', 'unknown', [], ['install c']],
    [
      'C | unknown | earlier: reset is held',
      'c',
      'unknown',
      [ESIMS.earlier],
      ['reset [esim-state-unknown]', 'install c [esim-state-unknown]'],
    ],
    [
      'nothing | unknown | X erase: reset is held',
      'nothing',
      'unknown',
      [ESIMS.xe],
      ['reset [esim-state-unknown]'],
    ],
  ]

  it.each(rows.map(titled))('%s', (_says, row) => check(row, true))
})
