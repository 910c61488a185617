import { describe, expect, test } from 'vitest'
import { document, told, toldOf } from './tree.ts'

const PARIS = { 'g.yaml': document('DeviceGroup', 'paris', 'devices: [A1]') }

type Case = readonly [input: string, findings: readonly string[]]

const DISTRIBUTIONS: readonly Case[] = [
  [
    'distribution:',
    [
      'c.yaml:6:3+12 W selects-nobody S9: configuration "acme" selects nobody: what is installed of it is uninstalled | ? name groups, devices or lists',
    ],
  ],
  [
    'distribution: {}',
    [
      'c.yaml:6:3+12 W selects-nobody S9: configuration "acme" selects nobody: what is installed of it is uninstalled | ? name groups, devices or lists',
    ],
  ],
  [
    'distribution: all',
    [
      'c.yaml:6:17+3 E wrong-type: distribution must be a mapping of keys, not "all" | expected: to, groups, devices, devicesFrom, except',
    ],
  ],
  ['distribution: { to: }', ['c.yaml:6:19+2 E missing-key: to has no value | expected: custom, all, none']],
  [
    'distribution: { to: custm, groups: [paris] }',
    [
      'c.yaml:6:23+5 E bad-value: to cannot be "custm" | ? did you mean "custom"? | expected: custom, all, none',
    ],
  ],
  [
    'distribution: { to: custom }',
    [
      'c.yaml:6:19+2 W selects-nobody S9: configuration "acme" selects nobody: what is installed of it is uninstalled | ? name groups, devices or lists',
    ],
  ],
  [
    'distribution: { to: custom, groups: }',
    [
      'c.yaml:6:19+2 W selects-nobody S9: configuration "acme" selects nobody: what is installed of it is uninstalled | ? name groups, devices or lists',
    ],
  ],
  [
    'distribution: { to: custom, groups: [], devices: [], devicesFrom: [] }',
    [
      'c.yaml:6:19+2 W selects-nobody S9: configuration "acme" selects nobody: what is installed of it is uninstalled | ? name groups, devices or lists',
    ],
  ],
  ['distribution: { to: custom }\nenabled: false', []],
  ['distribution: { to: custom, groups: [paris], except: }', []],
  [
    'distribution: { to: all, groups: [paris] }',
    [
      'c.yaml:6:28+6 E bad-value S8: "groups" counts only with to: custom; here it is to: all | ? write to: custom, or take it out',
    ],
  ],
  [
    'distribution: { groups: [paris] }',
    [
      'c.yaml:6:19+6 W selects-nobody S9: "groups" counts only with to: custom; without "to" nobody is selected | ? write to: custom; to select nobody for now, enabled: false',
    ],
  ],
  [
    'distribution: { to: none, devices: [A1] }',
    [
      'c.yaml:6:29+7 W selects-nobody S9: "devices" counts only with to: custom; here it is to: none | ? write to: custom; to select nobody for now, enabled: false',
    ],
  ],
  [
    'distribution: { to: none, except: { devices: [A1] } }',
    [
      'c.yaml:6:29+6 W selects-nobody S9: "except" counts only with to: all and to: custom; here it is to: none | ? to select nobody for now and keep it, write enabled: false',
    ],
  ],
  [
    'distribution: { to: custom, groups: [pari] }',
    ['c.yaml:6:40+4 E unknown-group: no DeviceGroup is named "pari" | ? did you mean "paris" (g.yaml:3)?'],
  ],
  [
    'distribution: { to: all, except: { groups: [lyon-and-others] } }',
    [
      'c.yaml:6:47+15 E unknown-group: no DeviceGroup is named "lyon-and-others" | ? write a DeviceGroup of this name',
    ],
  ],
  [
    'distribution: { to: custom, groups: paris }',
    ['c.yaml:6:39+5 E wrong-type: groups must be a list, not "paris"'],
  ],
]

describe('a distribution never selects more than is written (S8, S9)', () => {
  test.each(DISTRIBUTIONS)('%j is told exactly', (input, findings) => {
    expect(toldOf(input, PARIS)).toEqual(findings)
  })
})

