import { describe, expect, test } from 'vitest'
import { DEFAULT_POLICY } from '../../src/domain/desired.ts'
import { DAY, HOUR, parseInstant } from '../../src/domain/time.ts'
import { configuration, document, parse, told } from './tree.ts'

/** The documented example of every kind, with the group and the lists it names. */
const EXAMPLE = `apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: acme-laptops, description: Acme 5G for field laptops, labels: { carrier: acme, owner: team-mobility } }
spec:
  enabled: true                      # default true
  platform: windows
  windows:
    serverName: smdp.acme.example
    isDiscoveryServer: false
    autoEnable: true
  distribution:
    to: custom
    groups: [field-laptops]
    devices: [5CG1234XYZ]
    devicesFrom: [../lists/field.csv]
    except: { groups: [], devices: [], devicesFrom: [] }
  priority: 100
  onRemove: keep-esims
  redownload:
    - { on: 2026-11-28, to: custom, devices: [5CG1234XYZ] }
  mode: enforce
---
apiVersion: simplane/v1
kind: DeviceGroup
metadata: { name: field-laptops }
spec:
  selector:
    mdmGroups: [SG-Laptops-FR]
    matchLabels: { site: paris }
    matchExpressions: [{ key: team, operator: In, values: [field, sales] }]
  devices: []
  devicesFrom: []
  except: { devices: [] }
---
apiVersion: simplane/v1
kind: Retirement
metadata: { name: 2026-q4, description: Lease end }
spec:
  devices: [5CG1234XYZ]
  devicesFrom: [{ file: ../lists/2026-q4.csv, column: Serial number }]
  groups: []
  finish: by-hand
  enrolledBefore: 2026-12-01
---
apiVersion: simplane/v1
kind: Policy
metadata: { name: default }
spec:
  mode: enforce
  budgets:
    reset: { perDay: 5, share: 1% }
    uninstall: { perDay: 20, share: 5% }
    retire: { perDay: 5, share: 1% }
    delete-record: unlimited
  connectivity: [{ groups: [office-laptops], other: yes }]
  stranding: { unknown: hold }
  unknownEsims: { redownload: hold, erase: hold, retirement: hold }
  freshness: { destructive: 24h }
  proof: { reset: observed }
  retries: { attempts: 5, within: 24h }
`

const TREE = {
  'all/example.yaml': EXAMPLE,
  'groups/office.json': JSON.stringify({
    apiVersion: 'simplane/v1',
    kind: 'DeviceGroup',
    metadata: { name: 'office-laptops' },
    spec: { selector: { mdmGroups: ['SG-Office'] } },
  }),
  'lists/field.csv': 'Serial number,Name\n5CG0001,a\n5CG0002,b\n',
  'lists/2026-q4.csv': 'Name;Serial number\na;5CG0003\n',
}

function selectorOf(selector: string): unknown {
  return parse({ 'g.yaml': document('DeviceGroup', 'g', `selector: ${selector}`) }).desired!.groups[0]!
    .selector
}

function tie(place: string, shared: string): string[] {
  const what = `"b" and "a" (a.yaml:1) both have priority 100 and both ${shared}`
  return [`${place} E priority-tie S30: ${what} | ? give one of them a lower number: the lowest wins`]
}

