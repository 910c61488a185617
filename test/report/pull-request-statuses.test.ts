import { describe, expect, test } from 'vitest'
import type { Finding } from '../../src/domain/finding.ts'
import { DEFAULT_POLICY } from '../../src/domain/desired.ts'
import type { Policy } from '../../src/domain/desired.ts'
import { recordKey } from '../../src/domain/device.ts'
import { annotationsOf } from '../../src/report/pull-request/annotations.ts'
import { policyChanges } from '../../src/report/pull-request/policy-changes.ts'
import type { Review } from '../../src/report/pull-request/review.ts'
import type { Rollout } from '../../src/report/pull-request/rollout.ts'
import {
  applyStatus,
  planStatus,
  statusText,
  validateStatus,
} from '../../src/report/pull-request/statuses.ts'
import { at, NOW } from './builders.ts'
import { HEAD, installReview, largeReview, ONTO, resetReview } from './reviews.ts'

const error: Finding = { code: 'unknown-group', severity: 'error', message: 'no such group' }
const invalid: Review = { kind: 'invalid', head: HEAD, onto: ONTO, findings: [error, error], files: 9 }
const unplanned: readonly Review[] = [
  { kind: 'conflict', head: HEAD, onto: ONTO, files: ['a', 'b'] },
  { kind: 'fork', head: HEAD, setting: 'forge.forks' },
  { kind: 'unavailable', head: HEAD, why: 'git is down' },
]

describe('statuses', () => {
  test('the plan is a success however much it resets, and a failure only when it is not valid', () => {
    expect(planStatus(resetReview())).toEqual({
      context: 'simplane/plan',
      state: 'success',
      description: '3,000 eSIM resets (30% of the fleet), 188 installs · 2,912 held',
    })
    expect(planStatus(invalid)).toMatchObject({
      state: 'failure',
      description: 'Not valid: 2 errors, no plan',
    })
    expect(unplanned.map((each) => planStatus(each).state)).toEqual(['pending', 'pending', 'pending'])
  })

  test('validation says how much was read', () => {
    expect(validateStatus(installReview(), 9)).toEqual({
      context: 'simplane/validate',
      state: 'success',
      description: '9 files valid',
    })
    expect(validateStatus(invalid, 9)).toMatchObject({ state: 'failure', description: '2 errors in 9 files' })
  })

  test('what was merged is pending while it goes on, and failed when something did', () => {
    const rollout: Rollout = {
      phase: 'working',
      revision: HEAD,
      total: 3_188,
      proven: 80,
      working: 3,
      held: 0,
      failed: 11,
      since: NOW,
      now: NOW,
    }
    expect(applyStatus(rollout)).toEqual({
      context: 'simplane/apply',
      state: 'pending',
      description: 'Rolling out: 80 of 3,188 devices proven · 11 failed',
    })
    expect(applyStatus({ ...rollout, phase: 'halted' }).state).toBe('failure')
    expect(applyStatus({ ...rollout, phase: 'ended' }).state).toBe('failure')
    expect(applyStatus({ ...rollout, phase: 'ended', failed: 0 }).state).toBe('success')
  })

  test('a description fits into 140 characters and ends with a whole word', () => {
    const long = 'word '.repeat(60)
    expect(statusText(long)).toBe(`${'word '.repeat(27).trim()}…`)
    expect(statusText('x'.repeat(140))).toBe('x'.repeat(140))
    expect(statusText('x'.repeat(141))).toHaveLength(140)
    for (let start = 0; start < 4; start += 1) {
      const text = statusText(`${'a'.repeat(start)}${'😀'.repeat(200)}`)
      expect(text.length).toBeLessThanOrEqual(140)
      expect(text.isWellFormed()).toBe(true)
    }
    expect(statusText('a\n\u202eb')).toBe('a\\n\\u{202e}b')
    for (const each of [largeReview(), invalid, ...unplanned])
      expect(planStatus(each).description.length).toBeLessThanOrEqual(140)
  })
})