const REFERENCES: readonly Case[] = [
  ['0012', []],
  ['6E12345', []],
  ['NO', []],
  ['~', []],
  ['eid:89049032000000000000000000000012', []],
  [
    '""',
    [
      'c.yaml:6:41+2 E bad-value: a device needs a serial number, an EID or a record id; this is empty | ? write it, or take the entry out',
    ],
  ],
  [
    '"  "',
    [
      'c.yaml:6:41+4 E bad-value: a device needs a serial number, an EID or a record id; this is empty | ? write it, or take the entry out',
    ],
  ],
  [
    '"serial:"',
    [
      'c.yaml:6:41+9 E bad-value: a device needs a serial number, an EID or a record id; this is empty | ? write it, or take the entry out',
    ],
  ],
  [
    '8.9E+31',
    [
      'c.yaml:6:41+7 E bad-value: "8.9E+31" is not an EID: Excel has rounded it | ? an EID has 32 digits | instead: export the column as text, or use the column "Serial number"',
    ],
  ],
  [
    '8.9049E+31',
    [
      'c.yaml:6:41+10 E bad-value: "8.9049E+31" is not an EID: Excel has rounded it | ? an EID has 32 digits | instead: export the column as text, or use the column "Serial number"',
    ],
  ],
  [
    '1.23457E+11',
    [
      'c.yaml:6:41+11 E bad-value: "1.23457E+11" is not a serial number: Excel has rounded it | instead: export the column as text, or use the column "Serial number"',
    ],
  ],
  [
    '89049032000000000000000000000000',
    [
      'c.yaml:6:41+32 E bad-value: "89049032000000000000000000000000" is not an EID: Excel has rounded it | ? only its first 15 digits are left | instead: export the column as text, or use the column "Serial number"',
    ],
  ],
  [
    '"5CG\\u200b1"',
    [
      'c.yaml:6:41+12 E bad-value: the text holds U+200B, a character nobody sees | ? take it out, or type the text anew',
    ],
  ],
  [
    '"5CG\\u0007"',
    [
      'c.yaml:6:41+11 E bad-value: the text holds U+0007, a character nobody sees | ? take it out, or type the text anew',
    ],
  ],
  ['{ a: b }', ['c.yaml:6:41+8 E wrong-type: devices[0] must be a text, not a mapping of keys']],
  [
    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    [
      'c.yaml:6:41+257 E bad-value: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\u2026" (257 characters) is too long for a device: at most 256 characters',
    ],
  ],
]

describe('a device is named by a text that can be one', () => {
  test.each(REFERENCES)('%j is told exactly', (input, findings) => {
    expect(toldOf(`distribution: { to: custom, devices: [${input}] }`)).toEqual(findings)
  })
})

const REDOWNLOADS: readonly Case[] = [
  ['redownload:', []],
  ['redownload: []', []],
  [
    'redownload: [{}]',
    [
      'c.yaml:6:16+2 E missing-key: missing key "on" | expected: on (required), to (required), groups, devices, devicesFrom, except',
      'c.yaml:6:16+2 E missing-key: missing key "to" | expected: on (required), to (required), groups, devices, devicesFrom, except',
    ],
  ],
  [
    'redownload: { on: 2026-01-01 }',
    ['c.yaml:6:15+18 E wrong-type: redownload must be a list, not a mapping of keys'],
  ],
  [
    'redownload: [{ on: 2026-02-30, to: all }]',
    [
      'c.yaml:6:22+10 E bad-value: on must be a date or a time, not "2026-02-30" | expected: 2026-11-28 (00:00 UTC) or 2026-11-28T20:00:00+01:00',
    ],
  ],
  [
    'redownload: [{ on: 2026-02-20, to: none }]',
    ['c.yaml:6:38+4 E bad-value: to cannot be "none" | expected: custom, all'],
  ],
  [
    'redownload: [{ on: 2026-02-20, to: custom }]',
    [
      'c.yaml:6:16+30 W selects-nobody S16: a redownload of configuration "acme" selects nobody: nothing is downloaded again',
    ],
  ],
  [
    'redownload: [{ on: 2026-02-20, to: all, groups: [paris] }]',
    [
      'c.yaml:6:43+6 E bad-value S8: "groups" counts only with to: custom; here it is to: all | ? write to: custom, or take it out',
    ],
  ],
  ['redownload: [{ on: 2026-02-20T08:00:00+01:00, to: all, except: { groups: [paris] } }]', []],
]

