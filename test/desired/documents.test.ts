import { describe, expect, test } from 'vitest'
import { toldOf, told } from './tree.ts'

type Case = readonly [input: string, findings: readonly string[]]

const HEADERS: readonly Case[] = [
  ['', []],
  ['# only a comment\n', []],
  ['---\n---\n# c\n', []],
  [
    'a: 1\n',
    [
      'h.yaml:1:1+1 E missing-key: this document has no apiVersion | expected: apiVersion: simplane/v1 | why: a file skipped in silence could make a configuration vanish | instead: a file that is none of simplane is named in source.ignore',
    ],
  ],
  [
    '- 1\n',
    [
      'h.yaml:1:1+3 E wrong-type: a document must be a mapping of keys, not a list | expected: apiVersion, kind, metadata, spec',
    ],
  ],
  [
    'x\n',
    [
      'h.yaml:1:1+1 E wrong-type: a document must be a mapping of keys, not a single value | expected: apiVersion, kind, metadata, spec',
    ],
  ],
  [
    'apiversion: simplane/v1\nkind: Policy\n',
    [
      'h.yaml:1:1+10 E unknown-key: unknown key "apiversion" | ? did you mean "apiVersion"? | expected: apiVersion: simplane/v1 | why: a file skipped in silence could make a configuration vanish | instead: a file that is none of simplane is named in source.ignore',
    ],
  ],
  [
    'apiVersion: simplane/v2\nkind: Policy\n',
    [
      'h.yaml:1:13+11 E bad-value: unknown apiVersion "simplane/v2" | ? did you mean "simplane/v1"? | expected: apiVersion: simplane/v1 | why: a file skipped in silence could make a configuration vanish | instead: a file that is none of simplane is named in source.ignore',
    ],
  ],
  [
    'apiVersion: v1\nkind: Service\n',
    [
      'h.yaml:1:13+2 E bad-value: unknown apiVersion "v1" | expected: apiVersion: simplane/v1 | why: a file skipped in silence could make a configuration vanish | instead: a file that is none of simplane is named in source.ignore',
    ],
  ],
  [
    'apiVersion:\nkind: Policy\n',
    [
      'h.yaml:1:1+10 E missing-key: this document has no apiVersion | expected: apiVersion: simplane/v1 | why: a file skipped in silence could make a configuration vanish | instead: a file that is none of simplane is named in source.ignore',
    ],
  ],
  [
    'apiVersion: simplane/v1\n',
    [
      'h.yaml:1:1+10 E missing-key: missing key "kind" | expected: EsimConfiguration, DeviceGroup, Retirement, Policy',
    ],
  ],
  [
    'apiVersion: simplane/v1\nKind: Policy\n',
    [
      'h.yaml:2:1+4 E unknown-key: unknown key "Kind" | ? did you mean "kind"? | expected: EsimConfiguration, DeviceGroup, Retirement, Policy',
    ],
  ],
  [
    'apiVersion: simplane/v1\nkind: DeviceGrp\n',
    [
      'h.yaml:2:7+9 E bad-value: unknown kind "DeviceGrp" | ? did you mean "DeviceGroup"? | expected: EsimConfiguration, DeviceGroup, Retirement, Policy',
    ],
  ],
  [
    'apiVersion: simplane/v1\nkind: Settings\n',
    [
      'h.yaml:2:7+8 E bad-value: unknown kind "Settings" | expected: EsimConfiguration, DeviceGroup, Retirement, Policy',
    ],
  ],
  [
    'apiVersion: simplane/v1\nkind: Policy\n',
    [
      'h.yaml:1:1+10 E missing-key: missing key "metadata" | expected: apiVersion (required), kind (required), metadata (required), spec',
    ],
  ],
  [
    'apiVersion: simplane/v1\nkind: Policy\nmetadata:\n',
    ['h.yaml:3:1+8 E missing-key: missing key "name" | expected: name (required), description, labels'],
  ],
  [
    'apiVersion: simplane/v1\nkind: Policy\nmetadata: {}\n',
    ['h.yaml:3:1+8 E missing-key: missing key "name" | expected: name (required), description, labels'],
  ],
  [
    'apiVersion: simplane/v1\nkind: Policy\nmetadata: { name: }\n',
    ['h.yaml:3:13+4 E missing-key: name has no value'],
  ],
  [
    'apiVersion: simplane/v1\nkind: Policy\nmetadata: { name: Acme Laptops }\n',
    [
      'h.yaml:3:19+12 E bad-value: "Acme Laptops" cannot be a name | expected: lower-case letters, digits and hyphens, at most 63, a letter or digit at both ends | write: name: acme-laptops',
    ],
  ],
  [
    'apiVersion: simplane/v1\nkind: Policy\nmetadata: { name: ÄÖ }\n',
    [
      'h.yaml:3:19+2 E bad-value: "ÄÖ" cannot be a name | expected: lower-case letters, digits and hyphens, at most 63, a letter or digit at both ends',
    ],
  ],
  [
    'apiVersion: simplane/v1\nkind: Policy\nmetadata: { name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa }\n',
    [
      'h.yaml:3:19+64 E bad-value: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" cannot be a name | expected: lower-case letters, digits and hyphens, at most 63, a letter or digit at both ends | write: name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    ],
  ],
  [
    'apiVersion: simplane/v1\nkind: Policy\nmetadata: { name: a, labels: { a: 1, b: [c] } }\n',
    ['h.yaml:3:41+3 E wrong-type: b must be a text, not a list'],
  ],
  [
    'apiVersion: simplane/v1\nkind: Policy\nmetadata: { name: a }\nstatus: {}\n',
    [
      'h.yaml:4:1+6 E unknown-key: unknown key "status" | expected: apiVersion (required), kind (required), metadata (required), spec',
    ],
  ],
  [
    '\ufeffapiVersion: simplane/v1\r\nkind: Policy\r\nmetadata: { name: A }\r\n',
    [
      'h.yaml:3:19+1 E bad-value: "A" cannot be a name | expected: lower-case letters, digits and hyphens, at most 63, a letter or digit at both ends | write: name: a',
    ],
  ],
]

describe('the head of a document', () => {
  test.each(HEADERS)('%j is told exactly', (input, findings) => {
    expect(told({ 'h.yaml': input })).toEqual(findings)
  })
})

const YAML: readonly Case[] = [
  [
    'priority: 1\npriority: 2',
    ['c.yaml:7:3+8 E duplicate-key: duplicate key "priority" | ? the first is in line 6'],
  ],
  ['1: 2', ['c.yaml:6:3+1 E unsupported-yaml: a key must be a text | ? put it in quotes']],
  ['? [a]\n: b', ['c.yaml:6:5+3 E unsupported-yaml: a key must be a text | ? put it in quotes']],
  ['<<: { a: b }', ['c.yaml:6:3+2 E unsupported-yaml: merge keys are not supported | ? write the keys out']],
  [
    '__proto__: { enabled: false }',
    ['c.yaml:6:3+9 E bad-value: the key "__proto__" is reserved | ? use another key'],
  ],
  [
    'distribution: &x { to: all }',
    [
      'c.yaml:6:17+2 E unsupported-yaml: YAML anchors are not supported | ? write the value out where it is used',
    ],
  ],
  [
    'distribution: *x',
    ['c.yaml:6:17+2 E unsupported-yaml: YAML aliases are not supported | ? write the value out'],
  ],
  [
    'mode: !!str enforce',
    [
      'c.yaml:6:9+5 E unsupported-yaml: YAML tags are not supported | ? take the tag out: texts are taken as written',
    ],
  ],
  [
    'mode: "enf\\u202eorce"',
    [
      'c.yaml:6:9+15 E bad-value: the text holds U+202E, a character nobody sees | ? take it out, or type the text anew',
    ],
  ],
  [
    '"mo\\u200bde": enforce',
    [
      'c.yaml:6:3+12 E bad-value: the text holds U+200B, a character nobody sees | ? take it out, or type the text anew',
    ],
  ],
  [
    'priority: [1',
    [
      'c.yaml:7:1+1 E yaml-syntax: not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  ],
  ['mode: "x', ['c.yaml:7:1+1 E yaml-syntax: not valid YAML: missing closing "quote']],
]

describe('YAML that is not supported', () => {
  test.each(YAML)('%j is told exactly', (input, findings) => {
    expect(toldOf(input)).toEqual(findings)
  })
})

const YAML_FILES: readonly Case[] = [
  [
    '%YAML 1.1\n---\na: 1\n',
    [
      'y.yaml:1:1+9 E unsupported-yaml: YAML directives are not supported: they change what the text below means | ? take this line out',
    ],
  ],
  [
    'a:\n\t- b\n',
    [
      'y.yaml:2:1+1 E yaml-syntax: not valid YAML: tabs are not allowed as indentation | ? indent with spaces',
    ],
  ],
  [
    'a: [1\n',
    [
      'y.yaml:2:1+1 E yaml-syntax: not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  ],
  ['a: "x\n', ['y.yaml:2:1+1 E yaml-syntax: not valid YAML: missing closing "quote']],
  [
    'a: b: c\n',
    ['y.yaml:1:4+1 E yaml-syntax: not valid YAML: nested mappings are not allowed in compact mappings'],
  ],
  [']\n', ['y.yaml:1:1+1 E yaml-syntax: not valid YAML: unexpected "]"']],
]

describe('YAML that is none', () => {
  test.each(YAML_FILES)('%j is told exactly', (input, findings) => {
    expect(told({ 'y.yaml': input })).toEqual(findings)
  })
})

const JSON_FILES: readonly Case[] = [
  ['', ['j.json:1:1+1 E yaml-syntax: not valid JSON: the text ends where a value is expected']],
  ['{', ['j.json:1:2+1 E yaml-syntax: not valid JSON: a key in double quotes is expected here']],
  [
    '[]',
    [
      'j.json:1:1+2 E wrong-type: a document must be a mapping of keys, not a list | expected: apiVersion, kind, metadata, spec',
    ],
  ],
  ['{"a":1,}', ['j.json:1:8+1 E yaml-syntax: not valid JSON: a key in double quotes is expected here']],
  [
    '{"a":1} {"b":2}',
    ['j.json:1:9+1 E yaml-syntax: not valid JSON: a JSON file holds one document; this is more'],
  ],
  ['{"a":01}', ['j.json:1:6+1 E yaml-syntax: not valid JSON: a value is expected here']],
  ['// c\n{}', ['j.json:1:1+1 E yaml-syntax: not valid JSON: a value is expected here']],
  ["{'a':1}", ['j.json:1:2+1 E yaml-syntax: not valid JSON: a key in double quotes is expected here']],
  [
    '{"a":"\u0001"}',
    [
      'j.json:1:6+1 E yaml-syntax: not valid JSON: this string is not valid: an escape, a control character or the closing quote is wrong',
    ],
  ],
  ['NaN', ['j.json:1:1+1 E yaml-syntax: not valid JSON: a value is expected here']],
  [
    '{"apiVersion":"simplane/v1","kind":"Policy","metadata":{"name":"a","name":"b"}}',
    ['j.json:1:68+6 E duplicate-key: duplicate key "name" | ? the first is in line 1'],
  ],
  [
    '{"apiVersion":"simplane/v1","kind":"Policy","metadata":{"name":"a"},"__proto__":{}}',
    ['j.json:1:69+11 E bad-value: the key "__proto__" is reserved | ? use another key'],
  ],
  [
    '{"apiVersion":"simplane/v1","kind":"DeviceGroup","metadata":{"name":"a","description":null},"spec":{"devices":[12,null,1e5]}}',
    [
      'j.json:1:73+13 E missing-key: description has no value',
      'j.json:1:115+4 E missing-key: devices[1] has no value',
    ],
  ],
  [
    '{"apiVersion":"simplane/v1","kind":"Policy",\n\t"metadata":{"name":"\\ud800"}}',
    [
      'j.json:2:21+8 E bad-value: the text holds U+D800, a character nobody sees | ? take it out, or type the text anew',
    ],
  ],
]

describe('JSON is strict, with the same rules', () => {
  test.each(JSON_FILES)('%j is told exactly', (input, findings) => {
    expect(told({ 'j.json': input })).toEqual(findings)
  })
})
