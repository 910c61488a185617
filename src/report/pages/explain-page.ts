import { plainPaint } from '../paint.ts'
import type { Paint } from '../paint.ts'
import { wrap } from '../width.ts'
import { CODE_PAGES } from './codes.ts'
import { FIELD_PAGES } from './fields.ts'
import type { Page } from './page.ts'
import { RULE_PAGES } from './rules.ts'

const WIDTH = 96

/** Names that have a page: finding codes, rules, fields. */
export function pageNames(): readonly string[] {
  return [...Object.keys(CODE_PAGES), ...Object.keys(RULE_PAGES), ...Object.keys(FIELD_PAGES)]
}

/** The page of a finding code, a rule (`S4`, `s4`) or a field (`onRemove`, `spec.onRemove`); `undefined`: there is none. */
export function explainPage(what: string): Page | undefined {
  const pages: Readonly<Record<string, Page>> = { ...CODE_PAGES, ...RULE_PAGES, ...FIELD_PAGES }
  const names = [what, what.toLowerCase(), what.toUpperCase(), what.replace(/^spec\./, '')]
  const name = names.find((each) => Object.hasOwn(pages, each)) ?? lastKey(what)
  return name === undefined ? undefined : pages[name]
}

/** `serverName` finds `windows.serverName`, but only when one field ends so. */
function lastKey(what: string): string | undefined {
  const found = Object.keys(FIELD_PAGES).filter((name) => name.endsWith(`.${what}`))
  return found.length === 1 ? found[0] : undefined
}

/** A page for a terminal. */
export function pageText(page: Page, paint: Paint = plainPaint): string {
  const parts = [
    ['', page.means],
    ['Why  ', page.why],
    ['Do   ', page.todo],
    ...(page.rule === undefined ? [] : [['Rule ', `${page.rule}: ${RULE_PAGES[page.rule]?.title ?? ''}`]]),
  ] as const
  const lines = parts.flatMap(([label = '', text = '']) => [
    '',
    ...wrap(text, WIDTH - label.length).map(
      (line, index) => (index === 0 ? paint.bold(label) : ' '.repeat(label.length)) + line,
    ),
  ])
  return `${[paint.bold(page.title), ...lines].join('\n')}\n`
}
