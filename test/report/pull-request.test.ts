import { describe, expect, test } from 'vitest'
import type { Finding } from '../../src/domain/finding.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { pullRequestComment } from '../../src/report/pull-request/comment.ts'
import { PLAN_MARKER, superseded } from '../../src/report/pull-request/kept.ts'
import type { CommentOptions, Review } from '../../src/report/pull-request/review.ts'
import { finalComment, progressComment } from '../../src/report/pull-request/rollout.ts'
import type { Rollout, RolloutEnd } from '../../src/report/pull-request/rollout.ts'
import { shareText } from '../../src/report/pull-request/share.ts'
import { at, NOW, plan } from './builders.ts'
import { expectGolden } from './golden.ts'
import {
  HEAD,
  identityOf,
  installReview,
  largeReview,
  nothingReview,
  ONTO,
  policyReview,
  resetReview,
  retirementReview,
  review,
} from './reviews.ts'

const options: CommentOptions = {
  budget: 65_000,
  prefix: 'desired-state/',
  ref: 'refs/pull/412/head',
  version: '0.1.0',
}

const INVALID: readonly Finding[] = [
  {
    code: 'invalid-document',
    severity: 'error',
    reason: 'bad-value',
    message: 'serverName must be a bare host name, not a URL',
    place: at('configurations/neo-laptops.yaml', 8, 17),
    hint: 'write serverName: smdp.neo.example',
  },
  {
    code: 'invalid-document',
    severity: 'error',
    reason: 'bad-value',
    message: '"5CG4000001" is not an EID',
    place: at('lists/2026-q4.csv', 4),
  },
]

const invalid: Review = { kind: 'invalid', head: HEAD, onto: ONTO, findings: INVALID, files: 9 }
const conflict: Review = {
  kind: 'conflict',
  head: HEAD,
  onto: ONTO,
  files: ['desired-state/configurations/acme-laptops.yaml', 'desired-state/policy.yaml'],
}
const fork: Review = { kind: 'fork', head: HEAD, setting: 'forge.forks' }
const unavailable: Review = {
  kind: 'unavailable',
  head: HEAD,
  why: 'git did not answer within 30 s: https://git.acme.example/esim',
}
const untouched: Review = { kind: 'untouched', head: HEAD, onto: ONTO }

const REVIEWS: readonly (readonly [string, Review])[] = [
  ['large', largeReview()],
  ['reset', resetReview()],
  ['install', installReview()],
  ['nothing', nothingReview()],
  ['untouched', untouched],
  ['policy', policyReview()],
  ['retirement', retirementReview()],
  ['invalid', invalid],
  ['conflict', conflict],
  ['fork', fork],
  ['unavailable', unavailable],
  ['snapshot', { ...installReview(), snapshot: { name: 'fleet.ndjson', takenAt: NOW - 3 * HOUR } }],
  ['snapshot-stale', { ...installReview(), snapshot: { name: '`@acme/x`.json', takenAt: NOW - 26 * HOUR } }],
]

function first(text: string): string {
  return text.split('\n')[0] ?? ''
}

function rollout(more: Partial<Rollout> = {}): Rollout {
  return {
    phase: 'working',
    revision: '77aa0c1a0c0ffee00c0ffee00c0ffee00c0ffee0',
    total: 3_188,
    proven: 80,
    working: 61,
    held: 41,
    failed: 0,
    since: NOW - 12 * MINUTE,
    now: NOW,
    ...more,
  }
}

const END: RolloutEnd = {
  failures: [
    {
      step: 'install',
      configuration: 'neo-laptops',
      code: 'discovery-state-4',
      message: `${identityOf(1).name} of ${identityOf(1).user} got no answer`,
      devices: 11,
    },
  ],
  holds: [{ id: 'h-31b0', code: 'would-strand', devices: 41 }],
}

