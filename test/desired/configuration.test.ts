import { describe, expect, test } from 'vitest'
import { document, told, toldOf } from './tree.ts'

type Case = readonly [input: string, findings: readonly string[]]

const SERVER_NAMES: readonly Case[] = [
  ['SMDP.Acme.Example', []],
  [
    'https://smdp.neo.example:443/',
    [
      'c.yaml:6:17+29 E bad-value S4: serverName must be a bare host name, not a URL | write: serverName: smdp.neo.example | why: Windows takes the URL, contacts nobody, and the console stays green',
    ],
  ],
  [
    'smdp.neo.example:443',
    [
      'c.yaml:6:17+20 E bad-value S4: serverName must be a bare host name, without a port | write: serverName: smdp.neo.example | why: Windows takes the port, contacts nobody, and the console stays green',
    ],
  ],
  [
    'smdp.neo.example/gsma',
    [
      'c.yaml:6:17+21 E bad-value S4: serverName must be a bare host name, without a path | write: serverName: smdp.neo.example | why: Windows takes the path, contacts nobody, and the console stays green',
    ],
  ],
  [
    '10.0.0.1',
    [
      'c.yaml:6:17+8 E bad-value S4: serverName must be a bare host name, not an IP address | why: Windows takes the address, contacts nobody, and the console stays green',
    ],
  ],
  [
    '"[::1]"',
    [
      'c.yaml:6:17+7 E bad-value S4: serverName must be a bare host name, not an IP address | why: Windows takes the address, contacts nobody, and the console stays green',
    ],
  ],
  [
    'smdp',
    [
      'c.yaml:6:17+4 E bad-value S4: serverName must be a bare host name, with two labels or more | why: Windows takes it, contacts nobody, and the console stays green',
    ],
  ],
  [
    '" smdp.neo.example"',
    [
      'c.yaml:6:17+19 E bad-value S4: serverName must be a bare host name, without spaces | write: serverName: smdp.neo.example | why: Windows takes the spaces, contacts nobody, and the console stays green',
    ],
  ],
  [
    'smdp.neo.example.',
    [
      'c.yaml:6:17+17 E bad-value S4: serverName must be a bare host name, without a dot at the end | write: serverName: smdp.neo.example | why: Windows takes the dot, contacts nobody, and the console stays green',
    ],
  ],
  [
    'smdp_x.neo.example',
    [
      'c.yaml:6:17+18 E bad-value S4: serverName must be a bare host name, of letters, digits, hyphens and dots | why: Windows takes it, contacts nobody, and the console stays green',
    ],
  ],
  [
    '"LPA:1$smdp.neo.example$ABC"',
    [
      'c.yaml:6:17+28 E bad-value S4: serverName must be a bare host name, not an activation code | write: serverName: smdp.neo.example | why: Windows takes the code, contacts nobody, and the console stays green',
    ],
  ],
  [
    'user@smdp.neo.example',
    [
      'c.yaml:6:17+21 E bad-value S4: serverName must be a bare host name, without a user | write: serverName: smdp.neo.example | why: Windows takes it, contacts nobody, and the console stays green',
    ],
  ],
  [
    'smdp.néo.example',
    [
      'c.yaml:6:17+16 E bad-value S4: serverName must be a bare host name, in ASCII | write: serverName: smdp.xn--no-bja.example | why: Windows takes it, contacts nobody, and the console stays green',
    ],
  ],
  [
    '""',
    [
      'c.yaml:6:17+2 E bad-value S4: serverName must be a bare host name, and it is empty | why: Windows takes it, contacts nobody, and the console stays green',
    ],
  ],
  [
    'null',
    [
      'c.yaml:6:17+4 E bad-value S4: serverName must be a bare host name, with two labels or more | why: Windows takes it, contacts nobody, and the console stays green',
    ],
  ],
  [
    '0012',
    [
      'c.yaml:6:17+4 E bad-value S4: serverName must be a bare host name, with two labels or more | why: Windows takes it, contacts nobody, and the console stays green',
    ],
  ],
]

