import { describe, expect, test } from 'vitest'
import { DEFAULT_POLICY } from '../../src/domain/desired.ts'
import { recordKey } from '../../src/domain/device.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { driftMarkdown, type DriftBefore } from '../../src/report/drift-markdown.ts'
import { driftSarif } from '../../src/report/drift-sarif.ts'
import { driftSummary } from '../../src/report/drift.ts'
import type { DriftHold, DriftReport, DriftRow } from '../../src/report/drift.ts'
import { at, configuration, NOW } from './builders.ts'
import { expectGolden } from './golden.ts'
import { outsideCode } from './markdown-scan.ts'

const MARKER = '<!-- simplane:drift -->'

function row(n: number, more: Partial<DriftRow> = {}): DriftRow {
  return {
    device: recordKey('simulator', `d-${n}`),
    name: `LAP-${n}`,
    serial: `5CG4${1_000 + n}`,
    configuration: 'acme-laptops',
    cause: 'removed-on-device',
    since: NOW - n * HOUR,
    repair: 'in-work',
    follows: 'repaired: install, in work',
    ...more,
  }
}

function rows(devices: number, from: number, more: Partial<DriftRow> = {}): readonly DriftRow[] {
  return Array.from({ length: devices }, (_, n) => row(from + n, more))
}

const PHONES = { configuration: 'acme-phones', cause: 'changed-outside' } as const
const REPORT: DriftReport = {
  rows: [
    ...rows(4, 1),
    ...rows(2, 47, { repair: 'gave-up', follows: 'gave up: simplane retry' }),
    ...rows(5, 3, { ...PHONES, repair: 'held', follows: 'install: held, waits for a person' }),
    ...rows(2, 1, { cause: 're-enrolled' }),
    ...rows(1, 72, { cause: 'never-applied' }),
    ...rows(3, 5, { ...PHONES, configuration: 'emea-phones', repair: 'observed', follows: 'only reported' }),
    row(9, { cause: 'disabled-on-device', repair: 'reported', follows: 'reported' }),
  ],
  devices: 55_000,
  revision: '1f3c9aa0c0ffee00c0ffee00c0ffee00c0ffee00',
  appliedAt: NOW - 3 * DAY,
  now: NOW,
}
const HOLDS: readonly DriftHold[] = [
  { id: 'h-44c0', code: 'awaiting-approval', configuration: 'acme-phones', devices: 5 },
]
const BEFORE: DriftBefore = {
  at: NOW - 15 * MINUTE,
  drifted: 15,
  causes: [
    { cause: 'removed-on-device', configuration: 'acme-laptops', devices: 4 },
    { cause: 'changed-outside', configuration: 'acme-phones', devices: 8 },
    { cause: 're-enrolled', configuration: 'acme-laptops', devices: 2 },
  ],
  yesterday: 9,
}

describe('the drift issue', () => {
  test('says how many, since when, what repairs itself and what a person decides', () => {
    const summary = driftSummary(REPORT, HOLDS)
    expectGolden('drift-issue.md', driftMarkdown(summary, { before: BEFORE, marker: MARKER }))
    const last = driftMarkdown(driftSummary({ ...REPORT, rows: [] }), { before: BEFORE })
    expectGolden('drift-issue-closed.md', last)
  })

  test('asks for nothing where all of it repairs itself', () => {
    const text = driftMarkdown(driftSummary({ ...REPORT, rows: rows(2, 1) }))
    expect(text).not.toMatch(/Yours to decide|simplane adopt|simplane approve/)
  })

  test('keeps to its budget with two hundred configurations, and is still whole Markdown that ends with its marker', () => {
    const many = Array.from({ length: 200 }, (_, n) =>
      rows(50, 1, { configuration: `configuration-${n}-${'ü'.repeat(40)}`, repair: 'observed' }),
    ).flat()
    for (const budget of [2_000, 10_000, 60_000]) {
      const text = driftMarkdown(driftSummary({ ...REPORT, rows: many }), {
        budget,
        before: BEFORE,
        marker: MARKER,
      })
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(budget)
      expect(text.trimEnd().split('\n').at(-1)).toBe(MARKER)
      expect(text).toMatch(/^### 10,000 devices drifted/)
      expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length)
      for (const line of text.split('\n')) if (line.startsWith('|')) expect(line).toMatch(/\|$/)
    }
  })
})

