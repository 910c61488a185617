import { hash } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromKeptText, keptText, openKeys, PARSER_VERSION } from '../../src/desired/kept-text.ts'
import { DEFAULT_LIMITS } from '../../src/desired/limits.ts'
import { movedTo } from '../../src/desired/moved.ts'
import type { ParsedFile } from '../../src/desired/parsed-file.ts'
import { parseFile } from '../../src/desired/parsed-file.ts'
import { editedTree, VALID } from './edits.ts'
import { configuration, document, file } from './tree.ts'

const keyOf = openKeys(DEFAULT_LIMITS)

function parsed(path: string, content: string): ParsedFile {
  return parseFile(file(path, content), DEFAULT_LIMITS)
}

/** To the letter: what is stored and what is compared is the JSON. */
function same(a: ParsedFile | undefined, b: ParsedFile): void {
  expect(JSON.stringify(a)).toBe(JSON.stringify(b))
  expect(a).toEqual(b)
}

test('what is kept comes back as it was parsed, under the same path and under another one', () => {
  fc.assert(
    fc.property(editedTree, (files) => {
      for (const [path, content] of Object.entries(files)) {
        if (path === 'l.csv') continue
        const moved = `other/${path}`
        const text = keptText('key', parsed(path, content))
        same(fromKeptText('key', text, path), parsed(path, content))
        same(fromKeptText('key', text, moved), parsed(moved, content))
        same(movedTo(moved, parsed(path, content)), parsed(moved, content))
      }
    }),
    { numRuns: 200 },
  )
})

test('a kept text that is damaged in any way, or is of another key, is not taken', () => {
  const text = keptText('key', parsed('a.yaml', VALID['a.yaml']!))
  expect(fromKeptText('key', text, 'a.yaml')).toBeDefined()
  expect(fromKeptText('other', text, 'a.yaml')).toBeUndefined()
  for (const other of ['', 'null', '{}', text.slice(0, -1), text.slice(1), `${text} `, text.slice(0, 32)])
    expect(fromKeptText('key', other, 'a.yaml')).toBeUndefined()
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.nat(3), fc.string({ maxLength: 3 }), (at, cut, put) => {
      const damaged = text.slice(0, at) + put + text.slice(at + cut)
      if (damaged !== text) expect(fromKeptText('key', damaged, 'a.yaml')).toBeUndefined()
    }),
    { numRuns: 1_000 },
  )
})

test('a key tells bytes, format and limits apart, and nothing else', () => {
  const blob = 'b'.repeat(40)
  expect(keyOf({ path: 'a.yaml', blob })).toBe(keyOf({ path: 'deep/b.yml', blob }))
  const others = [
    keyOf({ path: 'a.yaml', blob: 'c'.repeat(40) }),
    keyOf({ path: 'a.json', blob }),
    openKeys({ ...DEFAULT_LIMITS, depth: 31 })({ path: 'a.yaml', blob }),
  ]
  expect(new Set([...others, keyOf({ path: 'a.yaml', blob })]).size).toBe(4)
})

const BROKEN: Readonly<Record<string, string>> = {
  'unknown.yaml': configuration('priorty: 1\nmode: enfroce'),
  'value.yaml': configuration('priority: -1\nonRemove: x\ndistribution: { to: al }'),
  'server.yaml': document('EsimConfiguration', 'A', 'windows: { serverName: "https://a.example" }'),
  'group.yaml': document('DeviceGroup', 'g', 'selector: {}\ndevices: ["8.9E+31"]'),
  'retirement.yaml': document('Retirement', 'r', 'enrolledBefore: tomorrow\ndevicesFrom: [l.txt]'),
  'policy.yaml': document('Policy', 'p', 'freshness: { destructive: 1y }\nproof: { reset: seen }'),
  'syntax.yaml': 'a: [',
  'anchor.yaml': 'a: &x 1',
  'header.yaml': 'kind: Policy\n---\napiVersion: simplane/v2\n---\n- 1\n',
  'syntax.json': '{"a":1,}',
}

test('an older version of the parser is never taken for this one', () => {
  const all = Object.entries({ ...VALID, ...BROKEN }).map(([path, content]) => parsed(path, content))
  const digest = hash('sha256', JSON.stringify(all)).slice(0, 16)
  // Fails when files come to something else than before: count PARSER_VERSION up, then write both here.
  expect([PARSER_VERSION, digest]).toEqual([1, 'cba5e4b9e2052051'])
})