describe('the comment of a pull request', () => {
  test.each(REVIEWS)('%s reads as it was reviewed', (name, each) => {
    expectGolden(`pull-request/${name}.md`, pullRequestComment(each, options))
  })

  test('one that would reset 30% of the fleet says so in its first line', () => {
    const [line] = pullRequestComment(resetReview(), options).split('\n')
    expect(line).toBe('### 🔴 3,000 eSIM resets (30% of the fleet), 188 installs · 2,912 held')
  })

  test('what cannot be taken back stands first, and nothing destructive is called harmless', () => {
    const text = pullRequestComment(resetReview(), options)
    expect(text.indexOf('| 🔴 |')).toBeLessThan(text.indexOf('| 🟢 |'))
    expect(first(pullRequestComment(installReview(), options))).toBe('### 🟢 3 installs')
  })

  test('a budget that is used up says so', () => {
    const used = { ...resetReview().budgets, reset: { allowed: 100, used: 130 } }
    expect(pullRequestComment({ ...resetReview(), budgets: used }, options)).toContain(
      '100 eSIM resets, **none left**',
    )
  })

  test('10,000 devices and 200 configurations stay under 60,000 bytes, and nothing that matters is missing', () => {
    const text = pullRequestComment(largeReview(), { ...options, budget: 60_000 })
    expect(Buffer.byteLength(text)).toBeLessThan(60_000)
    for (const part of ['**Why**', '**Held**', '**Drift**', '**Next**', 'By group (200)', 'sha256:1d40aa97'])
      expect(text).toContain(part)
    expect(text.split('\n').filter((line) => !line.startsWith('|')).length).toBeLessThan(70)
  })

  test.each(REVIEWS)(
    '%s keeps to any budget, cuts no row and no fold, and ends with its marker',
    (_, each) => {
      const whole = pullRequestComment(each, options)
      for (const budget of [2_000, 2_600, 3_400, 5_000, 8_000, 16_000, 30_000]) {
        const text = pullRequestComment(each, { ...options, budget })
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(budget)
        expect(first(text)).toBe(first(whole))
        expect(text.split('<details>').length).toBe(text.split('</details>').length)
        for (const line of text.split('\n').filter((row) => row.startsWith('|')))
          expect(line.endsWith('|')).toBe(true)
        expect(text).toContain('**Next**')
        expect(text.trimEnd().split('\n').at(-1)).toBe(PLAN_MARKER)
      }
    },
  )

  test('values of any length leave room for what comes after them', () => {
    const { plan: large, ...rest } = largeReview()
    const long = '😀'.repeat(300)
    const changes = large.changes.map((each) => ({ ...each, path: long, from: long, to: long }))
    const text = pullRequestComment({ ...rest, plan: { ...large, changes } }, options)
    for (const part of ['**Why**', '**Held**', 'By group (200)', 'Devices (5 of', 'Findings (200'])
      expect(text).toContain(part)
  })

  test('a row is said to be missing when it is', () => {
    const text = pullRequestComment(largeReview(), options)
    expect(text).toMatch(/… and 350 more \|/)
    expect(text).toMatch(/… and 150 more \|/)
  })

  test('no paragraph stands right below a table, where it would be a row', () => {
    for (const [, each] of REVIEWS) expect(pullRequestComment(each, options)).not.toMatch(/^\|.*\|\n[^|\n]/m)
  })

  test('no name, user, serial number or EID of the fleet is in it unless they may be shown', () => {
    const texts = REVIEWS.map(([, each]) => pullRequestComment(each, options))
    for (let n = 0; n < 10_000; n += 1)
      for (const value of Object.values(identityOf(n)))
        for (const text of texts) if (text.includes(value)) throw new Error(`${value} is told`)
    expect(pullRequestComment(installReview(), { ...options, identities: true })).toContain(
      identityOf(1).name,
    )
  })

  test('a retirement shows the last four characters of every device, to be compared', () => {
    const text = pullRequestComment(retirementReview(), options)
    for (let n = 0; n < 12; n += 1) expect(text).toContain(`\`…${identityOf(n).serialNumber.slice(-4)}\``)
  })

  test('an incomplete inventory is said before any number is believed', () => {
    const each = installReview()
    const state = { ...each.context.state, complete: false }
    const text = pullRequestComment({ ...each, context: { ...each.context, state } }, options)
    expect(text.split('\n').slice(0, 4).join('\n')).toContain('The inventory is incomplete')
  })

  test('what is only withdrawn, and what waits for a step on its way, is not called nothing', () => {
    const none: Plan = plan([], 42)
    const both = [{ withdrawn: 1 }, { underWay: 4 }].map((more) =>
      first(pullRequestComment(review(none, 42, more), options)),
    )
    expect(both).toEqual([
      '### 🟢 1 planned change withdrawn',
      '### 🟡 No plan yet for 4 devices that a step is on its way to',
    ])
  })
})

describe('plans of earlier commits', () => {
  const heads = ['a', 'b', 'c'].map((letter) => letter.repeat(40)) as [string, string, string]
  const reviewOf = (head: string, kind: 'reset' | 'install'): Review => ({
    ...(kind === 'reset' ? resetReview() : installReview()),
    head,
  })

  test('are listed by their first lines, newest first', () => {
    const one = pullRequestComment(reviewOf(heads[0], 'reset'), options)
    const two = pullRequestComment({ ...invalid, head: heads[1] }, { ...options, before: one })
    const three = pullRequestComment(reviewOf(heads[2], 'install'), { ...options, before: two })
    expectGolden('pull-request/superseded.md', three)
    expect(superseded(three, HEAD)).toEqual([
      { head: heads[2], title: '🟢 3 installs' },
      { head: 'bbbbbbb', title: '❌ Not valid: 2 errors, no plan' },
      { head: 'aaaaaaa', title: '🔴 3,000 eSIM resets (30% of the fleet), 188 installs · 2,912 held' },
    ])
  })

  test('a commit that is planned again does not become its own past', () => {
    const one = pullRequestComment(reviewOf(heads[0], 'reset'), options)
    const again = pullRequestComment(reviewOf(heads[0], 'install'), { ...options, before: one })
    expect(again).not.toContain('Earlier plans')
  })

  test('are ten at most', () => {
    let before: string | undefined
    for (let n = 0; n < 15; n += 1) {
      const head = n.toString(16).repeat(40)
      before = pullRequestComment(
        reviewOf(head, 'install'),
        before === undefined ? options : { ...options, before },
      )
    }
    expect(before).toContain('Earlier plans (10)')
    expect(superseded(before, HEAD)).toHaveLength(10)
  })

  test('what somebody wrote into our list, or what is no comment of ours, is not carried on', () => {
    const one = pullRequestComment(reviewOf(heads[0], 'reset'), options)
    const two = pullRequestComment(reviewOf(heads[1], 'install'), { ...options, before: one })
    const edited = two
      .replace('- `aaaaaaa`', '- `ccccccc` @everyone <img src=x> www.evil.example\n- `aaaaaaa`')
      .replace(/\n/g, '\r\n')
    expect(superseded(edited, HEAD).map(({ head }) => head)).toEqual([heads[1], 'aaaaaaa'])
    for (const text of ['', 'hello', `### @everyone\n<!-- simplane:head ${heads[0]} -->`])
      expect(superseded(text, HEAD)).toEqual([])
  })
})

