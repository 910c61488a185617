import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCarrierUrl, readServerName } from '../../src/desired/addresses.ts'
import { checkSchema } from '../../src/desired/schema-check.ts'
import { DEFAULT_LIMITS } from '../../src/desired/limits.ts'
import { readJson } from '../../src/desired/json-document.ts'
import type { Parsed } from '../../src/desired/assemble.ts'
import { checkFile } from '../../src/desired/documents.ts'
import { editedTree, VALID } from './edits.ts'
import { file, parse } from './tree.ts'

/** What holds of every answer, whatever was read. */
function holds(files: Readonly<Record<string, string | Uint8Array>>, { desired, findings }: Parsed): void {
  expect(desired !== undefined).toBe(findings.every(({ severity }) => severity !== 'error'))
  const known = new Set(Object.keys(files))
  for (const { place, message, length } of findings) {
    expect(known.has(place?.file ?? '')).toBe(true)
    expect(Math.min(place?.line ?? 0, place?.column ?? 0, length ?? 1)).toBeGreaterThanOrEqual(1)
    expect(message).not.toBe('')
  }
  // What is stored is JSON: nothing in it may get lost on the way.
  if (desired !== undefined) expect(JSON.parse(JSON.stringify(desired))).toEqual(desired)
}

test('the valid tree of these tests is valid', () => {
  expect(parse(VALID).findings).toEqual([])
})

test('any bytes give a desired state or an error, and nothing is thrown', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('x.yaml', 'x.json', 'l.csv'),
      fc.uint8Array({ maxLength: 200 }),
      (path, bytes) => {
        const files = { ...VALID, [path]: bytes }
        holds(files, parse(files))
      },
    ),
    { numRuns: 400 },
  )
})

test('any edit of a valid tree gives a desired state or an error, and nothing is thrown', () => {
  fc.assert(
    fc.property(editedTree, (files) => holds(files, parse(files))),
    { numRuns: 1_500 },
  )
})

test('any JSON value at any key gives a desired state or an error, and nothing is thrown', () => {
  const keys = [
    'enabled',
    'platform',
    'windows',
    'ios',
    'distribution',
    'priority',
    'onRemove',
    'redownload',
    'mode',
    'selector',
    'devices',
    'devicesFrom',
    'groups',
    'except',
    'finish',
    'budgets',
    'connectivity',
    'proof',
    'retries',
    '__proto__',
    'x',
  ]
  const spec = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 3 }))
  const kind = fc.constantFrom('EsimConfiguration', 'DeviceGroup', 'Retirement', 'Policy')
  fc.assert(
    fc.property(kind, spec, fc.jsonValue({ maxDepth: 2 }), (name, body, metadata) => {
      const files = {
        'x.json': JSON.stringify({ apiVersion: 'simplane/v1', kind: name, metadata, spec: body }),
      }
      holds(files, parse(files))
    }),
    { numRuns: 500 },
  )
})

test('what the schema objects to is always explained: nobody is told only that it is not valid', () => {
  const address = fc.oneof(
    fc.domain(),
    fc.webUrl(),
    fc.string({ maxLength: 20, unit: 'grapheme-ascii' }),
    fc.constantFrom('a.b.', '1.2.3.4', 'x'),
  )
  fc.assert(
    fc.property(address, fc.constantFrom('windows', 'ios'), (text, platform) => {
      const key = platform === 'windows' ? 'serverName' : 'carrierUrl'
      const files = {
        'x.json': JSON.stringify({
          apiVersion: 'simplane/v1',
          kind: 'EsimConfiguration',
          metadata: { name: 'a' },
          spec: { [platform]: { [key]: text } },
        }),
      }
      const { findings } = parse(files)
      expect(findings.filter(({ message }) => message.endsWith('is not valid here'))).toEqual([])
      const rule = platform === 'windows' ? readServerName(text) : readCarrierUrl(text)
      expect('address' in rule).toBe(findings.length === 0)
      if ('write' in rule) {
        const better =
          platform === 'windows' ? readServerName(rule.write ?? '') : readCarrierUrl(rule.write ?? '')
        expect('address' in better).toBe(true)
      }
    }),
    { numRuns: 1_000 },
  )
})

test('the published schema takes every document that the rules take', () => {
  fc.assert(
    fc.property(fc.domain(), fc.webUrl(), (host, url) => {
      for (const block of [{ windows: { serverName: host } }, { ios: { carrierUrl: url } }]) {
        const content = JSON.stringify({
          apiVersion: 'simplane/v1',
          kind: 'EsimConfiguration',
          metadata: { name: 'a' },
          spec: block,
        })
        const [only] = checkFile(file('x.json', content), DEFAULT_LIMITS).documents
        const isTaken = parse({ 'x.json': content }).desired !== undefined
        if (isTaken) expect(checkSchema(only!.root, only!.kind)).toEqual({ findings: [], deferred: [] })
      }
    }),
  )
})

test('JSON is taken exactly when it is JSON', () => {
  const almost = fc
    .tuple(
      fc.json(),
      fc.nat(40),
      fc.nat(2),
      fc.constantFrom('', ',', '"', '}', '0', '.', '\\', ' ', '\n', 'e', '-', '\ufeff', '\u00a0'),
    )
    .map(([text, at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut))
  fc.assert(
    fc.property(fc.oneof(fc.json({ maxDepth: 5 }), almost), (text) => {
      let isJson = true
      try {
        JSON.parse(text)
      } catch {
        isJson = false
      }
      expect(readJson('x.json', text, DEFAULT_LIMITS, () => {}).whole).toBe(isJson)
    }),
    { numRuns: 2_000 },
  )
})
