import { describe, expect, test } from 'vitest'
import { FINDING_CODES } from '../../src/domain/finding.ts'
import { explainPage, pageNames, pageText } from '../../src/report/pages/explain-page.ts'
import { RULE_PAGES } from '../../src/report/pages/rules.ts'
import { expectGolden, widestLine } from './golden.ts'

const RULES = Array.from({ length: 36 }, (_, index) => `S${index + 1}`)

describe('pages', () => {
  test.each([...FINDING_CODES, ...RULES])('%s has a page that says what, why and what to do', (name) => {
    const page = explainPage(name)
    for (const text of [page?.title, page?.means, page?.why, page?.todo])
      expect(text?.length ?? 0).toBeGreaterThan(5)
  })

  test.each([
    'distribution.to',
    'spec.distribution.to',
    'onRemove',
    'redownload',
    'priority',
    'mode',
    'serverName',
    'budgets',
    'connectivity',
    'finish',
  ])('the field %s has a page', (name) => {
    expect(explainPage(name)).toBeDefined()
  })

  test('what is nothing of ours has none', () => {
    for (const name of ['S37', 'S0', '', 'constructor', '__proto__', 'LAP-0023'])
      expect(explainPage(name)).toBeUndefined()
  })

  test('a rule is found in lower case, and a page cites only rules that exist', () => {
    expect(explainPage('s4')).toBe(RULE_PAGES['S4'])
    for (const name of pageNames()) {
      const rule = explainPage(name)?.rule
      if (rule !== undefined) expect(RULES).toContain(rule)
    }
  })

  test.each(pageNames())('the page of %s never says reset or wipe alone and fits a terminal', (name) => {
    const text = pageText(explainPage(name)!)
    // The Policy has a key called so.
    const prose = text.replaceAll(/eSIM\s+resets?/g, '').replace('budgets: for reset,', '')
    expect(prose).not.toMatch(/\b(reset|wipe)s?\b/i)
    expect(widestLine(text)).toBeLessThanOrEqual(100)
  })

  test('a page reads well', () => {
    expectGolden('page.txt', pageText(explainPage('would-strand')!))
  })
})
