import { describe, expect, test } from 'vitest'
import { configuration, document, parse, told, toldOf } from './tree.ts'

const HEAD = 'apiVersion: simplane/v1\nkind: DeviceGroup\nmetadata: { name: a }\n'

function errors(content: string | Uint8Array, path = 'x.yaml'): string[] {
  return told({ [path]: content })
}

function described(text: string): string[] {
  const metadata = `{ name: a, description: "${text}" }`
  return errors(`apiVersion: simplane/v1\nkind: DeviceGroup\nmetadata: ${metadata}\nspec: { devices: [A] }\n`)
}

describe('a file that is too much is a finding, at once', () => {
  test('50 MB of one document', () => {
    expect(errors(new Uint8Array(50 * 1024 * 1024).fill(0x61))).toEqual([
      'x.yaml:1:1+1 E too-large: the file has 52428800 bytes; the most is 1048576 | ? split it into several files',
    ])
  })

  test('a list over its own, larger limit', () => {
    const files = {
      'r.yaml': document('Retirement', 'q4', 'devicesFrom: [l.txt]'),
      'l.txt': 'A\n'.repeat(600),
    }
    expect(told(files)).toEqual([])
    expect(told(files, { limits: { listBytes: 1_000 } })).toEqual([
      'l.txt:1:1+1 E too-large: the file has 1200 bytes; the most is 1000 | ? split it into several files',
    ])
  })

  test('a list of too many lines, and one of too many errors', () => {
    const r = document('Retirement', 'q4', 'devicesFrom: [l.txt]')
    expect(told({ 'r.yaml': r, 'l.txt': 'A\n'.repeat(11) }, { limits: { listLines: 10 } })).toEqual([
      'l.txt:1:1+1 E too-large: the list has 12 lines; the most is 10 | ? split it into several files',
    ])
    const { findings } = parse({ 'r.yaml': r, 'l.txt': `A\n${'x,y\n'.repeat(20_000)}` })
    expect(findings).toHaveLength(101)
    expect(findings[100]!.message).toBe('and 9900 more findings in this file')
  })

  test.each([
    ['brackets', '['.repeat(100_000)],
    ['braces', '{a: '.repeat(100_000)],
    ['items on one line', '- '.repeat(100_000)],
    ['complex keys', '? '.repeat(100_000)],
    ['indentation', Array.from({ length: 400 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')],
    ['brackets in a document', `${HEAD}spec: { devices: ${'['.repeat(40)}${']'.repeat(40)} }\n`],
  ])('nesting by %s', (_, content) => {
    expect(errors(content)).toEqual([
      expect.stringContaining(' E too-large: lists and mappings nest more than 32 deep'),
    ])
  })

  test('nesting in JSON', () => {
    expect(errors('['.repeat(100_000), 'x.json')).toEqual([
      'x.json:1:33+1 E too-large: lists and mappings nest more than 32 deep',
    ])
    expect(errors('{"a":'.repeat(100_000), 'x.json')).toHaveLength(1)
  })

  test('as deep as is allowed is read', () => {
    const deep = `${'['.repeat(32)}${']'.repeat(32)}`
    expect(errors(deep, 'x.json')[0]).toContain('wrong-type')
    expect(errors(deep)[0]).toContain('wrong-type')
  })

  test('brackets in texts and comments nest nothing', () => {
    const text = '['.repeat(1_000)
    expect(errors(`${HEAD}# ${text}\nspec: { devices: ["${text.slice(0, 50)}"] }\n`)).toEqual([])
  })

  test('documents of a file, and of a tree', () => {
    const three = [1, 2, 3].map((n) => document('DeviceGroup', `g${n}`, 'devices: [A]')).join('---\n')
    expect(told({ 'x.yaml': three }, { limits: { documentsPerFile: 2 } })).toEqual([
      'x.yaml:12:1+1 E too-large: the file has more than 2 documents | ? split it into several files',
    ])
    expect(
      told({ 'x.yaml': three, 'y.yaml': three.replaceAll(' g', ' h') }, { limits: { documents: 5 } }),
    ).toEqual(['y.yaml:1:1+1 E too-large: there are more than 5 documents; what follows was not read'])
    expect(errors('---\n'.repeat(200_000))[0]).toContain('more than 1000 documents')
  })

  test('findings: the first hundred, and how many more', () => {
    const keys = Array.from({ length: 250 }, (_, n) => `k${n}: 1`).join(', ')
    const found = parse({ 'x.yaml': `${HEAD}spec: { ${keys}, devices: [A] }\n` }).findings
    expect(found).toHaveLength(101)
    expect(found[100]).toMatchObject({ severity: 'error', message: 'and 150 more findings in this file' })
  })

  test.each([
    [
      'aliases of aliases',
      `a: &a [x,x]\n${'bcdefghij'.replaceAll(/./g, (c) => `${c}: &${c} [*${String.fromCharCode(c.charCodeAt(0) - 1)},*${String.fromCharCode(c.charCodeAt(0) - 1)}]\n`)}`,
      'anchors',
    ],
    ['one alias of itself', 'a: &a [*a]\n', 'anchors'],
    ['an alias alone', 'a: *a\n', 'aliases'],
    ['a tag', 'a: !!binary aGk=\n', 'tags'],
    ['a local tag on a key', '!x a: b\n', 'tags'],
  ])('%s is refused before it is resolved', (_, content, what) => {
    expect(errors(content)).toEqual([
      expect.stringContaining(` E unsupported-yaml: YAML ${what} are not supported`),
    ])
  })

  test.each([
    ['equal keys, of which each is told', 'a:\n'.repeat(340_000)],
    ['equal keys', 'a:\n'.repeat(100_000)],
    ['different keys', Array.from({ length: 60_000 }, (_, n) => `k${n}: 1\n`).join('')],
    ['quotes', '"'.repeat(100_000)],
    ['closing brackets', ']'.repeat(100_000)],
    ['anchors', '&a '.repeat(100_000)],
    ['directives', '%A\n'.repeat(100_000)],
    ['one long key', `? ${'a'.repeat(500_000)}\n`],
    ['one long line', 'a'.repeat(1_000_000)],
    ['carriage returns', '\r'.repeat(1_000_000)],
  ])('a file of %s ends in findings', (_, content) => {
    const { desired, findings } = parse({ 'x.yaml': content })
    expect(desired).toBeUndefined()
    expect(findings.length).toBeLessThanOrEqual(101)
  })
})

describe('bytes that are no text', () => {
  test.each([
    ['NUL', new Uint8Array([97, 58, 0, 49, 50]), 'the file is binary, not UTF-8 text'],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 97, 0]), 'the file is UTF-16, not UTF-8 text'],
    ['Latin-1', new Uint8Array([97, 58, 32, 0xe9, 10]), 'the file is not UTF-8 text: this byte is not valid'],
    [
      'a cut character',
      new Uint8Array([97, 58, 32, 0xe2, 0x82]),
      'the file is not UTF-8 text: this byte is not valid',
    ],
  ])('%s', (_, bytes, message) => {
    expect(parse({ 'x.yaml': bytes }).findings.map((finding) => finding.message)).toEqual([message])
  })
})