describe('a server name is a bare host name (S4)', () => {
  test.each(SERVER_NAMES)('%j is told exactly', (input, findings) => {
    expect(
      told({ 'c.yaml': document('EsimConfiguration', 'acme', `windows:\n  serverName: ${input}`) }),
    ).toEqual(findings)
  })
})

const CARRIER_URLS: readonly Case[] = [
  ['HTTPS://A.Example:443', []],
  ['https://[::1]/', []],
  [
    'smdp.acme.example',
    [
      'c.yaml:6:17+17 E bad-value S1: carrierUrl must be an absolute URL, with https:// in front | write: carrierUrl: https://smdp.acme.example | why: the device takes it, contacts nobody, and waits for ever',
    ],
  ],
  [
    'ftp://a.example',
    [
      'c.yaml:6:17+15 E bad-value S1: carrierUrl must be an absolute URL, beginning with https:// or http:// | why: the device takes it, contacts nobody, and waits for ever',
    ],
  ],
  [
    'https:///x',
    [
      'c.yaml:6:17+10 E bad-value S1: carrierUrl must be an absolute URL, with a host | why: the device takes it, contacts nobody, and waits for ever',
    ],
  ],
  [
    'https://u:p@a.example/',
    [
      'c.yaml:6:17+22 E bad-value S1: carrierUrl must be an absolute URL, without a user and password | write: carrierUrl: https://a.example/ | why: the device takes it, contacts nobody, and waits for ever',
    ],
  ],
  [
    'https://a.example/#x',
    [
      'c.yaml:6:17+20 E bad-value S1: carrierUrl must be an absolute URL, without a fragment | write: carrierUrl: https://a.example/ | why: the device takes it, contacts nobody, and waits for ever',
    ],
  ],
  [
    '" https://a.example"',
    [
      'c.yaml:6:17+20 E bad-value S1: carrierUrl must be an absolute URL, without spaces and backslashes | write: carrierUrl: https://a.example | why: the device takes it, contacts nobody, and waits for ever',
    ],
  ],
  [
    '"LPA:1$smdp.neo.example$ABC"',
    [
      'c.yaml:6:17+28 E bad-value S1: carrierUrl must be an absolute URL, not an activation code | write: carrierUrl: https://smdp.neo.example | why: the device takes it, contacts nobody, and waits for ever',
    ],
  ],
  [
    'https:\\\\a.example',
    [
      'c.yaml:6:17+17 E bad-value S1: carrierUrl must be an absolute URL, without spaces and backslashes | why: the device takes it, contacts nobody, and waits for ever',
    ],
  ],
  [
    '""',
    [
      'c.yaml:6:17+2 E bad-value S1: carrierUrl must be an absolute URL, beginning with https:// or http:// | why: the device takes it, contacts nobody, and waits for ever',
    ],
  ],
  [
    '//a.example',
    [
      'c.yaml:6:17+11 E bad-value S1: carrierUrl must be an absolute URL, beginning with https:// or http:// | why: the device takes it, contacts nobody, and waits for ever',
    ],
  ],
]

describe('a carrier URL is absolute, http or https, with a host (S1)', () => {
  test.each(CARRIER_URLS)('%j is told exactly', (input, findings) => {
    expect(told({ 'c.yaml': document('EsimConfiguration', 'acme', `ios:\n  carrierUrl: ${input}`) })).toEqual(
      findings,
    )
  })
})

