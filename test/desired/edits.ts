import * as fc from 'fast-check'
import { configuration, document } from './tree.ts'

/** A tree with every kind of document and a list, without a finding. */
export const VALID: Readonly<Record<string, string>> = {
  'a.yaml': `${configuration('distribution:\n  to: custom\n  groups: [paris]\n  devicesFrom: [{ file: l.csv, column: Serial }]\n  except: { devices: [X] }\npriority: 3\nredownload: [{ on: 2026-11-28, to: all }]')}---\n${document('DeviceGroup', 'paris', 'selector:\n  matchLabels: { site: paris }\n  matchExpressions: [{ key: a, operator: In, values: [b] }]')}`,
  'b.json':
    '{"apiVersion":"simplane/v1","kind":"Retirement","metadata":{"name":"q4"},"spec":{"devices":["A"],"groups":["paris"]}}',
  'p.yaml': document(
    'Policy',
    'p',
    'budgets: { reset: { perDay: 5, share: 1% } }\nconnectivity: [{ groups: [paris], other: no }]\nfreshness: { destructive: 8h }',
  ),
  'l.csv': 'Serial,Name\nA1,"x"\nA2,y\n',
}

const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  '- ',
  '? ',
  ',',
  '"',
  "'",
  '&a ',
  '*a',
  '!!str ',
  '|\n',
  '>\n',
  '#',
  '\n',
  '\n  ',
  '\t',
  '---\n',
  '...\n',
  '%YAML 1.1\n',
  '<<: ',
  'null',
  '~',
  'yes',
  '-0',
  '1e999',
  '.nan',
  '0x',
  'to: all',
  'selector: {}',
  '__proto__: ',
  '\u202e',
  '\ud800',
  '\0',
  '\ufeff',
  'groups:',
  'devices: [~]',
  ';',
  '8.9E+31',
]

type Edit = { readonly path: string; readonly at: number; readonly cut: number; readonly put: string[] }

const edit: fc.Arbitrary<Edit> = fc.record({
  path: fc.constantFrom(...Object.keys(VALID)),
  at: fc.nat(400),
  cut: fc.nat(12),
  put: fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 4, unit: 'binary' })), {
    maxLength: 3,
  }),
})

/** The valid tree with up to three edits: sometimes still valid, mostly wrong in one way or another. */
export const editedTree: fc.Arbitrary<Readonly<Record<string, string>>> = fc
  .array(edit, { minLength: 1, maxLength: 3 })
  .map((edits) => {
    const files = { ...VALID }
    for (const { path, at, cut, put } of edits) {
      const text = files[path] ?? ''
      files[path] = text.slice(0, at) + put.join('') + text.slice(at + cut)
    }
    return files
  })