const PAYLOADS: readonly string[] = [
  '@everyone',
  '#1 acme/esim#1 GH-1',
  '<img src=x onerror=alert(1)>',
  '</details></details>',
  '<!-- simplane:drift -->',
  '-->',
  '`',
  '` @everyone `',
  '`` `@everyone` ``',
  '```\n@everyone\n```',
  '| @a | @b |',
  '\\| @a \\|',
  'a\\',
  '[click](https://evil.example)',
  '\n\n# heading\n@everyone',
  '\r\n<!-- simplane:drift -->\r\n',
  '\u2028@everyone\u2029',
  '\u202egnp.exe',
  '\u0000\u001b[2J\u0007\u0085',
  '\ud800',
  '`'.repeat(500),
  '|'.repeat(3_000),
]

/** The issue with this wherever a person or an MDM may put a text. */
function everyText(text: string): readonly string[] {
  const hostile = {
    device: recordKey('x', text),
    name: text,
    serial: text,
    configuration: text,
    follows: text,
  }
  const report: DriftReport = {
    ...REPORT,
    revision: text,
    rows: [
      row(1, hostile),
      row(2, { ...hostile, repair: 'held' }),
      row(3, { ...hostile, repair: 'gave-up' }),
      row(4, { ...hostile, repair: 'observed' }),
    ],
  }
  const summary = driftSummary(report, [{ id: text, code: 'would-strand', configuration: text, devices: 1 }])
  const causes = [{ cause: 'failed', configuration: text, devices: 3 }] as const
  const before = { ...BEFORE, causes }
  return [
    driftMarkdown(summary, { before, marker: MARKER, identities: true }),
    driftMarkdown(summary, { before, marker: MARKER }),
    driftMarkdown({ ...summary, drifted: 0 }, { before }),
  ]
}

describe('a name that is meant to do harm', () => {
  const harmless = everyText('EVILharmless').map(outsideCode)

  test.each(PAYLOADS.map((payload) => [JSON.stringify(payload).slice(0, 60), payload] as const))(
    '%s changes nothing outside its code spans, and leaves nothing unseen',
    (_, payload) => {
      for (const name of [`EVIL${payload}`, payload])
        for (const [index, text] of everyText(name).entries()) {
          expect(outsideCode(text)).toBe(harmless[index])
          expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        }
    },
  )
})

const OPTIONS = { version: '0.1.0', prefix: 'esim/' }

function withDesired(policy: typeof DEFAULT_POLICY): DriftReport {
  const named = (name: string, line: number) => ({ ...configuration(name), place: at(`${name}.yaml`, line) })
  const configurations = [named('acme-laptops', 1), named('acme-phones', 12)]
  return { ...REPORT, desired: { configurations, groups: [], retirements: [], policy } }
}

describe('drift as SARIF', () => {
  test('is one result for each cause and configuration, where that is written', () => {
    const policy = { ...DEFAULT_POLICY, place: at('policy.yaml', 1) }
    const made = driftSarif(withDesired(policy), OPTIONS)
    expectGolden('drift.sarif', `${JSON.stringify(made, null, 2)}\n`)
    expect(JSON.stringify(made)).not.toMatch(/LAP-|5CG4/)
    // No document of this name is in force: it stands at the Policy.
    expect(JSON.stringify(made.runs[0]?.results.find(({ message }) => /emea/.test(message.text)))).toContain(
      'esim/policy.yaml',
    )
  })

  test('has a location for each result while there is any document, and the same fingerprints when numbers move', () => {
    const before = driftSarif(withDesired(DEFAULT_POLICY), OPTIONS).runs[0]?.results ?? []
    expect(before.map(({ locations }) => locations.length)).toEqual(before.map(() => 1))
    const more = { ...withDesired(DEFAULT_POLICY), rows: [...REPORT.rows, row(100)], now: NOW + DAY }
    const after = driftSarif(more, OPTIONS).runs[0]?.results ?? []
    expect(after.map((each) => each.partialFingerprints)).toEqual(
      before.map((each) => each.partialFingerprints),
    )
    expect(new Set(before.map((each) => each.partialFingerprints.primaryLocationLineHash)).size).toBe(
      before.length,
    )
  })

  test('names devices when asked to, twenty of each, without links, placeholders or what is not seen', () => {
    const evil = '[click](https://evil.example) {0} \u202e\n\ud800'
    const report = {
      ...withDesired(DEFAULT_POLICY),
      rows: [...rows(30, 1), row(31, { name: evil, cause: 'failed' })],
    }
    const said = JSON.stringify(driftSarif(report, { ...OPTIONS, identities: true }))
    expect(said).toContain('LAP-1, LAP-10, LAP-11')
    expect(said).toContain(' and 10 more')
    expect(said).not.toMatch(/\]\(|[^{]\{0\}[^}]|\u202e/)
    expect(JSON.stringify(driftSarif(report, OPTIONS))).not.toMatch(/LAP-|evil/)
  })
})
