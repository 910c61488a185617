import { describe, expect, test } from 'vitest'
import type { Plan } from '../../src/domain/plan.ts'
import { code } from '../../src/report/markdown.ts'
import { planMarkdown } from '../../src/report/plan-markdown.ts'
import { desired, NOW, plan, planned, step } from './builders.ts'
import { largePlan, movePlan } from './fleets.ts'
import { expectGolden } from './golden.ts'

const context = {
  desired: { revision: '1f3c9aa0c0ffee00c0ffee00c0ffee00c0ffee00' },
  state: { devices: 42, complete: true },
  desiredState: desired(),
  now: NOW,
}

function named(name: string): Plan {
  const steps = [step('install', 'install', { configuration: name })]
  return plan([planned('d-1', 'install', steps, { name, serialNumber: name, user: name })], 1, {
    changes: [{ configuration: name, path: name, from: name, to: name }],
    findings: [
      { code: 'selects-nobody', severity: 'warning', message: name, configuration: name, hint: name },
    ],
  })
}

function cells(line: string): number {
  return line.replaceAll('\\|', '').split('|').length
}

describe('a plan as Markdown', () => {
  test('says verdict and counts in its first two lines, then what, why and what is held', () => {
    expectGolden('plan.md', planMarkdown(movePlan(), context))
  })

  test('nothing to do is two lines', () => {
    expect(planMarkdown(plan([], 42), context).split('\n').slice(0, 2)).toEqual([
      '### ✅ No device changes',
      '42 devices stay as they are.',
    ])
  })

  test('identities are masked unless they are asked for', () => {
    const masked = planMarkdown(movePlan(), context)
    expect(masked).not.toMatch(/5CG\d|LAP-\d|j\.doe|simulator\//)
    expect(masked).toContain('`…0001`')
    expect(planMarkdown(movePlan(), { ...context, identities: true })).toContain('LAP-0001')
  })

  test('keeps to its budget and never cuts through a row or a fold', () => {
    for (const budget of [700, 1_000, 1_500, 2_500, 5_000]) {
      const output = planMarkdown(largePlan(), {
        ...context,
        state: { devices: 55_000, complete: true },
        budget,
      })
      expect(Buffer.byteLength(output)).toBeLessThanOrEqual(budget)
      expect(output.split('<details>').length).toBe(output.split('</details>').length)
      for (const line of output.split('\n').filter((each) => each.startsWith('|')))
        expect(line.endsWith('|')).toBe(true)
      expect(output).toContain('<sub>plan `sha256:1d40aa97…`')
    }
  })

  test('what is left out is said', () => {
    expect(planMarkdown(movePlan(), { ...context, budget: 900 })).toContain('The rest does not fit in here')
  })

  test.each([
    ['mentions', '@everyone'],
    ['HTML', '<script>alert(1)</script><!--'],
    ['backticks', '``` `x` @org/team'],
    ['only backticks', '`````'],
    ['pipes', 'a | b \\| @c |'],
    ['lines', 'a\n\n# heading\n@b'],
    ['10 kB', '@'.repeat(10_240)],
    ['direction marks', '\u202e@evil'],
    ['nothing', ''],
  ])('%s in a name stay inside a code span', (_, name) => {
    const output = planMarkdown(named(name), { ...context, identities: true })
    const outside = output.replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, '')
    expect(outside).not.toMatch(/[@`\u202e]|<script|heading|<!--/)
    expect(Buffer.byteLength(output)).toBeLessThan(10_000)
  })

  test('a table row has as many cells as its head, whatever is in it', () => {
    const output = planMarkdown(named('a|b\\|c'), { ...context, identities: true })
    for (const block of output.split('\n\n')) {
      const rows = block.split('\n').filter((line) => line.startsWith('|'))
      expect(new Set(rows.map(cells)).size).toBeLessThanOrEqual(1)
    }
  })
})

test('a code span is fenced by more backticks than it holds', () => {
  expect(code('a')).toBe('`a`')
  expect(code('a`b')).toBe('``a`b``')
  expect(code('`a')).toBe('`` `a ``')
  expect(code('```')).toBe('```` ``` ````')
  expect(code(' ')).toBe('(empty)')
})
