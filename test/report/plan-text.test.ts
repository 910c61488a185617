import { describe, expect, test } from 'vitest'
import { colourPaint } from '../../src/report/paint.ts'
import { planText } from '../../src/report/plan-text.ts'
import { configuration, desired, NOW, plan, planned, step } from './builders.ts'
import { largePlan, movePlan } from './fleets.ts'
import { expectGolden, widestLine } from './golden.ts'

const context = {
  desired: {
    revision: '1f3c9aa0c0ffee00c0ffee00c0ffee00c0ffee00',
    subject: 'Move laptops to Neo',
    author: 'Jane Doe',
    ageMs: 12 * 60_000,
  },
  state: { devices: 42, complete: true, observedFrom: NOW - 38_000, observedTo: NOW - 4_000 },
  desiredState: desired(),
  wanted: new Map([['acme-laptops', 25]]),
  now: NOW,
}

const large = {
  ...context,
  state: { devices: 55_000, complete: true },
  desiredState: desired({ configurations: [configuration('acme-laptops'), configuration('neo-laptops')] }),
  wanted: new Map([['neo-laptops', 3_200]]),
}

describe('a plan as text', () => {
  test('a small fleet is told by device, alike ones counted, what is held last', () => {
    expectGolden('plan-small.txt', planText(movePlan(), context))
  })

  test('--all lists every device', () => {
    const output = planText(movePlan(), { ...context, all: true })
    for (let n = 1; n <= 25; n += 1) expect(output).toContain(`LAP-${String(n).padStart(4, '0')}`)
    expect(output).not.toContain('more like')
  })

  test('a large fleet is told by configuration, action and reason, never by device', () => {
    const output = planText(largePlan(), large)
    expectGolden('plan-large.txt', output)
    expect(output.split('\n').length).toBeLessThan(40)
  })

  test('an empty plan is one sentence that scripts find', () => {
    const state = { devices: 55_000, complete: true }
    expect(planText(plan([], 55_000), { state, now: NOW })).toBe(
      'No changes. 55,000 devices are as 1f3c9aa says.\n',
    )
  })

  test('a plan from which steps were left out does not claim that all is well', () => {
    const state = { devices: 2, complete: false }
    const braked = {
      ...plan([], 2),
      findings: [{ code: 'inventory-incomplete', severity: 'warning', message: 'left out' } as const],
    }
    expect(planText(braked, { state, now: NOW })).toMatch(/^No changes\. Steps that may be due were left out/)
  })

  test('an incomplete inventory is said in the header', () => {
    const output = planText(movePlan(), { ...context, state: { devices: 42, complete: false } })
    expect(output).toContain('INVENTORY INCOMPLETE')
  })

  test('what is uninstalled is said before the totals, since excluding is not leaving alone', () => {
    const output = planText(movePlan(), context)
    expect(output.indexOf('uninstalled, not left alone')).toBeGreaterThan(0)
    expect(output.indexOf('uninstalled, not left alone')).toBeLessThan(output.indexOf('Plan:'))
  })

  test('nothing is wider than 100 columns, whatever devices and reasons are called', () => {
    const because =
      'the eSIM of the former server smdp.acme.example is still on the chip and blocks the download of the new one'
    const steps = [
      step('reset', 'reset-then-redeploy', { because }),
      step('install', 'reset-then-redeploy', { because }),
    ]
    const hostile = Array.from({ length: 40 }, (_, index) =>
      planned(`d-${index}`, 'reset-then-redeploy', steps, {
        name: 'x'.repeat(10_000),
        user: `\u202e${'u'.repeat(300)}`,
      }),
    )
    for (const output of [
      planText(plan(hostile, 42), context),
      planText(movePlan(), context),
      planText(largePlan(), large),
    ]) {
      expect(widestLine(output)).toBeLessThanOrEqual(100)
    }
  })

  test('names cannot speak to the terminal', () => {
    const name = '\u001b[2J\u202eevil\nPlan: 0 to install'
    const steps = [step('install', 'install', { configuration: name, because: name })]
    const output = planText(plan([planned('d-1', 'install', steps, { name, user: name })], 1), context)
    expect(output).not.toContain('\u001b')
    expect(output).not.toContain('\u202e')
    expect(output.split('\n').filter((line) => line.startsWith('Plan:'))).toHaveLength(1)
  })

  test('colour adds nothing but colour', () => {
    const painted = planText(movePlan(), context, colourPaint)
    expect(painted).toContain('\u001b[')
    // oxlint-disable-next-line no-control-regex
    expect(painted.replace(/\u001b\[\d+m/g, '')).toBe(planText(movePlan(), context))
  })

  test('no text for people says reset or wipe alone', () => {
    for (const output of [planText(movePlan(), context), planText(largePlan(), large)]) {
      expect(output.replaceAll('eSIM reset', '')).not.toMatch(/\b(reset|wipe)s?\b/i)
    }
  })
})