describe('a redownload says when and who (S16)', () => {
  test.each(REDOWNLOADS)('%j is told exactly', (input, findings) => {
    expect(toldOf(input, PARIS)).toEqual(findings)
  })
})

const GROUPS: readonly Case[] = [
  [
    '',
    [
      'g.yaml:1:1+1 W selects-nobody: group "a" has no members: nothing is written | ? name a selector, devices or lists',
    ],
  ],
  [
    'selector:',
    [
      'g.yaml:5:3+8 W selects-nobody: the selector of group "a" is empty: it matches nobody | ? a selector without a line never means everybody',
    ],
  ],
  [
    'selector: {}',
    [
      'g.yaml:5:3+8 W selects-nobody: the selector of group "a" is empty: it matches nobody | ? a selector without a line never means everybody',
    ],
  ],
  [
    'selector: {}\ndevices: [A]',
    [
      'g.yaml:5:3+8 W selects-nobody: the selector of group "a" is empty: it matches nobody | ? a selector without a line never means everybody',
    ],
  ],
  [
    'selector: []',
    [
      'g.yaml:4:1+4 W selects-nobody: group "a" has no members: nothing is written | ? name a selector, devices or lists',
      'g.yaml:5:13+2 E wrong-type: selector must be a mapping of keys, not a list | expected: mdmGroups, matchLabels, matchExpressions',
    ],
  ],
  [
    'selector: { mdmGroups: [] }',
    [
      'g.yaml:5:15+9 W selects-nobody: mdmGroups of group "a" is empty: the selector matches nobody | ? take the line out if it is not meant to restrict',
    ],
  ],
  [
    'selector: { mdmGroups: , matchLabels: { site: paris } }',
    [
      'g.yaml:5:15+9 W selects-nobody: mdmGroups of group "a" is empty: the selector matches nobody | ? take the line out if it is not meant to restrict',
    ],
  ],
  [
    'selector: { matchLabels: {} }',
    [
      'g.yaml:5:15+11 W selects-nobody: matchLabels of group "a" is empty: the selector matches nobody | ? take the line out if it is not meant to restrict',
    ],
  ],
  ['selector: { matchLabels: { site: } }', ['g.yaml:5:30+4 E missing-key: site has no value']],
  [
    'selector: { matchLabels: { simplane/platfrom: windows } }',
    [
      'g.yaml:5:30+17 E bad-value: no device has the label "simplane/platfrom" | ? did you mean "simplane/platform"? | expected: simplane/platform, simplane/model, simplane/ownership, simplane/driver, simplane/os-version',
    ],
  ],
  [
    'selector: { matchExpressions: [] }',
    [
      'g.yaml:5:15+16 W selects-nobody: matchExpressions of group "a" is empty: the selector matches nobody | ? take the line out if it is not meant to restrict',
    ],
  ],
  [
    'selector: { matchExpressions: [{ key: a, operator: In }] }',
    ['g.yaml:5:44+8 E missing-key: In needs at least one value | ? write values: [ \u2026 ]'],
  ],
  [
    'selector: { matchExpressions: [{ key: a, operator: NotIn, values: [] }] }',
    [
      'g.yaml:5:44+8 E missing-key: NotIn needs at least one value | ? without a value it would match everybody',
    ],
  ],
  [
    'selector: { matchExpressions: [{ key: a, operator: Exists, values: [x] }] }',
    ['g.yaml:5:62+6 E bad-value: Exists takes no values | ? take them out, or write In'],
  ],
  [
    'selector: { matchExpressions: [{ key: a, operator: in, values: [x] }] }',
    [
      'g.yaml:5:54+2 E bad-value: operator cannot be "in" | ? did you mean "In"? | expected: In, NotIn, Exists, DoesNotExist',
    ],
  ],
  [
    'selector: { matchExpressions: [{ operator: Exists }] }',
    [
      'g.yaml:5:34+20 E missing-key: missing key "key" | expected: key (required), operator (required), values',
    ],
  ],
  [
    'selector: { mdmGroup: [x] }',
    [
      'g.yaml:5:15+8 E unknown-key: unknown key "mdmGroup" | ? did you mean "mdmGroups"? | expected: mdmGroups, matchLabels, matchExpressions',
    ],
  ],
  [
    'except: { groups: [x] }\ndevices: [A]',
    ['g.yaml:5:13+6 E unknown-key: unknown key "groups" | expected: devices'],
  ],
  [
    'except: { devices: [A] }',
    [
      'g.yaml:4:1+4 W selects-nobody: group "a" has no members: nothing is written | ? name a selector, devices or lists',
    ],
  ],
  ['selector: { matchLabels: { constructor: x, toString: y } }', []],
]