describe('the documented example', () => {
  const { desired, findings, documents, files } = parse(TREE)

  test('is valid, and its files and documents are counted with the lists', () => {
    expect(findings).toEqual([])
    expect([documents, files]).toEqual([5, 4])
  })

  test('gives the configuration it describes', () => {
    const { place, places, ...acme } = desired!.configurations[0]!
    expect(acme).toEqual({
      name: 'acme-laptops',
      description: 'Acme 5G for field laptops',
      labels: { carrier: 'acme', owner: 'team-mobility' },
      enabled: true,
      spec: {
        platform: 'windows',
        serverName: 'smdp.acme.example',
        isDiscoveryServer: false,
        autoEnable: true,
      },
      distribution: {
        to: 'custom',
        select: {
          groups: ['field-laptops'],
          devices: [
            { text: '5CG1234XYZ', place: { file: 'all/example.yaml', line: 14, column: 15 } },
            { text: '5CG0001', place: { file: 'lists/field.csv', line: 2, column: 1 } },
            { text: '5CG0002', place: { file: 'lists/field.csv', line: 3, column: 1 } },
          ],
        },
        except: { groups: [], devices: [] },
      },
      priority: 100,
      onRemove: 'keep-esims',
      redownloads: [
        {
          on: parseInstant('2026-11-28'),
          to: 'custom',
          select: {
            groups: [],
            devices: [{ text: '5CG1234XYZ', place: { file: 'all/example.yaml', line: 20, column: 47 } }],
          },
          except: { groups: [], devices: [] },
          place: { file: 'all/example.yaml', line: 20, column: 7 },
        },
      ],
      mode: 'enforce',
    })
    expect(place).toEqual({ file: 'all/example.yaml', line: 1, column: 1 })
    expect(places['spec.windows.serverName']).toEqual({ file: 'all/example.yaml', line: 8, column: 5 })
    expect(places['spec.distribution.groups.0']).toEqual({ file: 'all/example.yaml', line: 13, column: 14 })
  })

  test('gives the groups it describes', () => {
    const [field, office] = desired!.groups
    expect(field!.selector).toEqual({
      mdmGroups: ['SG-Laptops-FR'],
      matchLabels: { site: 'paris' },
      matchExpressions: [{ key: 'team', operator: 'In', values: ['field', 'sales'] }],
    })
    expect(field!.devices).toEqual([])
    expect(office!.selector).toEqual({ mdmGroups: ['SG-Office'] })
    expect(office!.place).toEqual({ file: 'groups/office.json', line: 1, column: 2 })
  })

  test('gives the retirement it describes', () => {
    const { place: _, places: __, ...retirement } = desired!.retirements[0]!
    expect(retirement).toEqual({
      name: '2026-q4',
      description: 'Lease end',
      labels: {},
      select: {
        groups: [],
        devices: [
          { text: '5CG1234XYZ', place: { file: 'all/example.yaml', line: 39, column: 13 } },
          { text: '5CG0003', place: { file: 'lists/2026-q4.csv', line: 2, column: 3 } },
        ],
      },
      finish: 'by-hand',
      enrolledBefore: parseInstant('2026-12-01'),
    })
  })

  test('gives the policy it describes', () => {
    expect(desired!.policy).toEqual({
      ...DEFAULT_POLICY,
      budgets: { ...DEFAULT_POLICY.budgets, 'delete-record': 'unlimited' },
      connectivity: [
        {
          groups: ['office-laptops'],
          other: 'yes',
          place: { file: 'all/example.yaml', line: 55, column: 18 },
        },
      ],
      proof: { reset: 'observed' },
      place: { file: 'all/example.yaml', line: 45, column: 1 },
    })
  })
})

describe('what is not written has its documented default', () => {
  test('of a configuration', () => {
    const { enabled, spec, distribution, priority, onRemove, redownloads, mode, labels } = parse({
      'c.yaml': configuration(''),
    }).desired!.configurations[0]!
    const nobody = { groups: [], devices: [] }
    expect({ enabled, spec, distribution, priority, onRemove, redownloads, mode, labels }).toEqual({
      enabled: true,
      spec: {
        platform: 'windows',
        serverName: 'smdp.acme.example',
        isDiscoveryServer: false,
        autoEnable: true,
      },
      distribution: { to: 'none', select: nobody, except: nobody },
      priority: 100,
      onRemove: 'keep-esims',
      redownloads: [],
      mode: 'enforce',
      labels: {},
    })
  })

  test('of a retirement: by hand, and before it was first applied', () => {
    const retirement = parse({ 'r.yaml': document('Retirement', 'q4', 'devices: [A]') }).desired!
      .retirements[0]!
    expect(retirement.finish).toBe('by-hand')
    expect('enrolledBefore' in retirement).toBe(false)
  })

  test('of a policy, with none at all too', () => {
    expect(parse({}).desired!.policy).toEqual(DEFAULT_POLICY)
    const { place, ...policy } = parse({ 'p.yaml': document('Policy', 'p', '') }).desired!.policy
    expect(policy).toEqual(DEFAULT_POLICY)
    expect(place).toEqual({ file: 'p.yaml', line: 1, column: 1 })
  })

  test('the mode of a configuration is its own, else the policy says', () => {
    const { desired } = parse({
      'a.yaml': configuration('mode: observe', 'a'),
      'b.yaml': configuration('', 'b'),
      'p.yaml': document('Policy', 'p', 'mode: propose'),
    })
    expect(desired!.configurations.map(({ mode }) => mode)).toEqual(['observe', 'propose'])
  })
})

