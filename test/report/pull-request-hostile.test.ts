import { describe, expect, test } from 'vitest'
import { DEFAULT_POLICY } from '../../src/domain/desired.ts'
import { recordKey } from '../../src/domain/device.ts'
import type { Finding } from '../../src/domain/finding.ts'
import { pullRequestComment } from '../../src/report/pull-request/comment.ts'
import type { CommentOptions, Review } from '../../src/report/pull-request/review.ts'
import { finalComment, progressComment } from '../../src/report/pull-request/rollout.ts'
import type { Rollout } from '../../src/report/pull-request/rollout.ts'
import { applyStatus, planStatus, validateStatus } from '../../src/report/pull-request/statuses.ts'
import { at, hold, NOW, plan, planned, step } from './builders.ts'
import { outsideCode } from './markdown-scan.ts'
import { review } from './reviews.ts'

const PAYLOADS: readonly string[] = [
  '@everyone',
  '@acme/admins please approve',
  '#1 acme/esim#1 GH-1',
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '</details></details>',
  '<!-- simplane:plan -->',
  '<!--',
  '-->',
  '`',
  '``',
  '` @everyone `',
  '`` `@everyone` ``',
  '```\n@everyone\n```',
  '~~~\n@everyone',
  '| @a | @b |',
  '\\| @a \\|',
  'a\\',
  '\\`@everyone\\`',
  '\\',
  '[click](https://evil.example)',
  '![x](https://evil.example/p.png)',
  '[x]: https://evil.example',
  'https://evil.example www.evil.example',
  '**bold** _it_ ~~no~~ :tada: $`x`$ $x$',
  '\n\n# heading\n@everyone',
  '\r\n<!-- simplane:plan -->\r\n',
  '\n<!-- simplane:earlier -->\n- `aaaaaaa` ✅ nothing\n<!-- /simplane:earlier -->\n',
  '\n<!-- simplane:plan-text -->\n@everyone\n<!-- /simplane:plan-text -->\n',
  '\u2028@everyone\u2029',
  '\u202egnp.exe',
  '\u2066x\u2069\u200b\u200d\ufeff@x',
  '\u0000\u001b[2J\u0007\u0085',
  '\ud800',
  '\udc00x',
  '\u{e0041}\u{e0001}',
  '&lt;b&gt; &#64;everyone',
  ' leading and trailing ',
  '\t- list',
  '`'.repeat(500),
  '@'.repeat(10_000),
  '|'.repeat(3_000),
  '\\'.repeat(999),
]

const finding = (text: string, more: Partial<Finding> = {}): Finding => ({
  code: 'invalid-document',
  severity: 'error',
  message: text,
  hint: text,
  notes: [{ label: 'write', text }],
  place: at(`${text}.yaml`, 3),
  ...more,
})

