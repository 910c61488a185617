import { describe, expect, test } from 'vitest'
import { DEFAULT_POLICY } from '../../src/domain/desired.ts'
import {
  actionLines,
  changedText,
  inSyncText,
  observedText,
  passLine,
  plannedText,
  readText,
  refusedLines,
  unchangedText,
  workingText,
} from '../../src/report/pass-text.ts'
import type { PassSummary, Standing } from '../../src/report/pass-text.ts'
import { at, desired } from './builders.ts'
import { expectGolden, widestLine } from './golden.ts'

const standing: Standing = { changing: 34, inSync: 5, ready: 0, held: 1, failed: 0, notEligible: 3 }

const summary: PassSummary = {
  actions: [
    {
      action: 'pre-retirement-reset',
      devices: 1,
      held: 0,
      detail: 'LAP-0019, retirement 2026-q4',
      rule: 'S17',
    },
    { action: 'install', devices: 30, held: 0, detail: 'acme-laptops 19, acme-phones 11' },
    {
      action: 'reset-then-redeploy',
      devices: 2,
      held: 1,
      detail: 'an eSIM of the former server is on the chip',
      rule: 'S16',
    },
    {
      action: 'clear-stale-record',
      devices: 1,
      held: 0,
      detail: 'LAP-0012 was erased and enrolled again',
      rule: 'S14',
    },
  ],
  holds: [{ code: 'would-strand', devices: 1, example: 'LAP-0023', hold: 'h-31b0' }],
  changes: [
    {
      configuration: 'acme-laptops',
      path: 'windows.serverName',
      from: 'smdp.acme.example',
      to: 'smdp.neo.example',
      source: at('configurations/acme-laptops.yaml', 8),
    },
  ],
  resets: 3,
}

const error = {
  code: 'invalid-document',
  severity: 'error',
  reason: 'unknown-key',
  message: 'unknown key "serverUrl"',
  place: at('configurations/acme-laptops.yaml', 2, 3),
  length: 9,
  hint: 'did you mean "serverName"?',
} as const

function textOf(): string {
  return 'windows:\n  serverUrl: https://smdp.acme.example\n'
}

describe('the running service', () => {
  test('a first pass reads like a story', () => {
    const lines = [
      ...passLine(
        '08:00:01',
        'read',
        readText(desired({ policy: { ...DEFAULT_POLICY, place: at('policy.yaml', 1) } })),
      ),
      ...passLine(
        '08:00:01',
        'observed',
        observedText({ devices: 42, byPlatform: { windows: 28, ios: 9, ipados: 5 } }, true),
      ),
      ...passLine('08:00:01', 'planned', plannedText(standing)),
      '',
      ...actionLines(summary),
      '',
      ...passLine('08:00:02', 'working', workingText(33, 37)),
      ...passLine('08:00:09', 'in sync', inSyncText({ ...standing, inSync: 37, ready: 1 })),
      ...passLine('08:01:44', 'changed', changedText(['configurations/acme-laptops.yaml'])),
      ...passLine('08:10:00', 'in sync', unchangedText('08:01:58', 4.2)),
    ]
    expectGolden('pass.txt', `${lines.join('\n')}\n`)
    expect(widestLine(lines.join('\n'))).toBeLessThanOrEqual(100)
  })

  test('a saved mistake says that no device is touched and what stays in force', () => {
    const lines = refusedLines('08:03:10', [error], '08:01:44', { textOf, prefix: 'desired-state/' })
    expectGolden('refused.txt', `${lines.join('\n')}\n`)
  })

  test('errors in several files, or in none, read well too', () => {
    const second = { ...error, place: at('b.yaml', 1) }
    expect(refusedLines('08:03:10', [error, second], undefined).join(' ')).toContain(
      '2 files have 2 errors. No device is touched; nothing is in force yet.',
    )
    const { place: _, ...nowhere } = error
    expect(refusedLines('08:03:10', [nowhere], undefined)[0]).toContain('the desired state has 1 error')
  })

  test('an incomplete inventory and an empty desired state are said', () => {
    expect(observedText({ devices: 1, byPlatform: { other: 1 } }, false)).toBe(
      '1 device: 1 others; inventory INCOMPLETE, nothing destructive is planned',
    )
    expect(readText(desired({ configurations: [], groups: [], retirements: [] }))).toContain(
      'nothing is wanted',
    )
  })

  test('many changed files are counted', () => {
    expect(changedText(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 more')
  })

  test('hostile names and long reasons stay within the screen', () => {
    const evil = '\u001b[2J'.repeat(500)
    const lines = actionLines({
      actions: [
        { action: 'install', devices: 1_234_567, held: 5, detail: `${evil} ${'x'.repeat(300)}`, rule: 'S15' },
      ],
      holds: [{ code: 'budget-exceeded', devices: 5, example: evil, hold: 'h-1' }],
      changes: [
        { configuration: evil, path: evil.slice(0, 40), from: evil, to: evil, source: at('a.yaml', 1) },
      ],
      resets: 0,
    })
    expect(lines.join('')).not.toContain('\u001b')
  })
})