describe('what is written is read', () => {
  test('strings as they are written, whatever YAML would make of them', () => {
    const written = [
      '0012',
      '6E12345',
      '89049032000000000000000000000012',
      'NO',
      'null',
      '~',
      '1.0',
      '0x1F',
      '2026-11-28',
    ]
    const { desired } = parse({ 'g.yaml': document('DeviceGroup', 'g', `devices: [${written.join(', ')}]`) })
    expect(desired!.groups[0]!.devices.map(({ text }) => text)).toEqual(written)
    const labels = parse({
      'g.yaml':
        'apiVersion: simplane/v1\nkind: DeviceGroup\nmetadata: { name: 2026, labels: { a: 007, b: yes, c: null } }\nspec: { devices: [A] }\n',
    }).desired!.groups[0]!
    expect([labels.name, labels.labels]).toEqual(['2026', { a: '007', b: 'yes', c: 'null' }])
  })

  test('the prefix of a device says what it is', () => {
    const { desired } = parse({
      'g.yaml': document('DeviceGroup', 'g', 'devices: ["serial:A", "EID: 89", "id:intune/x:y", B]'),
    })
    expect(desired!.groups[0]!.devices.map(({ text, as }) => [text, as])).toEqual([
      ['A', 'serial'],
      ['89', 'eid'],
      ['intune/x:y', 'id'],
      ['B', undefined],
    ])
  })

  test('addresses in their normal form', () => {
    const { desired } = parse({
      'a.yaml': document('EsimConfiguration', 'a', 'windows: { serverName: SMDP.Acme.Example }'),
      'b.yaml': document('EsimConfiguration', 'b', 'ios: { carrierUrl: "HTTPS://Acme.Example:443" }'),
    })
    expect(desired!.configurations.map(({ spec }) => spec)).toEqual([
      { platform: 'windows', serverName: 'smdp.acme.example', isDiscoveryServer: false, autoEnable: true },
      { platform: 'ios', carrierUrl: 'https://acme.example/' },
    ])
  })

  test('budgets, shares and durations', () => {
    const spec =
      'budgets: { reset: unlimited, uninstall: { share: 0.5% }, retire: { perDay: 0 } }\nfreshness: { destructive: 30m }\nretries: { attempts: 2, within: 3d }\nstranding: { unknown: allow }\nunknownEsims: { erase: allow }'
    const { budgets, freshness, retries, stranding, unknownEsims } = parse({
      'p.yaml': document('Policy', 'p', spec),
    }).desired!.policy
    expect({ budgets, freshness, retries, stranding, unknownEsims }).toEqual({
      budgets: {
        reset: 'unlimited',
        uninstall: { share: 50 },
        retire: { perDay: 0 },
        'delete-record': { perDay: 5, share: 100 },
      },
      freshness: { destructive: HOUR / 2 },
      retries: { attempts: 2, within: 3 * DAY },
      stranding: { unknown: 'allow' },
      unknownEsims: { redownload: 'hold', erase: 'allow', retirement: 'hold' },
    })
  })

  test('an empty line of a selector stays a line: it never widens the group', () => {
    expect(selectorOf('{}')).toEqual({})
    expect(selectorOf('')).toEqual({})
    expect(selectorOf('{ mdmGroups: , matchLabels: { a: b } }')).toEqual({
      mdmGroups: [],
      matchLabels: { a: 'b' },
    })
    expect(selectorOf('{ mdmGroups: [x], matchLabels: }')).toEqual({ mdmGroups: ['x'], matchLabels: {} })
    expect(selectorOf('{ mdmGroups: [x], matchExpressions: [] }')).toEqual({
      mdmGroups: ['x'],
      matchExpressions: [],
    })
  })

  test('a label called like a method is only a label', () => {
    const { desired } = parse({
      'g.yaml': document('DeviceGroup', 'g', 'selector: { matchLabels: { constructor: x, toString: y } }'),
    })
    expect(Object.entries(desired!.groups[0]!.selector!.matchLabels!)).toEqual([
      ['constructor', 'x'],
      ['toString', 'y'],
    ])
  })
})

