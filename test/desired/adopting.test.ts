import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  adoptDrift,
  type Adopting,
  type AdoptingQuestion,
  type DriftedDevice,
} from '../../src/desired/adopting.ts'
import { withExcepted, withSpec } from '../../src/desired/adopting-edits.ts'
import { recordKey, type RecordKey } from '../../src/domain/device.ts'
import type { EsimSpec } from '../../src/domain/esim.ts'
import { file, parse } from './tree.ts'

const NEO: EsimSpec = {
  platform: 'windows',
  serverName: 'smdp.neo.example',
  isDiscoveryServer: false,
  autoEnable: true,
}
const URL2: EsimSpec = { platform: 'ios', carrierUrl: 'https://smdp2.acme.example/' }

const FOOT = `  distribution:
    to: custom
    groups: [paris]`
const LAPTOPS = `# top
apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: laptops }
spec:
  windows:
    serverName:   "smdp.acme.example" # why
${FOOT}
`
const PARIS = `apiVersion: simplane/v1
kind: DeviceGroup
metadata: { name: paris }
spec: { devices: [A, B] }
`

function keys(...names: readonly string[]): ReadonlySet<RecordKey> {
  return new Set(names.map((name) => recordKey('m', name)))
}

function drifted(name: string, has: DriftedDevice['has'], configuration = 'laptops'): DriftedDevice {
  return { device: recordKey('m', name), reference: `serial:${name}`, configuration, has }
}

function ask(
  files: Readonly<Record<string, string>>,
  devices: readonly DriftedDevice[],
  more: Partial<AdoptingQuestion> = {},
): Adopting {
  const { desired, findings } = parse(files)
  if (desired === undefined) throw new Error(JSON.stringify(findings))
  return adoptDrift({
    files: Object.entries(files).map(([path, text]) => file(path, text)),
    ignore: [],
    desired,
    drifted: devices,
    wanting: new Map([['laptops', keys('A', 'B')]]),
    members: { windows: new Map([['paris', keys('A', 'B')]]), ios: new Map() },
    named: false,
    ...more,
  })
}

const FILES = { 'c/laptops.yaml': LAPTOPS, 'g.yaml': PARIS }

function whyNot(adopting: Adopting): string {
  expect([adopting.changes, adopting.files.size]).toEqual([[], 0])
  return adopting.notAdopted.map(({ why }) => why).join('; ')
}

describe('what is written', () => {
  test('is the one scalar, in its quotes, where all who want it have the same', () => {
    const { files } = ask(FILES, [drifted('A', NEO), drifted('B', NEO)])
    expect(Object.fromEntries(files)).toEqual({
      'c/laptops.yaml': { before: LAPTOPS, after: LAPTOPS.replace('smdp.acme', 'smdp.neo') },
    })
  })

  test('counts those that are excepted out of all, in one file', () => {
    const { files, changes } = ask(FILES, [drifted('A', NEO), drifted('B', 'nothing')])
    expect(changes.map(({ kind }) => kind)).toEqual(['except', 'spec'])
    expect(files.get('c/laptops.yaml')?.after).toBe(
      `${LAPTOPS.replace('smdp.acme', 'smdp.neo')}    except: { devices: [serial:B] }\n`,
    )
  })

  test('is a configuration with a free name beside it, which wins by one and keeps what becomes of eSIMs', () => {
    const more = LAPTOPS.replace('# top\n', '# yaml-language-server: $schema=../x.json\n')
    const files = {
      ...FILES,
      'c/laptops.yaml': `${more}  priority: 7\n  onRemove: erase-all-esims\n  mode: observe\n`,
      'c/laptops-paris.json': '{}',
    }
    const taken = JSON.stringify({
      apiVersion: 'simplane/v1',
      kind: 'EsimConfiguration',
      metadata: { name: 'laptops-paris-2' },
      spec: { windows: { serverName: 'x.example' } },
    })
    const wanting = new Map([['laptops', keys('A', 'B', 'C')]])
    const { files: made } = ask(
      { ...files, 'c/laptops-paris.json': taken },
      [drifted('A', { ...NEO, autoEnable: false }), drifted('B', { ...NEO, autoEnable: false })],
      { wanting },
    )
    expect(Object.fromEntries(made)).toEqual({
      'c/laptops-paris-3.yaml': {
        after: `# yaml-language-server: $schema=../x.json
apiVersion: simplane/v1
kind: EsimConfiguration
metadata:
  name: laptops-paris-3
  description: "Adopted from the fleet: what group paris had instead of laptops"
spec:
  windows:
    serverName: smdp.neo.example
    autoEnable: false
  distribution:
    to: custom
    groups:
      - paris
  priority: 6
  onRemove: erase-all-esims
  mode: observe
`,
      },
    })
  })

  test('names devices only where they were named', () => {
    const wanting = new Map([['laptops', keys('A', 'B', 'C')]])
    const one = [drifted('A', NEO)]
    expect(whyNot(ask(FILES, one, { wanting }))).toBe(
      '1 of 3 that want laptops have smdp.neo.example, and no group holds exactly these',
    )
    const { changes, files } = ask(FILES, one, { wanting, named: true })
    expect(changes).toMatchObject([{ kind: 'document', names: true }])
    expect(files.get('c/laptops-adopted.yaml')?.after).toContain('      - serial:A\n')
  })
})