describe('a group without members is told, and matches nobody', () => {
  test.each(GROUPS)('%j is told exactly', (input, findings) => {
    expect(told({ 'g.yaml': document('DeviceGroup', 'a', input) })).toEqual(findings)
  })
})

const RETIREMENTS: readonly Case[] = [
  [
    '',
    [
      'r.yaml:1:1+1 W selects-nobody: retirement "q4" selects nobody: no device is retired | ? name groups, devices or lists',
    ],
  ],
  [
    'groups: []',
    [
      'r.yaml:4:1+4 W selects-nobody: retirement "q4" selects nobody: no device is retired | ? name groups, devices or lists',
    ],
  ],
  ['groups: [paris]', []],
  [
    'groups: [lyon]',
    ['r.yaml:5:12+4 E unknown-group: no DeviceGroup is named "lyon" | ? write a DeviceGroup of this name'],
  ],
  [
    'devices: [A]\nfinish: now',
    ['r.yaml:6:11+3 E bad-value: finish cannot be "now" | expected: by-hand, in-mdm'],
  ],
  [
    'devices: [A]\nenrolledBefore: tomorrow',
    [
      'r.yaml:6:19+8 E bad-value: enrolledBefore must be a date or a time, not "tomorrow" | expected: 2026-11-28 (00:00 UTC) or 2026-11-28T20:00:00+01:00',
    ],
  ],
  [
    'devices: [A]\nenrolledBefore: 2026-12-01T00:00:00',
    [
      'r.yaml:6:19+19 E bad-value: enrolledBefore must be a date or a time, not "2026-12-01T00:00:00" | expected: 2026-11-28 (00:00 UTC) or 2026-11-28T20:00:00+01:00',
    ],
  ],
  [
    'except: { devices: [A] }\ndevices: [B]',
    [
      'r.yaml:5:3+6 E unknown-key: unknown key "except" | expected: groups, devices, devicesFrom, finish, enrolledBefore',
    ],
  ],
]

describe('a retirement', () => {
  test.each(RETIREMENTS)('%j is told exactly', (input, findings) => {
    expect(told({ 'r.yaml': document('Retirement', 'q4', input), ...PARIS })).toEqual(findings)
  })
})