/** Every text, with this wherever a person or an MDM may put a text. */
function everyText(text: string, budget: number): readonly string[] {
  const onto = { branch: text, revision: text }
  const member = { serialNumber: text, name: text, user: text }
  const steps = [
    step('uninstall', 'reset-then-redeploy', { configuration: text, because: text, rule: text }),
    step('reset', 'reset-then-redeploy', {
      because: text,
      rule: text,
      heldBy: ['would-strand'],
      holdsFor: { codes: ['would-strand'], configuration: text },
    }),
  ]
  const retire = [
    step('reset', 'pre-retirement-reset', { retirement: text, rule: text, because: text }),
    step('release', 'pre-retirement-reset', { retirement: text, rule: text, because: text }),
  ]
  const devices = [
    planned(`1${text}`, 'reset-then-redeploy', steps, { ...member, holds: [undefined, `h-${text}`] }),
    planned(`2${text}`, 'pre-retirement-reset', retire, member),
  ]
  const made = plan(devices, 9, {
    digest: text,
    changes: [{ configuration: text, path: text, from: text, to: text, source: at(text, 1) }],
    holds: [hold(`h-${text}`, 'would-strand', 'reset', 1, text)],
    findings: [
      finding(text),
      finding(text, { code: 'residual-esim', device: recordKey('x', text), configuration: text }),
    ],
  })
  const connectivity = [{ groups: [text], other: 'yes' as const, place: at(text, 1) }]
  const planReview = review(made, 9, {
    head: text,
    onto,
    groups: new Map([[text, { 'reset-then-redeploy': 1, 'pre-retirement-reset': 1 }]]),
    policies: { before: DEFAULT_POLICY, after: { ...DEFAULT_POLICY, connectivity } },
  })
  const reviews: readonly Review[] = [
    planReview,
    { kind: 'untouched', head: text, onto },
    { kind: 'invalid', head: text, onto, findings: [finding(text)], files: 1 },
    { kind: 'conflict', head: text, onto, files: [text, `${text}2`] },
    { kind: 'fork', head: text, setting: text },
    { kind: 'unavailable', head: text, why: text },
  ]
  const options: CommentOptions = { budget, prefix: text, ref: text, version: text }
  const comments = reviews.flatMap((each) => [
    pullRequestComment(each, { ...options, identities: true }),
    pullRequestComment(each, options),
  ])
  const rollout: Rollout = {
    phase: 'halted',
    revision: text,
    total: 9,
    proven: 1,
    working: 0,
    held: 1,
    failed: 1,
    since: NOW,
    now: NOW,
    why: text,
  }
  const before = pullRequestComment({ ...planReview, head: 'a'.repeat(40) }, options)
  const end = {
    failures: [{ step: 'install' as const, configuration: text, code: text, message: text, devices: 1 }],
    holds: [{ id: text, code: 'would-strand' as const, devices: 1 }],
  }
  const statuses = reviews.flatMap((each) => [validateStatus(each, 1), planStatus(each)])
  return [
    ...comments,
    pullRequestComment({ ...planReview, head: 'b'.repeat(40) }, { ...options, before }),
    progressComment(rollout, { budget, identities: true, before }),
    finalComment({ ...rollout, phase: 'ended' }, end, { budget, identities: true, before }),
    finalComment({ ...rollout, phase: 'ended' }, end, { budget, before }),
    ...[...statuses, applyStatus(rollout)].map(({ description }) => description),
  ]
}

describe('a name that is meant to do harm', () => {
  const harmless = everyText('EVILharmless', 500_000).map(outsideCode)

  test.each(PAYLOADS.map((payload) => [JSON.stringify(payload).slice(0, 60), payload] as const))(
    '%s changes nothing outside its code spans, wherever it stands',
    (_, payload) => {
      for (const name of [`EVIL${payload}`, payload])
        for (const [index, text] of everyText(name, 500_000).entries())
          expect(outsideCode(text)).toBe(harmless[index])
    },
  )

  test.each(PAYLOADS.map((payload) => [JSON.stringify(payload).slice(0, 60), payload] as const))(
    '%s leaves nothing that an eye or a terminal would not see',
    (_, payload) => {
      for (const text of everyText(`EVIL${payload}`, 65_000)) {
        expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(65_000)
        expect(outsideCode(text)).not.toContain('EVIL')
      }
    },
  )

  test('the scan sees what is outside code, so that it can find something', () => {
    expect(outsideCode('a `@b` @c')).toBe('a § @c')
    expect(outsideCode('``` `@b` ``` and ``@c`')).toBe('§ and ``@c`')
    expect(outsideCode('| `a | @b` |')).toContain('@b')
    expect(outsideCode('| `a \\| @b` |')).not.toContain('@b')
    expect(outsideCode('<details><summary>`@b`</summary>\n\n`@c`')).toBe(
      '<details><summary>`@b`</summary>\n\n§',
    )
    expect(outsideCode('\\`@b`')).toContain('@b')
    expect(outsideCode('# `a\nb` @c')).toContain('`a')
  })
})