describe('nothing is guessed', () => {
  const wanting = new Map([['laptops', keys('A', 'B', 'C')]])
  const both = [drifted('A', NEO), drifted('B', NEO)]

  test.each([
    [
      'which of two groups',
      {
        members: {
          windows: new Map([
            ['a', keys('A', 'B')],
            ['b', keys('A', 'B')],
          ]),
          ios: new Map(),
        },
      },
      both,
      'several groups hold exactly these: a, b',
    ],
    [
      'a part of a group',
      { members: { windows: new Map([['paris', keys('A', 'B', 'C')]]), ios: new Map() } },
      both,
      'no group holds exactly these',
    ],
    [
      'several specs of named devices',
      { named: true },
      [drifted('A', NEO), drifted('B', { ...NEO, autoEnable: false })],
      'have 2 different specs',
    ],
  ])('%s', (_what, more, devices, why) => {
    expect(whyNot(ask(FILES, devices, { wanting, ...more }))).toContain(why)
  })

  test('what nothing can win over', () => {
    const files = { ...FILES, 'c/laptops.yaml': `${LAPTOPS}  priority: 0\n` }
    expect(whyNot(ask(files, both, { wanting }))).toContain('priority 0')
  })

  test('a file that would not be read', () => {
    expect(whyNot(ask(FILES, both, { wanting, ignore: ['c/laptops-*'] }))).toContain(
      'would not say what is meant',
    )
  })

  test.each([
    [
      'a value over several lines',
      LAPTOPS.replace('"smdp.acme.example" # why', '"smdp.acme.\\\n      example"'),
    ],
    ['a block scalar', LAPTOPS.replace('"smdp.acme.example" # why', '|-\n      smdp.acme.example')],
  ])('%s', (_what, text) => {
    expect(whyNot(ask({ ...FILES, 'c/laptops.yaml': text }, both))).toContain('is not written so that')
  })
})