describe('after the merge', () => {
  const before = pullRequestComment(resetReview(), options)

  test('progress stands on top and the plan is folded below', () => {
    expectGolden('pull-request/progress.md', progressComment(rollout(), { budget: 65_000, before }))
  })

  test('a halt says why', () => {
    const halted = rollout({ phase: 'halted', failed: 11, working: 0, why: '11 downloads failed, limit 10' })
    expectGolden('pull-request/halted.md', progressComment(halted, { budget: 65_000, before }))
  })

  test('the end says what did not come, and why', () => {
    const ended = rollout({ phase: 'ended', proven: 3_136, working: 0, failed: 11, now: NOW + 3 * HOUR })
    const done = rollout({ phase: 'ended', proven: 3_147, working: 0, now: NOW + 3 * HOUR })
    expectGolden('pull-request/failed.md', finalComment(ended, END, { budget: 65_000, before }))
    expectGolden(
      'pull-request/final.md',
      finalComment(done, { failures: [], holds: END.holds }, { budget: 65_000, before }),
    )
  })

  test('all of it done is one line', () => {
    const done = rollout({ phase: 'ended', proven: 3_188, working: 0, held: 0 })
    const text = finalComment(done, { failures: [], holds: [] }, { budget: 65_000 })
    expect(first(text)).toBe('### ✅ Done: all of 3,188 devices as merged')
    expect(first(progressComment(rollout({ total: 0, proven: 0, phase: 'ended' }), { budget: 65_000 }))).toBe(
      '### ✅ Done: no device had to change',
    )
  })

  test('the plan is the same after any number of edits, and what was to be done next is gone', () => {
    let text = progressComment(rollout(), { budget: 65_000, before })
    const plans = [text]
    for (let n = 0; n < 3; n += 1)
      plans.push((text = progressComment(rollout(), { budget: 65_000, before: text })))
    expect(new Set(plans).size).toBe(1)
    expect(text).toContain('3,000 eSIM resets (30% of the fleet)')
    expect(text).toContain('sha256:1d40aa97')
    expect(text).not.toContain('**Next**')
  })

  test('a plan that filled its comment still has room below the progress and the end', () => {
    const large = pullRequestComment(largeReview(), { ...options, budget: 20_000 })
    const many = Array.from({ length: 200 }, (_, n) => ({ ...END.failures[0]!, code: `code-${n}` }))
    const progress = progressComment(rollout(), { budget: 20_000, before: large })
    const end = finalComment(
      rollout({ phase: 'ended', failed: 200 }),
      { failures: many, holds: [] },
      {
        budget: 20_000,
        before: progress,
      },
    )
    for (const text of [progress, end]) {
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(20_000)
      expect(text).toContain('The plan that was merged')
      expect(text).toContain('8,000 eSIM resets (24.2% of the fleet)')
    }
  })

  test('what the MDM wrote of a device is told only where devices may be', () => {
    const ended = rollout({ phase: 'ended', failed: 11 })
    expect(finalComment(ended, END, { budget: 65_000, before })).not.toContain(identityOf(1).user)
    expect(finalComment(ended, END, { budget: 65_000, identities: true })).toContain(identityOf(1).user)
  })

  test('keeps to its budget with its marker last', () => {
    for (const budget of [3_000, 6_000, 20_000]) {
      const text = progressComment(rollout({ phase: 'halted', why: '😀'.repeat(900) }), { budget, before })
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(budget)
      expect(first(text)).toContain('Halted')
      expect(text.trimEnd().split('\n').at(-1)).toBe(PLAN_MARKER)
    }
  })
})

test('a share never looks smaller than nothing or larger than all', () => {
  expect([0, 1, 9, 82, 300, 999, 1_000].map((n) => shareText(n, 1_000))).toEqual([
    '0%',
    '0.1%',
    '0.9%',
    '8.2%',
    '30%',
    '99.9%',
    '100%',
  ])
  expect([shareText(1, 1_000_000), shareText(999_999, 1_000_000), shareText(1, 0)]).toEqual([
    'under 0.1%',
    '99.9%',
    '0%',
  ])
})
