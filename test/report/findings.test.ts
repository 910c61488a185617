import { describe, expect, test } from 'vitest'
import type { Finding } from '../../src/domain/finding.ts'
import { recordKey } from '../../src/domain/device.ts'
import { findingsJson } from '../../src/report/findings-json.ts'
import { findingsMarkdown } from '../../src/report/findings-markdown.ts'
import { findingText, findingsText, validText } from '../../src/report/findings-text.ts'
import { githubAnnotations } from '../../src/report/github-annotations.ts'
import { at } from './builders.ts'
import { expectGolden, widestLine } from './golden.ts'

const FILES: Readonly<Record<string, string>> = {
  'configurations/acme-laptops.yaml': [
    'apiVersion: simplane/v1',
    'kind: EsimConfiguration',
    'metadata: { name: acme-laptops }',
    'spec:',
    '  enabled: true',
    '  platform: windows',
    '  windows:',
    '    serverUrl: https://smdp.acme.example',
    '    autoEnable: true',
    '  distribution:',
    '    to: custom',
    '    # the field',
    '    groups: [field-laptop]',
  ].join('\n'),
  'configurations/neo-laptops.yaml': `${'\n'.repeat(6)}  windows:\n    serverName: https://smdp.neo.example:443/\n`,
  'lists/2026-q4.csv': 'Serial number;EID\r\na\r\nb\r\n8.9049E+31\r\n',
}

const FINDINGS: readonly Finding[] = [
  {
    code: 'invalid-document',
    severity: 'error',
    reason: 'unknown-key',
    message: 'unknown key "serverUrl"',
    place: at('configurations/acme-laptops.yaml', 8, 5),
    length: 9,
    hint: 'did you mean "serverName"?',
    notes: [{ label: 'expected', text: 'serverName (required), isDiscoveryServer, autoEnable' }],
  },
  {
    code: 'invalid-document',
    severity: 'error',
    reason: 'bad-value',
    message: 'serverName must be a bare host name, not a URL',
    rule: 'S4',
    place: at('configurations/neo-laptops.yaml', 8, 17),
    length: 29,
    notes: [
      { label: 'write', text: 'serverName: smdp.neo.example' },
      { label: 'why', text: 'Windows takes the URL, contacts nobody, and the console stays green' },
    ],
  },
  {
    code: 'unknown-group',
    severity: 'error',
    message: 'no DeviceGroup is named "field-laptop"',
    place: at('configurations/acme-laptops.yaml', 13, 14),
    length: 12,
    hint: 'did you mean "field-laptops" (groups/field-laptops.yaml:3)?',
  },
  {
    code: 'invalid-document',
    severity: 'error',
    reason: 'bad-value',
    message: '"8.9049E+31" is not an EID: Excel has rounded it',
    place: at('lists/2026-q4.csv', 4, 1),
    length: 10,
    hint: 'an EID has 32 digits',
    notes: [{ label: 'instead', text: 'export the column as text, or use the column "Serial number"' }],
  },
]

const context = { textOf: (file: string): string | undefined => FILES[file], prefix: 'desired-state/' }

function residual(n: number): Finding {
  return {
    code: 'residual-esim',
    severity: 'warning',
    message: 'the eSIM of old-plan stays on the device',
    device: recordKey('simulator', `d-${n}`),
    configuration: 'old-plan',
    rule: 'S18',
    hint: 'end the line at the carrier',
  }
}

