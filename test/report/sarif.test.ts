import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { FINDING_CODES } from '../../src/domain/finding.ts'
import type { Finding } from '../../src/domain/finding.ts'
import { recordKey } from '../../src/domain/device.ts'
import { codeQuality } from '../../src/report/code-quality.ts'
import { sarif } from '../../src/report/sarif.ts'
import { at } from './builders.ts'
import { expectGolden } from './golden.ts'

const options = { version: '0.1.0', prefix: 'desired-state/' }

const FINDINGS: readonly Finding[] = [
  {
    code: 'selects-nobody',
    severity: 'warning',
    message: 'mdmGroups "SG-Laptop-BE" selects nobody',
    place: at('groups/belgium.yaml', 6, 18),
  },
  {
    code: 'invalid-document',
    severity: 'error',
    message: 'unknown key "serverUrl"',
    place: at('configurations/acme laptops ü.yaml', 8, 5),
    length: 9,
    hint: 'did you mean "serverName"?',
    notes: [{ label: 'expected', text: 'serverName, autoEnable' }],
  },
  { code: 'residual-esim', severity: 'warning', message: 'stays', device: recordKey('intune', '7') },
]

// SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), sections 3.13 to 3.30 and 3.49 to 3.52, as far as we write it, and
// what GitHub asks for beyond it (docs.github.com, "SARIF support for code scanning").
const text = { type: 'string', minLength: 1 }
const whole = { type: 'integer', minimum: 1 }

function strict(properties: Readonly<Record<string, unknown>>) {
  return { type: 'object', additionalProperties: false, required: Object.keys(properties), properties }
}

const message = strict({ text })
const SCHEMA = strict({
  $schema: { type: 'string', pattern: '^https://.*sarif-schema-2\\.1\\.0\\.json$' },
  version: { const: '2.1.0' },
  runs: {
    type: 'array',
    minItems: 1,
    items: strict({
      tool: strict({
        driver: strict({
          name: text,
          version: text,
          rules: {
            type: 'array',
            uniqueItems: true,
            items: strict({
              id: text,
              shortDescription: strict({ text: { ...text, maxLength: 1_024 } }),
              fullDescription: strict({ text: { ...text, maxLength: 1_024 } }),
              help: message,
              properties: strict({ tags: { type: 'array', maxItems: 10, items: text } }),
            }),
          },
        }),
      }),
      columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
      results: {
        type: 'array',
        maxItems: 25_000,
        items: strict({
          ruleId: text,
          ruleIndex: { type: 'integer', minimum: 0 },
          level: { enum: ['none', 'note', 'warning', 'error'] },
          message,
          locations: {
            type: 'array',
            minItems: 1,
            maxItems: 1,
            items: strict({
              physicalLocation: strict({
                // RFC 3986: a relative reference.
                artifactLocation: strict({
                  uri: { type: 'string', pattern: "^(?!/)(?:[A-Za-z0-9._~!'()*/-]|%[0-9A-F]{2})+$" },
                }),
                region: strict({ startLine: whole, startColumn: whole, endLine: whole, endColumn: whole }),
              }),
            }),
          },
          partialFingerprints: strict({
            primaryLocationLineHash: { type: 'string', pattern: '^\\w+:\\d+$' },
          }),
        }),
      },
    }),
  },
})

const valid = new Ajv2020({ strict: false, allErrors: true }).compile(SCHEMA)

function checked(findings: readonly Finding[]): ReturnType<typeof sarif> {
  const made = sarif(findings, options)
  valid(JSON.parse(JSON.stringify(made)))
  expect(valid.errors).toBeNull()
  return made
}

describe('SARIF', () => {
  test('is what the standard and GitHub ask for', () => {
    expectGolden('pull-request/findings.sarif', `${JSON.stringify(checked(FINDINGS), null, 2)}\n`)
    expect(checked([]).runs[0]?.results).toEqual([])
    const all = FINDING_CODES.map((code): Finding => ({ ...FINDINGS[0]!, code }))
    expect(checked(all).runs[0]?.tool.driver.rules).toHaveLength(FINDING_CODES.length)
  })

  test('the schema refuses what is not', () => {
    const wrong = { ...sarif(FINDINGS, options), version: '2.0.0' }
    expect(valid(JSON.parse(JSON.stringify(wrong)))).toBe(false)
  })

  test('each result points to the page of its code', () => {
    const [run] = checked(FINDINGS).runs
    for (const result of run?.results ?? [])
      expect(run?.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId)
  })

  test('the worst 5,000 are kept', () => {
    const many = Array.from({ length: 6_000 }, (_, n): Finding => ({
      code: 'selects-nobody',
      severity: n === 5_999 ? 'error' : 'info',
      message: `${n}`,
      place: at('a.yaml', n + 1),
    }))
    const results = checked(many).runs[0]?.results
    expect(results).toHaveLength(5_000)
    expect(results?.[0]).toMatchObject({ level: 'error', message: { text: '5999' } })
  })

  test('a message holds no link, no placeholder and nothing unseen, and a file name is only a path', () => {
    const evil = '[click](https://evil.example) {0} \u202e\n\ud800'
    const file = 'javascript:alert(1)/../%2e%2e\n\ud800?x#y'
    const made = checked([{ code: 'invalid-document', severity: 'error', message: evil, place: at(file, 1) }])
    const said = JSON.stringify(made.runs[0]?.results)
    expect(said).not.toMatch(/\]\(|[^{]\{0\}[^}]|\u202e|javascript:|[?#]/)
  })
})

describe('GitLab code quality', () => {
  test('has what GitLab reads, and nothing else', () => {
    expectGolden(
      'pull-request/code-quality.json',
      `${JSON.stringify(codeQuality(FINDINGS, 'desired-state/'), null, 2)}\n`,
    )
  })
})

describe('fingerprints', () => {
  const one: Finding = { code: 'unknown-group', severity: 'error', message: 'no "a"', place: at('a.yaml', 3) }
  const prints = (findings: readonly Finding[]): readonly string[] => [
    ...codeQuality(findings, 'x/').map(({ fingerprint }) => fingerprint),
    ...(sarif(findings, options).runs[0]?.results ?? []).map(
      ({ partialFingerprints }) => partialFingerprints.primaryLocationLineHash,
    ),
  ]

  test('stay the same when lines move', () => {
    expect(prints([{ ...one, place: at('a.yaml', 99, 7) }])).toEqual(prints([one]))
  })

  test.each<[string, Finding]>([
    ['file', { ...one, place: at('b.yaml', 3) }],
    ['message', { ...one, message: 'no "b"' }],
    ['code', { ...one, code: 'unknown-device' }],
    ['place of the same', { ...one, place: at('a.yaml', 4) }],
  ])('differ for another %s', (_, other) => {
    expect(new Set(prints([one, other])).size).toBe(4)
  })
})