const PLATFORMS: readonly Case[] = [
  [
    '',
    [
      'c.yaml:1:1+10 E missing-key: missing key "spec" | expected: apiVersion (required), kind (required), metadata (required), spec (required)',
    ],
  ],
  [
    'windows:',
    [
      'c.yaml:5:3+7 E missing-key: missing key "serverName" | expected: serverName (required), isDiscoveryServer, autoEnable',
    ],
  ],
  [
    'windows: {}',
    [
      'c.yaml:5:3+7 E missing-key: missing key "serverName" | expected: serverName (required), isDiscoveryServer, autoEnable',
    ],
  ],
  [
    'windows: { serverUrl: smdp.acme.example }',
    [
      'c.yaml:5:14+9 E unknown-key: unknown key "serverUrl" | ? did you mean "serverName"? | expected: serverName (required), isDiscoveryServer, autoEnable',
    ],
  ],
  [
    'windows: { serverName: smdp.acme.example, carrierUrl: x }',
    [
      'c.yaml:5:45+10 E unknown-key S3: unknown key "carrierUrl" | ? carrierUrl belongs under ios, and a configuration is for one platform | expected: serverName (required), isDiscoveryServer, autoEnable',
    ],
  ],
  [
    'serverName: smdp.acme.example',
    [
      'c.yaml:4:1+4 E missing-key S3: the configuration is for no platform | expected: exactly one of windows, ios',
      'c.yaml:5:3+10 E unknown-key S3: unknown key "serverName" | ? serverName belongs under windows, and a configuration is for one platform | expected: enabled, platform, windows, ios, distribution, priority, onRemove, redownload, mode',
    ],
  ],
  [
    'platform: ios\nwindows: { serverName: smdp.acme.example }',
    [
      'c.yaml:5:13+3 E bad-value S3: platform is ios, but the block below is windows | ? write platform: windows, or leave it out: the block decides',
    ],
  ],
  [
    'platform: windws\nwindows: { serverName: smdp.acme.example }',
    [
      'c.yaml:5:13+6 E bad-value: platform cannot be "windws" | ? did you mean "windows"? | expected: windows, ios',
    ],
  ],
  ['platform: ios\nios: { carrierUrl: https://a.example }', []],
  [
    'windows: { serverName: smdp.acme.example }\nios: { carrierUrl: https://a.example }',
    [
      'c.yaml:6:3+3 E bad-value S3: one configuration cannot be for windows and ios | ? make it two configurations; they may share their groups',
    ],
  ],
]

describe('a configuration is for exactly one platform (S3)', () => {
  test.each(PLATFORMS)('%j is told exactly', (input, findings) => {
    expect(told({ 'c.yaml': document('EsimConfiguration', 'acme', input) })).toEqual(findings)
  })
})

const KEYS: readonly Case[] = [
  ['enabled:', ['c.yaml:6:3+7 E missing-key: enabled has no value']],
  ['enabled: yes', ['c.yaml:6:12+3 E wrong-type: enabled must be true or false, not "yes"']],
  ['enabled: "true"', ['c.yaml:6:12+6 E wrong-type: enabled must be true or false, not the text "true"']],
  ['priority: -1', ['c.yaml:6:13+2 E bad-value: priority must be 0 or more']],
  ['priority: 1.5', ['c.yaml:6:13+3 E wrong-type: priority must be a whole number, not 1.5']],
  ['priority: "1"', ['c.yaml:6:13+3 E wrong-type: priority must be a whole number, not the text "1"']],
  ['priority: 99999999999', ['c.yaml:6:13+11 E bad-value: priority must be 1000000000 or less']],
  [
    'onRemove: erase',
    ['c.yaml:6:13+5 E bad-value: onRemove cannot be "erase" | expected: keep-esims, erase-all-esims'],
  ],
  [
    'mode: Enforce',
    [
      'c.yaml:6:9+7 E bad-value: mode cannot be "Enforce" | ? did you mean "enforce"? | expected: enforce, propose, observe',
    ],
  ],
  ['mode:', ['c.yaml:6:3+4 E missing-key: mode has no value | expected: enforce, propose, observe']],
  [
    'colour: red',
    [
      'c.yaml:6:3+6 E unknown-key: unknown key "colour" | expected: enabled, platform, windows, ios, distribution, priority, onRemove, redownload, mode',
    ],
  ],
  [
    'constructor: 1',
    [
      'c.yaml:6:3+11 E unknown-key: unknown key "constructor" | expected: enabled, platform, windows, ios, distribution, priority, onRemove, redownload, mode',
    ],
  ],
  [
    'toString: {}',
    [
      'c.yaml:6:3+8 E unknown-key: unknown key "toString" | expected: enabled, platform, windows, ios, distribution, priority, onRemove, redownload, mode',
    ],
  ],
]

describe('every other key of a configuration', () => {
  test.each(KEYS)('%j is told exactly', (input, findings) => {
    expect(toldOf(input)).toEqual(findings)
  })
})