describe('between documents', () => {
  const group = document('DeviceGroup', 'paris', 'devices: [A1]')
  const two = (a: string, b = a) =>
    told({ 'a.yaml': configuration(a, 'a'), 'b.yaml': configuration(b, 'b'), 'g.yaml': group })
  test('a name is unique per kind, and only per kind', () => {
    const again = {
      'a.yaml': configuration('', 'paris'),
      'b.yaml': `# again\n${configuration('', 'paris')}`,
      'g.yaml': group,
    }
    expect(told(again)).toEqual([
      'b.yaml:4:13+4 E duplicate-name: another EsimConfiguration is named "paris": a.yaml:3 | ? give one of them another name',
    ])
  })

  test('there is one policy at most', () => {
    expect(told({ 'a.yaml': document('Policy', 'a', ''), 'b.yaml': document('Policy', 'b', '') })).toEqual([
      'b.yaml:2:7+6 E bad-value: there is another Policy: a.yaml:1; one is allowed | ? write all rules in one',
    ])
  })

  test('equal priorities are an error when both certainly meet', () => {
    expect(two('distribution: { to: all }')).toEqual(tie('b.yaml:6:19+2', 'go to all'))
    expect(two('distribution: { to: custom, groups: [paris] }')).toEqual(
      tie('b.yaml:6:40+5', 'go to group "paris"'),
    )
    expect(
      two(
        'distribution: { to: custom, devices: [x1] }',
        'distribution: { to: custom, devices: ["serial:X1"] }',
      ),
    ).toEqual(tie('b.yaml:6:41+2', 'name the device "X1"'))
    expect(two('distribution: { to: all }\npriority: 7')[0]).toMatch(
      /^b\.yaml:7:3\+8 E priority-tie S30: .* both have priority 7 /,
    )
  })

  test('and none when they do not, or nobody knows yet', () => {
    expect(two('distribution: { to: all }', 'distribution: { to: all }\npriority: 99')).toEqual([])
    expect(two('distribution: { to: all }', 'distribution: { to: all }\nenabled: false')).toEqual([])
    expect(two('distribution: { to: all }', 'distribution: { to: custom, groups: [paris] }')).toEqual([])
    expect(
      two(
        'distribution: { to: custom, devices: ["eid:1"] }',
        'distribution: { to: custom, devices: ["serial:1"] }',
      ),
    ).toEqual([])
    const phones = document(
      'EsimConfiguration',
      'b',
      'ios: { carrierUrl: https://a.example }\ndistribution: { to: all }',
    )
    expect(told({ 'a.yaml': configuration('distribution: { to: all }', 'a'), 'b.yaml': phones })).toEqual([])
  })

  test('a group is not called unknown while a file that may hold it cannot be read', () => {
    const wants = configuration('distribution: { to: custom, groups: [paris] }')
    expect(told({ 'c.yaml': wants, 'g.yaml': `${group}  devices: [` })).toEqual([
      expect.stringMatching(/^g\.yaml:6:13\+1 E yaml-syntax: /),
    ])
  })

  test('the order of the files changes nothing', () => {
    const entries = Object.entries(TREE)
    expect(parse(Object.fromEntries(entries.toReversed()))).toEqual(parse(Object.fromEntries(entries)))
  })
})