describe('exceptions', () => {
  const two = ['serial:A', 'id:m/7'] as const
  const of = (text: string, references: readonly string[] = two, path = 'x.yaml'): string | undefined =>
    withExcepted({ path, text }, 'laptops', references)
  const devices = (text: string | undefined, path = 'x.yaml'): readonly string[] =>
    parse({
      [path]: text ?? '',
      'g.yaml': PARIS,
    }).desired?.configurations[0]?.distribution.except.devices.map((each) => each.text) ?? []

  test.each([
    ['none yet, at the end of the text', LAPTOPS.trimEnd()],
    ['none yet, lines end in CRLF', LAPTOPS.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${LAPTOPS}`],
    ['groups only', `${LAPTOPS}    except: { groups: [paris] } # x\n`],
    ['groups only, in lines', `${LAPTOPS}    except:\n      groups:\n        - paris # x\n`],
    ['a list in brackets', `${LAPTOPS}    except: { devices: [Z, "Y"] } # x\n`],
    [
      'a list in brackets over lines',
      `${LAPTOPS}    except:\n      devices: [\n        Z, # z\n        Y\n      ]\n`,
    ],
    ['an empty list', `${LAPTOPS}    except: { devices: [] }\n`],
    [
      'a list in lines',
      `${LAPTOPS}    except:\n      devices:\n      - Z\n      -  Y # y\n\n  priority: 3\n`,
    ],
    [
      'a distribution in braces',
      LAPTOPS.replace(FOOT, '  distribution: { to: custom, groups: [paris] } # x'),
    ],
    ['a key behind that ends nobody knows where', `${LAPTOPS}    devices: [\n      A ]\n`],
  ])('are added where there are %s', (_what, text) => {
    const before = devices(text)
    const after = of(text)
    expect(devices(after)).toEqual([...before, 'A', 'm/7'])
    expectOnlyAdded(text, after ?? '')
  })

  test('beyond a few go in lines of their own', () => {
    const many = ['A', 'B', 'C', 'D', 'E', 'F'].map((each) => `serial:${each}`)
    expect(of(LAPTOPS, many)?.slice(LAPTOPS.length)).toBe(
      `    except:\n      devices:\n${many.map((each) => `        - ${each}\n`).join('')}`,
    )
  })

  test('are written in JSON as JSON', () => {
    const json = (indent: number): string =>
      JSON.stringify(
        {
          apiVersion: 'simplane/v1',
          kind: 'EsimConfiguration',
          metadata: { name: 'laptops' },
          spec: { windows: { serverName: 'a.example' }, distribution: { to: 'custom', groups: ['paris'] } },
        },
        null,
        indent,
      )
    for (const indent of [0, 2]) {
      const after = of(json(indent), two, 'x.json')
      expect(devices(after, 'x.json')).toEqual(['A', 'm/7'])
      expect(devices(of(after ?? '', ['serial:B'], 'x.json'), 'x.json')).toEqual(['A', 'm/7', 'B'])
      expect(
        withSpec({ path: 'x.json', text: after ?? '' }, 'laptops', { ...NEO, autoEnable: false }),
      ).toContain('"smdp.neo.example"')
    }
  })

  test.each([
    ['nothing behind its key', `${LAPTOPS}    except:\n`],
    ['nothing behind devices', `${LAPTOPS}    except:\n      devices:\n`],
  ])('are left to a person where there is %s', (_what, text) => {
    expect(of(text)).toBeUndefined()
  })
})

/** What was there is still there, in its order, with nothing taken out. */
function expectOnlyAdded(before: string, after: string): void {
  let at = 0
  for (const character of after) if (character === before[at]) at += 1
  expect(at).toBe(before.length)
}

const words = fc.string({
  maxLength: 12,
  unit: fc.constantFrom('a', 'B', ' ', '7', '"', "'", ':', '#', 'é', '[', '}'),
})
const comment = words.map((text) => `# ${text}`.trimEnd())
const quote = fc.constantFrom('', '"', "'")
const gap = fc.constantFrom(' ', '   ', '\t ')

test('one value becomes another, and every other byte of the text stays', () => {
  const made = fc.record({
    lead: fc.array(comment, { maxLength: 3 }),
    inner: fc.array(comment, { maxLength: 2 }),
    behind: fc.option(comment, { nil: undefined }),
    quote,
    space: gap,
    eol: fc.constantFrom('\n', '\r\n'),
    bom: fc.boolean(),
    flow: fc.boolean(),
    other: fc.constantFrom('before', 'after', 'none'),
    ios: fc.boolean(),
    end: fc.constantFrom('', '\n', '\n\n# end\n'),
  })
  fc.assert(
    fc.property(made, (given) => {
      const { lead, inner, behind, quote: q, space, eol, bom, flow, other, ios, end } = given
      const key = ios ? 'carrierUrl' : 'serverName'
      const [old, now] = ios
        ? ['https://smdp.acme.example', 'https://smdp2.acme.example']
        : ['smdp.acme.example', 'smdp.neo.example']
      const tail = behind === undefined ? '' : ` ${behind}`
      const another = parsable('another', 'x')
      const document = (value: string): string =>
        [
          ...lead,
          'apiVersion: simplane/v1',
          'kind: EsimConfiguration',
          'metadata: { name: laptops }',
          'spec:',
          ...inner.map((each) => `  ${each}`),
          ...(flow
            ? [`  ${ios ? 'ios' : 'windows'}: { ${key}:${space}${q}${value}${q} }${tail}`]
            : [
                `  ${ios ? 'ios' : 'windows'}:`,
                ...inner.map((each) => `    ${each}`),
                `    ${key}:${space}${q}${value}${q}${tail}`,
              ]),
          '  priority: 0012',
        ].join('\n')
      const whole = (value: string): string =>
        (bom ? '\ufeff' : '') +
        `${other === 'before' ? `${another}\n---\n` : ''}${document(value)}${other === 'after' ? `\n---\n${another}` : ''}${end}`.replaceAll(
          '\n',
          eol,
        )
      const spec: EsimSpec = ios ? URL2 : NEO
      expect(withSpec({ path: 'x.yaml', text: whole(old) }, 'laptops', spec)).toBe(whole(now))
    }),
    { numRuns: 2_000 },
  )
})

function parsable(name: string, host: string): string {
  return `apiVersion: simplane/v1\nkind: EsimConfiguration\nmetadata: { name: ${name} }\nspec:\n  windows: { serverName: ${host}.example }`
}

test('a flag that is written changes where it is, one that is not is added, and what is usual is not written', () => {
  const off = { ...NEO, serverName: 'smdp.acme.example', autoEnable: false }
  const text = (lines: string): string => LAPTOPS.replace(' # why\n', ` # why\n${lines}`)
  const change = (before: string, spec: EsimSpec): string | undefined =>
    withSpec({ path: 'x.yaml', text: before }, 'laptops', spec)
  expect(change(LAPTOPS, off)).toBe(text('    autoEnable: false\n'))
  expect(change(text('    autoEnable:  true # on\n'), off)).toBe(text('    autoEnable:  false # on\n'))
  expect(change(text('    autoEnable: false\n'), { ...off, autoEnable: true })).toBe(
    text('    autoEnable: true\n'),
  )
  expect(change(LAPTOPS, { ...off, isDiscoveryServer: true })).toBe(
    text('    isDiscoveryServer: true\n    autoEnable: false\n'),
  )
  expect(change(LAPTOPS, { ...off, autoEnable: true })).toBe(LAPTOPS)
  const flow = LAPTOPS.replace(
    'windows:\n    serverName:   "smdp.acme.example"',
    'windows: { serverName: smdp.acme.example }',
  )
  expect(change(flow, { ...NEO, autoEnable: false })).toBe(
    flow.replace('smdp.acme.example }', 'smdp.neo.example, autoEnable: false }'),
  )
})