describe('annotations', () => {
  test('stand on their line of the whole repository, the worst first, with what to do', () => {
    const findings: readonly Finding[] = [
      { code: 'selects-nobody', severity: 'warning', message: 'nobody', place: at('groups/a.yaml', 3) },
      {
        ...error,
        place: at('configurations/a.yaml', 8, 5),
        hint: 'write b',
        notes: [{ label: 'why', text: 'c' }],
      },
      error,
    ]
    expect(annotationsOf(findings, 'desired-state/')).toEqual([
      {
        file: 'desired-state/configurations/a.yaml',
        line: 8,
        column: 5,
        severity: 'error',
        title: 'unknown-group',
        message: 'no such group\nwrite b\nwhy: c',
      },
      {
        file: 'desired-state/groups/a.yaml',
        line: 3,
        column: 1,
        severity: 'warning',
        title: 'selects-nobody',
        message: 'nobody',
      },
    ])
  })

  test('tell what the line says, and nothing that only the fleet knows', () => {
    const place = at('lists/q4.csv', 4)
    const own: Finding = { code: 'unknown-device', severity: 'warning', message: 'nobody has "5CG1"', place }
    const fleet: Finding = {
      code: 'ambiguous-device',
      severity: 'error',
      message: '"5CG1" fits intune/7, jamf/9',
      place,
    }
    const device: Finding = { ...own, device: recordKey('intune', '7') }
    const told = annotationsOf([own, fleet, device], '').map(({ message }) => message)
    expect(told.filter((message) => message.includes('5CG1'))).toEqual(['nobody has "5CG1"'])
    expect(annotationsOf([fleet], '', { identities: true })[0]?.message).toContain('intune/7')
  })
})

describe('a change of the Policy', () => {
  const change = (more: Partial<Policy>) => policyChanges(DEFAULT_POLICY, { ...DEFAULT_POLICY, ...more })
  const { budgets, stranding } = DEFAULT_POLICY

  test('nothing is told of one that says the same', () => {
    expect(change({ place: at('policy.yaml', 1) })).toEqual([])
  })

  test.each<[string, Partial<Policy>, string, boolean]>([
    ['a larger budget', { budgets: { ...budgets, reset: { perDay: 9, share: 100 } } }, 'budgets.reset', true],
    ['no budget at all', { budgets: { ...budgets, retire: 'unlimited' } }, 'budgets.retire', true],
    ['a smaller budget', { budgets: { ...budgets, reset: { perDay: 1 } } }, 'budgets.reset', false],
    ['acting less', { mode: 'propose' }, 'mode', false],
    ['stranding', { stranding: { ...stranding, unknown: 'allow' } }, 'stranding.unknown', true],
    ['older observations', { freshness: { destructive: 9e8 } }, 'freshness.destructive', true],
    ['weaker proof', { proof: { reset: 'accepted' } }, 'proof.reset', true],
    ['retries', { retries: { attempts: 6, within: 1_000 } }, 'retries', false],
    [
      'another way online',
      { connectivity: [{ groups: ['a'], other: 'yes', place: at('policy.yaml', 3) }] },
      'connectivity',
      true,
    ],
    [
      'no other way online',
      { connectivity: [{ groups: ['a'], other: 'no', place: at('policy.yaml', 3) }] },
      'connectivity',
      false,
    ],
  ])('%s is told, and whether it is looser', (_, more, path, looser) => {
    expect(change(more)).toMatchObject([{ path, looser }])
  })

  test('taking back that a group has no other way online is looser', () => {
    const place = at('policy.yaml', 3)
    const before: Policy = { ...DEFAULT_POLICY, connectivity: [{ groups: ['a'], other: 'no', place }] }
    expect(policyChanges(before, DEFAULT_POLICY)).toMatchObject([{ from: 'a: no', to: 'none', looser: true }])
  })
})