const POLICIES: readonly Case[] = [
  ['', []],
  ['budgets: { reset: }', []],
  [
    'budgets: { reset: unlimitd }',
    [
      'p.yaml:5:21+8 E bad-value: reset cannot be "unlimitd" | ? did you mean "unlimited"? | expected: unlimited, or { perDay, share }',
    ],
  ],
  [
    'budgets: { reset: 5 }',
    ['p.yaml:5:21+1 E bad-value: reset cannot be "5" | expected: unlimited, or { perDay, share }'],
  ],
  ['budgets: { reset: {} }', ['p.yaml:5:14+5 E missing-key: reset says nothing | expected: perDay, share']],
  [
    'budgets: { reset: [1] }',
    ['p.yaml:5:21+3 E wrong-type: reset must be a text or a mapping of keys, not a list'],
  ],
  [
    'budgets: { reset: { perDay: x } }',
    ['p.yaml:5:31+1 E wrong-type: perDay must be a whole number, not "x"'],
  ],
  ['budgets: { reset: { perDay: -1 } }', ['p.yaml:5:31+2 E bad-value: perDay must be 0 or more']],
  [
    'budgets: { reset: { share: 101% } }',
    [
      'p.yaml:5:30+4 E bad-value: share must be a share in percent, not "101%" | expected: 2% or 0.5%: from 0% to 100%, two digits after the point at most',
    ],
  ],
  [
    'budgets: { reset: { share: 0.125% } }',
    [
      'p.yaml:5:30+6 E bad-value: share must be a share in percent, not "0.125%" | expected: 2% or 0.5%: from 0% to 100%, two digits after the point at most',
    ],
  ],
  [
    'budgets: { reset: { share: 1 } }',
    [
      'p.yaml:5:30+1 E bad-value: share must be a share in percent, not "1" | expected: 2% or 0.5%: from 0% to 100%, two digits after the point at most',
    ],
  ],
  [
    'budgets: { install: unlimited }',
    [
      'p.yaml:5:14+7 E unknown-key: unknown key "install" | ? did you mean "uninstall"? | expected: reset, uninstall, retire, delete-record',
    ],
  ],
  [
    'connectivity: [{ groups: [paris], other: maybe }]',
    ['p.yaml:5:44+5 E bad-value: other cannot be "maybe" | expected: yes, no'],
  ],
  [
    'connectivity: [{ groups: [], other: yes }]',
    [
      'p.yaml:5:18+26 W selects-nobody: this line of connectivity names no group: it says nothing of any device',
    ],
  ],
  [
    'connectivity: [{ groups: [lyon], other: yes }]',
    ['p.yaml:5:29+4 E unknown-group: no DeviceGroup is named "lyon" | ? write a DeviceGroup of this name'],
  ],
  [
    'connectivity: [{ groups: [paris], other: yes }, { groups: [paris], other: no }]',
    [
      'p.yaml:5:62+5 E bad-value S23: group "paris" has both other: yes and other: no; the first is in line 5 | ? take it out of one of the two',
    ],
  ],
  [
    'connectivity: [{ other: yes }]',
    ['p.yaml:5:18+14 E missing-key: missing key "groups" | expected: groups (required), other (required)'],
  ],
  [
    'stranding: { unknown: halt }',
    ['p.yaml:5:25+4 E bad-value: unknown cannot be "halt" | expected: hold, allow'],
  ],
  [
    'unknownEsims: { erased: allow }',
    [
      'p.yaml:5:19+6 E unknown-key: unknown key "erased" | ? did you mean "erase"? | expected: redownload, erase, retirement',
    ],
  ],
  [
    'freshness: { destructive: 24 }',
    ['p.yaml:5:29+2 E bad-value: destructive must be a length of time, not "24" | expected: 30m, 8h or 3d'],
  ],
  [
    'freshness: { destructive: 0h }',
    ['p.yaml:5:29+2 E bad-value: destructive must be a length of time, not "0h" | expected: 30m, 8h or 3d'],
  ],
  [
    'freshness: { destructive: 4000d }',
    ['p.yaml:5:29+5 E bad-value: destructive must be ten years or less | expected: 30m, 8h or 3d'],
  ],
  [
    'freshness: { destructive: 1h30m }',
    [
      'p.yaml:5:29+5 E bad-value: destructive must be a length of time, not "1h30m" | expected: 30m, 8h or 3d',
    ],
  ],
  [
    'proof: { reset: acepted }',
    [
      'p.yaml:5:19+7 E bad-value: reset cannot be "acepted" | ? did you mean "accepted"? | expected: observed, attested, accepted',
    ],
  ],
  [
    'proof: { forget: observed }',
    [
      'p.yaml:5:12+6 E unknown-key: unknown key "forget" | expected: install, update, uninstall, reset, delete-record, retire',
    ],
  ],
  ['retries: { attempts: 0 }', ['p.yaml:5:24+1 E bad-value: attempts must be 1 or more']],
]

describe('a policy', () => {
  test.each(POLICIES)('%j is told exactly', (input, findings) => {
    expect(told({ 'p.yaml': document('Policy', 'default', input), ...PARIS })).toEqual(findings)
  })
})