describe('names that are traps', () => {
  test('keys of the object prototype are unknown keys, and pollute nothing', () => {
    const json = `{"apiVersion":"simplane/v1","kind":"DeviceGroup","metadata":{"name":"a"},"spec":{"devices":["A"],"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"hasOwnProperty":1}}`
    expect(errors(json, 'x.json').map((line) => line.split(' | ')[0])).toEqual([
      'x.json:1:98+11 E bad-value: the key "__proto__" is reserved',
      'x.json:1:125+13 E unknown-key: unknown key "constructor"',
      'x.json:1:168+16 E unknown-key: unknown key "hasOwnProperty"',
    ])
    expect('polluted' in {}).toBe(false)
  })

  test('groups called like methods are looked up as names', () => {
    const wants = configuration('distribution: { to: custom, groups: [constructor, __proto__] }')
    expect(told({ 'c.yaml': wants }).map((line) => line.split(' | ')[0])).toEqual([
      'c.yaml:6:40+11 E unknown-group: no DeviceGroup is named "constructor"',
      'c.yaml:6:53+9 E unknown-group: no DeviceGroup is named "__proto__"',
    ])
    expect(told({ 'c.yaml': configuration('', 'constructor') })).toEqual([])
  })

  test('hidden characters are named wherever a text is, a description may have lines and emoji', () => {
    expect(
      toldOf('distribution: { to: custom, groups: ["pa\\u202Eris"] }').map((line) => line.split(' | ')[0]),
    ).toContain('c.yaml:6:40+13 E bad-value: the text holds U+202E, a character nobody sees')
    expect(described('two\\nlines\\tand 👩\u200d🔧')).toEqual([])
    expect(described('\\u2066evil')).toHaveLength(1)
    expect(described('\\x1b[2J')).toHaveLength(1)
  })
})

describe('which files are documents', () => {
  const group = document('DeviceGroup', 'a', 'devices: [A]')

  test('YAML and JSON anywhere, whatever the case of their names', () => {
    for (const path of ['a.yaml', 'x/y/z.yml', 'A.YAML', 'b.Yml'])
      expect(parse({ [path]: group }).desired!.groups).toHaveLength(1)
    expect(
      parse({ 'a.json': '{"apiVersion":"simplane/v1","kind":"Policy","metadata":{"name":"a"}}' }).documents,
    ).toBe(1)
  })

  test('lists, texts, dot-files and dot-folders never', () => {
    const others = {
      'a.csv': group,
      'a.txt': group,
      'README.md': '# x',
      '.a.yaml': 'x: [',
      '.github/w.yaml': 'x: [',
      'a/.b/c.yaml': 'x: [',
      Makefile: 'x',
      'a.yaml~': 'x: [',
    }
    expect(parse(others)).toMatchObject({ findings: [], documents: 0, files: 0 })
  })

  test('what is ignored by a glob is not read; what is not, must be a document', () => {
    const files = { 'a.yaml': group, 'charts/values.yaml': 'x: 1\n', 'charts/.hidden/x.yaml': 'y: [' }
    expect(told(files)).toHaveLength(1)
    expect(parse(files, { ignore: ['charts/**'] })).toMatchObject({ findings: [], documents: 1, files: 1 })
    expect(parse(files, { ignore: ['', '**/values.yaml'] }).findings).toEqual([])
  })
})