describe('findings as text', () => {
  test('each stands with its place, its source line, a caret and what to do', () => {
    expectGolden('findings.txt', findingsText(FINDINGS, { ...context, files: 9 }))
  })

  test('the compact form leaves out the parent and the notes', () => {
    expectGolden('finding-compact.txt', `${findingText(FINDINGS[0]!, { ...context, compact: true })}\n`)
  })

  test('a good repository is one line', () => {
    expect(validText(9, 8)).toBe('9 files, 8 documents: valid.\n')
  })

  test('those of devices are rolled up by code and configuration with at most ten devices', () => {
    const output = findingsText(
      Array.from({ length: 61 }, (_, n) => residual(n)),
      { outcome: '' },
    )
    expectGolden('findings-devices.txt', output)
  })

  test('a file that is not at hand shows no source and still says what to do', () => {
    const output = findingText(FINDINGS[0]!, { prefix: 'desired-state/' })
    expect(output).toContain('--> desired-state/configurations/acme-laptops.yaml:8:5')
    expect(output).toContain('did you mean "serverName"?')
    expect(output).not.toContain('^')
  })

  test('a place beyond the end of its file shows no source', () => {
    expect(findingText({ ...FINDINGS[0]!, place: at('lists/2026-q4.csv', 400) }, context)).not.toContain('^')
  })

  test('the caret stands under what is meant after tabs, wide and combining characters', () => {
    const line = '\t日本e\u0301: wrong'
    const finding = { ...FINDINGS[2]!, place: at('a.yaml', 1, line.indexOf('wrong') + 1), length: 5 }
    const lines = findingText(finding, { textOf: () => line }).split('\n')
    expect(lines[3]).toBe(' 1 |   日本e\u0301: wrong')
    // Two columns for the tab, four for the wide pair, one for the accented letter, two for the colon and the space.
    expect(lines[4]?.startsWith(`   | ${' '.repeat(9)}^^^^^ did you mean`)).toBe(true)
  })

  test('a line of a megabyte is cut around its caret', () => {
    const line = `${'x'.repeat(500_000)}WRONG${'y'.repeat(500_000)}`
    const output = findingText(
      { ...FINDINGS[0]!, place: at('a.yaml', 1, 500_001), length: 5 },
      { textOf: () => line },
    )
    expect(output).toContain('xxxWRONGyyy')
    expect(output).toContain('^^^^^')
    expect(widestLine(output)).toBeLessThanOrEqual(100)
  })

  test('nothing in a document can speak to the terminal or forge a line', () => {
    const evil = '\u001b]0;owned\u0007\u202e\nerror[forged]: \u2066'
    const finding: Finding = {
      code: 'invalid-document',
      severity: 'error',
      message: evil,
      hint: evil,
      rule: evil,
      place: at(`a${evil}.yaml`, 1),
      notes: [{ label: evil, text: evil }],
    }
    const output = findingText(finding, { textOf: () => `key: ${evil}` })
    for (const character of ['\u001b', '\u0007', '\u202e', '\u2066']) expect(output).not.toContain(character)
    expect(output.split('\n').filter((line) => line.startsWith('error['))).toHaveLength(1)
  })
})

describe('findings as data', () => {
  test('JSON has every key, null for what is absent', () => {
    expectGolden(
      'findings.json',
      `${JSON.stringify(findingsJson([...FINDINGS, residual(7)]), undefined, 2)}\n`,
    )
  })

  test('GitHub annotations name file, line and column', () => {
    expectGolden('annotations.txt', githubAnnotations([...FINDINGS, residual(7)], 'desired-state/'))
  })

  test('no text can end an annotation and begin another command', () => {
    const message = '50%\n::set-env name=X::y\r\n'
    const output = githubAnnotations([{ ...FINDINGS[0]!, message, place: at('a,b:c\n::x.yaml', 1) }])
    expect(output.trimEnd().split('\n')).toHaveLength(1)
    expect(output).toContain('50%25')
    expect(output).toContain('file=a%2Cb%3Ac')
  })
})

describe('findings as Markdown', () => {
  test('the verdict comes first, then where and what', () => {
    expectGolden('findings.md', findingsMarkdown([...FINDINGS, residual(1), residual(2)]))
  })

  test('what names a device stays in the house unless it is asked for', () => {
    const finding: Finding = {
      code: 'unknown-device',
      severity: 'warning',
      message: '"5CG1234XYZ" fits no device',
      place: at('a.yaml', 3),
    }
    const list: Finding = { ...FINDINGS[3]!, message: '"89049032000000000000000000000012" stands twice' }
    const output = findingsMarkdown([finding, list, { ...residual(1), message: 'LAP-0042 keeps it' }])
    expect(output).not.toMatch(/5CG1234XYZ|LAP-0042|8904903200/)
    expect(findingsMarkdown([finding], { identities: true })).toContain('5CG1234XYZ')
  })
})
