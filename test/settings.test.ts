import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY, HOUR } from '../src/domain/time.ts'
import { parseSettings } from '../src/settings.ts'
import { createSecret, findSecret } from '../src/settings/secret.ts'

const HEAD = 'apiVersion: simplane/v1\nkind: Settings\n'
/** A NanoMDM, with what is left out and further keys in place of them. */
function nanoMdm(keys: string, secrets = 'apiKey: { file: a }, webhookKey: { file: b }'): string {
  return `drivers: [{ name: phones, kind: nanomdm, ${secrets}, ${keys} }]\n`
}

describe('without a file', () => {
  test('the defaults of the contract hold', () => {
    expect(parseSettings(undefined, 'simplane.yaml', {})).toEqual({
      settings: {
        source: { kind: 'folder', path: './desired-state' },
        schedule: '*/5 * * * *',
        ignore: [],
        store: { kind: 'sqlite', path: './state/simplane.db' },
        drivers: [
          { name: 'simulator', kind: 'simulator', path: './state/simulator.db', devices: 42, seed: 1 },
        ],
        limits: { mode: 'enforce' },
        retention: { history: 90 * DAY },
        log: { level: 'info' },
      },
      findings: [],
    })
  })

  test('variables alone configure everything they name', () => {
    const { settings, findings } = parseSettings(undefined, 'simplane.yaml', {
      SIMPLANE_STORE: '/data/s.db',
      SIMPLANE_SOURCE_REPO: 'https://git.acme.example/esim',
      SIMPLANE_SOURCE_REF: 'production',
      SIMPLANE_SOURCE_PATH: 'esim',
      SIMPLANE_SCHEDULE: '0 * * * *',
      SIMPLANE_LOG_LEVEL: 'debug',
      SIMPLANE_LOG_FORMAT: 'json',
      SIMPLANE_DRIVER: 'simulator',
      SIMPLANE_DEVICES: '1000000',
      SIMPLANE_SEED: '7',
      PATH: '/bin',
    })
    expect(findings).toEqual([])
    expect(settings).toMatchObject({
      source: {
        kind: 'git',
        repo: 'https://git.acme.example/esim',
        ref: 'production',
        path: 'esim',
        mirror: '/data/mirror.git',
      },
      schedule: '0 * * * *',
      store: { kind: 'sqlite', path: '/data/s.db' },
      drivers: [{ name: 'simulator', path: '/data/simulator.db', devices: 1_000_000, seed: 7 }],
      log: { level: 'debug', format: 'json' },
    })
  })
})

describe('with a file', () => {
  test('every key is read', () => {
    const text = `${HEAD}source:
  repo: git@git.acme.example:it/esim.git
  ref: main
  path: esim
  schedule: "*/10 * * * *"
  ignore: [ci/**]
  auth: { sshKey: /etc/simplane/key, knownHosts: /etc/simplane/known_hosts }
store: simplane.db
drivers:
  - { name: lab, kind: simulator, devices: 7, seed: 3, path: /tmp/lab.db, latency: { min: 600ms, max: 4s } }
  - { name: lab-2, kind: simulator }
limits: { mode: observe }
retention: { history: 365d }
log: { level: warn, format: human }
`
    expect(parseSettings(text, 'simplane.yaml', {})).toEqual({
      settings: {
        source: {
          kind: 'git',
          repo: 'git@git.acme.example:it/esim.git',
          ref: 'main',
          path: 'esim',
          mirror: 'mirror.git',
          auth: { kind: 'ssh', key: '/etc/simplane/key', knownHosts: '/etc/simplane/known_hosts' },
        },
        schedule: '*/10 * * * *',
        ignore: ['ci/**'],
        store: { kind: 'sqlite', path: 'simplane.db' },
        drivers: [
          {
            name: 'lab',
            kind: 'simulator',
            path: '/tmp/lab.db',
            devices: 7,
            seed: 3,
            latency: { min: 600, max: 4_000 },
          },
          { name: 'lab-2', kind: 'simulator', path: 'lab-2.db', devices: 42, seed: 1 },
        ],
        limits: { mode: 'observe' },
        retention: { history: 365 * DAY },
        log: { level: 'warn', format: 'human' },
      },
      findings: [],
    })
  })

  test('a variable wins over the file, and an empty one is none', () => {
    const text = `${HEAD}store: a.db\nlog: { level: warn }\nsource: { repo: ./esim, ref: main }\n`
    const env = { SIMPLANE_STORE: 'b.db', SIMPLANE_LOG_LEVEL: '', SIMPLANE_SOURCE_REF: 'try' }
    expect(parseSettings(text, 'f', env).settings).toMatchObject({
      store: { kind: 'sqlite', path: 'b.db' },
      log: { level: 'warn' },
      source: { kind: 'git', repo: './esim', ref: 'try' },
    })
  })

  test('the first simulator is the one that variables turn', () => {
    const text = `${HEAD}drivers: [{ name: a, kind: simulator, devices: 1, seed: 5 }, { name: b, kind: simulator, devices: 2 }]\n`
    expect(parseSettings(text, 'f', { SIMPLANE_DEVICES: '9' }).settings?.drivers).toMatchObject([
      { name: 'a', devices: 9, seed: 5 },
      { name: 'b', devices: 2 },
    ])
    expect(parseSettings(text, 'f', { SIMPLANE_DRIVER: 'simulator' }).settings?.drivers).toMatchObject([
      { name: 'a', devices: 1 },
    ])
  })
})

describe('a driver', () => {
  test('of kind nanomdm has every default but how it is reached', () => {
    const text = HEAD + nanoMdm('address: https://mdm.acme.example')
    expect(parseSettings(text, 'f', {})).toEqual({
      findings: [],
      settings: expect.objectContaining({
        drivers: [
          {
            name: 'phones',
            kind: 'nanomdm',
            path: './state/phones.db',
            address: 'https://mdm.acme.example',
            base: '/v1',
            user: 'nanomdm',
            apiKey: { file: 'a' },
            webhookKey: { file: 'b' },
            refreshEvery: 12 * HOUR,
            maxRequestsPerSecond: 2_000,
          },
        ],
      }),
    })
  })

  test('of kind nanomdm is a NanoHUB where every key says so', () => {
    const text = nanoMdm(
      'address: "http://[::1]:9004", base: /api/v1/nanomdm, user: nanohub, path: hub.db, refreshEvery: 1h, maxRequestsPerSecond: 9, ca: ca.pem',
      'apiKey: { env: HUB }, webhookKey: unsigned',
    )
    const { settings, findings } = parseSettings(HEAD + text, 'f', { HUB: 'hunter2' })
    expect(findings).toEqual([])
    expect(settings?.drivers).toMatchObject([
      {
        address: 'http://[::1]:9004',
        base: '/api/v1/nanomdm',
        user: 'nanohub',
        path: 'hub.db',
        apiKey: { env: 'HUB' },
        webhookKey: 'unsigned',
        refreshEvery: HOUR,
        maxRequestsPerSecond: 9,
        ca: 'ca.pem',
      },
    ])
  })

  test('may take its secrets from variables of our own without a warning', () => {
    const text =
      HEAD + nanoMdm('address: https://a.example', 'apiKey: { env: SIMPLANE_API }, webhookKey: unsigned')
    expect(parseSettings(text, 'f', { SIMPLANE_API: 'hunter2' }).findings).toEqual([])
  })
})

describe('where to listen', () => {
  test.each([
    ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['"[::]:443"', { host: '::', port: 443 }],
  ])('is read of %s', (listen, http) => {
    expect(parseSettings(`${HEAD}http: { listen: ${listen} }\n`, 'f', {}).settings?.http).toEqual(http)
  })

  test('is what a variable says, before the file', () => {
    const env = { SIMPLANE_HTTP_LISTEN: '0.0.0.0:80' }
    const { settings } = parseSettings(`${HEAD}http: { listen: 127.0.0.1:8080 }\n`, 'f', env)
    expect(settings?.http).toEqual({ host: '0.0.0.0', port: 80 })
  })

  test('is warned of where strangers reach webhooks that are not signed', () => {
    const hub = nanoMdm('address: https://a.example', 'apiKey: { file: a }, webhookKey: unsigned')
    const open = parseSettings(`${HEAD}http: { listen: 0.0.0.0:80 }\n${hub}`, 'f', {})
    expect(open.settings).toBeDefined()
    expect(open.findings).toMatchObject([{ severity: 'warning', place: { line: 3, column: 17 } }])
    for (const text of [
      `http: { listen: 127.0.0.1:80 }\n${hub}`,
      `http: { listen: 0.0.0.0:80 }\n${nanoMdm('address: https://a.example')}`,
    ])
      expect(parseSettings(HEAD + text, 'f', {}).findings).toEqual([])
  })
})

describe('the webhooks of forges', () => {
  const webhooks = (...entries: readonly string[]): string =>
    `${HEAD}source: { repo: https://git.acme.example/esim }\nhttp: { listen: 127.0.0.1:8080, webhooks: [${entries.join(', ')}] }\n`
  const env = { HOOK: 'a' }

  test('are read with where their secrets are', () => {
    const text = webhooks(
      '{ name: github, kind: github, secret: { env: SIMPLANE_NEXT }, previousSecret: { env: HOOK } }',
      '{ name: lab, kind: generic, secret: { file: hook.txt } }',
    )
    const { settings, findings } = parseSettings(text, 'f', { ...env, SIMPLANE_NEXT: 'b' })
    expect(findings).toEqual([])
    expect(settings?.http).toEqual({
      host: '127.0.0.1',
      port: 8080,
      webhooks: [
        {
          name: 'github',
          kind: 'github',
          secret: { env: 'SIMPLANE_NEXT' },
          previousSecret: { env: 'HOOK' },
        },
        { name: 'lab', kind: 'generic', secret: { file: 'hook.txt' } },
      ],
    })
  })

  test.each([
    ['without a secret', '{ name: a, kind: github }', 'http.webhooks.0 has no secret'],
    [
      'with a secret in the file',
      '{ name: a, kind: github, secret: hunter2 }',
      'which is never written here',
    ],
    [
      'with a previous secret in the file',
      '{ name: a, kind: github, secret: { env: HOOK }, previousSecret: hunter2 }',
      'which is never written here',
    ],
    [
      'whose secret is not there',
      '{ name: a, kind: github, secret: { env: NOT_SET } }',
      'NOT_SET is not set',
    ],
    [
      'whose previous secret is not there',
      '{ name: a, kind: github, secret: { env: HOOK }, previousSecret: { env: NOT_SET } }',
      'NOT_SET is not set',
    ],
    [
      'of a forge that is not known',
      '{ name: a, kind: githup, secret: { env: HOOK } }',
      'must be github or gitlab',
    ],
    [
      'whose name is no part of an address',
      '{ name: a/b, kind: github, secret: { env: HOOK } }',
      'is no name',
    ],
  ])('%s are an error', (_, entry, message) => {
    const { settings, findings } = parseSettings(webhooks(entry), 'f', env)
    expect(settings).toBeUndefined()
    expect(findings).toMatchObject([{ severity: 'error', place: { line: 4 } }])
    expect(findings[0]?.message).toContain(message)
    expect(JSON.stringify(findings)).not.toContain('hunter2')
  })

  test('of one name are an error, and none at all too', () => {
    const one = '{ name: a, kind: github, secret: { env: HOOK } }'
    expect(parseSettings(webhooks(one, one), 'f', env).findings).toMatchObject([
      { severity: 'error', message: 'two webhooks are named "a"' },
    ])
    expect(parseSettings(webhooks(), 'f', env).settings).toBeUndefined()
  })

  test('are warned of where there is no repository that anybody pushes to', () => {
    const text = webhooks('{ name: a, kind: github, secret: { env: HOOK } }').replace(/source.*\n/, '')
    const { settings, findings } = parseSettings(text, 'f', env)
    expect(settings).toBeDefined()
    expect(findings).toMatchObject([{ severity: 'warning', place: { line: 3 } }])
    expect(findings[0]?.message).toContain('source.repo')
  })
})

describe('trouble is told with its place', () => {
  test.each<[string, string, number, number, string, string]>([
    ['a misspelt key', 'sorce: {}\n', 3, 1, 'unknown key "sorce"', 'did you mean "source"?'],
    [
      'a misspelt key further in',
      'source:\n  repository: x\n',
      4,
      3,
      'unknown key "repository"',
      'did you mean "repo"?',
    ],
    [
      'a word for a number',
      'drivers:\n  - { name: a, kind: simulator, devices: many }\n',
      4,
      42,
      'drivers.0.devices must be a whole number',
      '',
    ],
    [
      'an MDM that is not supported',
      'drivers: [{ name: a, kind: simulater }]\n',
      3,
      28,
      'drivers.0.kind must be simulator or nanomdm or fleet or intune or ivanti or jamf or simplemdm',
      'did you mean "simulator"?',
    ],
    ['a driver without a name', 'drivers:\n  - kind: simulator\n', 4, 5, 'drivers.0 has no name', ''],
    [
      'a name that is none',
      'drivers: [{ name: "A/B", kind: simulator }]\n',
      3,
      19,
      'drivers.0.name is no name',
      'for example simulator',
    ],
    [
      'two of one name',
      'drivers: [{ name: a, kind: simulator }, { name: a, kind: simulator }]\n',
      3,
      49,
      'two drivers are named "a"',
      '',
    ],
    ['no driver at all', 'drivers: []\n', 3, 10, 'drivers must NOT have fewer than 1 items', ''],
    [
      'a mode that is none',
      'limits: { mode: enforced }\n',
      3,
      17,
      'limits.mode must be observe or propose or enforce',
      'did you mean "enforce"?',
    ],
    [
      'a history that is no length of time',
      'retention: { history: forever }\n',
      3,
      23,
      'retention.history is no duration',
      'for example 90d',
    ],
    [
      'a history that budgets would miss',
      'retention: { history: 24h }\n',
      3,
      23,
      'retention.history is 24h, and budgets rest on what was sent within a day',
      'write 2d or more',
    ],
    [
      'a schedule that is none',
      'source: { schedule: every day }\n',
      3,
      21,
      'source.schedule is no cron expression: "every day"',
      'for example',
    ],
    [
      'a password in the file',
      'store: postgres://ada:hunter2@db/simplane\n',
      3,
      8,
      'store holds a password, which is never written here',
      'storePassword: { env: NAME }',
    ],
    [
      'a password as a parameter',
      'store: postgres://ada@db/simplane?password=hunter2\n',
      3,
      8,
      'store holds a password, which is never written here',
      'storePassword: { env: NAME }',
    ],
    [
      'an address without a database',
      'store: postgres://ada@db\n',
      3,
      8,
      'store is no complete address',
      'postgres://user@host/database',
    ],
    [
      'another kind of database',
      'store: mysql://ada@db/simplane\n',
      3,
      8,
      'store must be a file, or the address of a PostgreSQL database',
      'postgres://user@host/database',
    ],
    [
      'a password for a file',
      'storePassword: { file: /run/secrets/db }\n',
      3,
      16,
      'storePassword means nothing without a store in PostgreSQL',
      'take it out',
    ],
    [
      'a password that is not there',
      'store: postgres://ada@db/simplane\nstorePassword: { env: NOT_SET }\n',
      4,
      23,
      'the environment variable NOT_SET is not set',
      'set it to the password',
    ],
    [
      'a ref without a repository',
      'source: { ref: main }\n',
      3,
      16,
      'source.ref means nothing without source.repo',
      '',
    ],
    [
      'a signature check that comes later',
      'source: { repo: x, verify: { keys: [] } }\n',
      3,
      20,
      'source.verify comes with a later version',
      'take it out',
    ],
    [
      'a secret in the file',
      'source: { repo: x, auth: { token: hunter2 } }\n',
      3,
      35,
      'source.auth.token holds a secret, which is never written here',
      'env: NAME',
    ],
    [
      'a secret in two places',
      'source: { repo: x, auth: { token: { env: A, file: b } } }\n',
      3,
      35,
      'exactly one of env and file',
      '',
    ],
    [
      'a token and a key',
      'source: { repo: x, auth: { token: { file: b }, sshKey: a, knownHosts: b } }\n',
      3,
      26,
      'exactly one of the two',
      '',
    ],
    [
      'a key without known hosts',
      'source: { repo: x, auth: { sshKey: a } }\n',
      3,
      26,
      'sshKey in source.auth needs knownHosts',
      '',
    ],
    [
      'a variable that is not set',
      'source: { repo: x, auth: { token: { env: NOT_SET } } }\n',
      3,
      42,
      'NOT_SET is not set',
      '',
    ],
    [
      'a latency backwards',
      'drivers: [{ name: a, kind: simulator, latency: { min: 2s, max: 1s } }]\n',
      3,
      48,
      'latency.min is more',
      '',
    ],
    [
      'a key of another kind of driver',
      nanoMdm('address: https://a.example, devices: 3'),
      3,
      116,
      'unknown key "devices"',
      'known here: name, kind, manual, address',
    ],
    ['an MDM without an address', nanoMdm('base: /v1'), 3, 11, 'drivers.0 has no address', ''],
    [
      'an MDM that would be told secrets in the open',
      nanoMdm('address: http://mdm.acme.example'),
      3,
      97,
      'drivers.0.address is no https address',
      'https://',
    ],
    [
      'a key of an MDM in the file',
      nanoMdm('address: https://a.example', 'apiKey: hunter2, webhookKey: unsigned'),
      3,
      50,
      'drivers.0.apiKey holds a secret, which is never written here',
      'env: NAME',
    ],
    [
      'a key of webhooks in the file',
      nanoMdm('address: https://a.example', 'apiKey: { file: a }, webhookKey: hunter2'),
      3,
      75,
      'drivers.0.webhookKey holds a secret, which is never written here',
      'env: NAME',
    ],
    [
      'a key of an MDM that is not there',
      nanoMdm('address: https://a.example', 'apiKey: { env: NOT_SET }, webhookKey: unsigned'),
      3,
      57,
      'the environment variable NOT_SET is not set',
      'set it to the apiKey',
    ],
    [
      'a listener without a port',
      'http: { listen: 127.0.0.1 }\n',
      3,
      17,
      'http.listen is no address and port',
      '8080',
    ],
    ['a listener at no port', 'http: { listen: 127.0.0.1:99999 }\n', 3, 17, '99999 is no port', '8080'],
    ['a listener that listens nowhere', 'http: {}\n', 3, 7, 'http has no listen', ''],
    [
      'a duration that is none',
      'drivers: [{ name: a, kind: simulator, latency: { min: fast, max: 1s } }]\n',
      3,
      55,
      'drivers.0.latency.min is no duration',
      '600ms',
    ],
    ['a list for a mapping', 'log: []\n', 3, 6, 'log must be a mapping of keys', ''],
    ['a number for a path', 'store: 12\n', 3, 8, 'store must be a string', ''],
    ['a key without a value', 'store:\n', 3, 7, 'store must be a string', ''],
    ['a key twice', 'store: a\nstore: b\n', 4, 1, 'Map keys must be unique', ''],
    ['an anchor', 'store: &a b\n', 3, 11, 'anchors and aliases', ''],
    ['a tag', 'store: !env X\n', 3, 13, 'the tag !env is not read here', ''],
    ['a second document', 'store: a\n---\nstore: b\n', 4, 1, 'one document', ''],
  ])('%s', (_, text, line, column, message, hint) => {
    const { settings, findings } = parseSettings(HEAD + text, 'simplane.yaml', {})
    expect(settings).toBeUndefined()
    expect(findings.map(({ severity }) => severity)).toEqual(['error'])
    expect(findings[0]?.message).toContain(message)
    expect(findings[0]?.hint ?? '').toContain(hint)
    expect(findings[0]?.place).toEqual({ file: 'simplane.yaml', line, column })
    expect(JSON.stringify(findings)).not.toContain('hunter2')
  })

  test.each([
    ['an empty file', ''],
    ['a comment', '# later\n'],
    ['a list', '- a\n'],
    ['no YAML', 'source: [\n'],
    ['another kind', 'apiVersion: simplane/v1\nkind: Policy\n'],
    ['another version', 'apiVersion: simplane/v2\nkind: Settings\n'],
    ['no kind', 'apiVersion: simplane/v1\n'],
  ])('%s is no settings file', (_, text) => {
    const { settings, findings } = parseSettings(text, 'simplane.yaml', {})
    expect(settings).toBeUndefined()
    expect(findings.length).toBeGreaterThan(0)
    for (const { severity, place } of findings)
      expect([severity, place?.file]).toEqual(['error', 'simplane.yaml'])
  })

  test('a variable with a bad value is named, and the place is not that of the file', () => {
    const env = { SIMPLANE_LOG_LEVEL: 'loud', SIMPLANE_DEVICES: '-1', SIMPLANE_DRIVER: 'intune' }
    const { settings, findings } = parseSettings(`${HEAD}log: { level: info }\n`, 'f', env)
    expect(settings).toBeUndefined()
    const messages = findings.map(({ message }) => message).join('\n')
    for (const name of ['SIMPLANE_LOG_LEVEL', 'SIMPLANE_DRIVER'])
      expect(messages).toContain(`from the environment variable ${name}`)
    const devices = parseSettings(undefined, 'f', { SIMPLANE_DEVICES: '-1' }).findings
    expect(devices.map(({ message, place }) => [message, place])).toEqual([
      [
        'drivers.0.devices must be a whole number (from the environment variable SIMPLANE_DEVICES)',
        undefined,
      ],
    ])
    const store = parseSettings(undefined, 'f', { SIMPLANE_STORE: 'mysql://ada:hunter2@db/x' }).findings
    expect(store[0]?.message).toContain('SIMPLANE_STORE')
    expect(JSON.stringify(store)).not.toContain('hunter2')
  })

  test('a database of PostgreSQL is shown without user and password, wherever that comes from', () => {
    const byVariable = parseSettings(undefined, 'f', { SIMPLANE_STORE: 'postgres://ada:hunter2@db/x?a=b' })
    const text = `${HEAD}store: postgres://ada@db/x\nstorePassword: { env: DB_PASSWORD }\n`
    const inFile = parseSettings(text, 'f', { DB_PASSWORD: 'hunter2' })
    for (const { settings, findings } of [byVariable, inFile]) {
      expect(findings).toEqual([])
      expect(settings?.store).toMatchObject({ kind: 'postgres', shown: 'postgres://db/x' })
      expect(JSON.stringify(settings)).not.toContain('hunter2')
      expect(inspect(settings, { depth: 9 })).not.toContain('hunter2')
    }
    expect(inFile.settings?.store).toMatchObject({ password: { env: 'DB_PASSWORD' } })
  })

  test('a variable nobody reads is a warning with the nearest name', () => {
    const text = `${HEAD}source: { repo: x, auth: { token: { env: SIMPLANE_TOKEN } } }\n`
    const env = {
      SIMPLANE_STOR: 'x',
      SIMPLANE_XYZZY: 'x',
      SIMPLANE_TOKEN: 'secret',
      SIMPLANE_RELAUNCHED: '1',
      SIMPLANE_TEST_SPEED: '1',
      SIMPLANE_ACTOR: 'ada',
      HOME: '/',
    }
    const { settings, findings } = parseSettings(text, 'f', env)
    expect(settings).toBeDefined()
    expect(
      findings.map(({ severity, message, hint }) => [severity, /SIMPLANE_\w+/.exec(message)?.[0], hint]),
    ).toEqual([
      ['warning', 'SIMPLANE_STOR', 'did you mean SIMPLANE_STORE?'],
      ['warning', 'SIMPLANE_XYZZY', undefined],
    ])
  })

  test('no text crashes the reader, and it gives settings exactly when there is no error', () => {
    const piece = fc.constantFrom(
      'source',
      'repo',
      'store',
      'drivers',
      ':',
      ' ',
      '\n',
      '-',
      '{',
      '}',
      '[',
      ']',
      '&a',
      '*a',
      '!t',
      '"',
      '12',
      ',',
      '<<',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((pieces) => HEAD + pieces.join('')),
    )
    const env = fc.dictionary(
      fc.constantFrom('SIMPLANE_STORE', 'SIMPLANE_DRIVER', 'SIMPLANE_DEVICES', 'SIMPLANE_SCHEDULE'),
      fc.string(),
    )
    fc.assert(
      fc.property(text, env, (content, variables) => {
        const { settings, findings } = parseSettings(content, 'f', variables)
        expect(settings === undefined).toBe(findings.some(({ severity }) => severity === 'error'))
        for (const { place } of findings)
          if (place !== undefined) expect(Math.min(place.line, place.column)).toBeGreaterThan(0)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a secret', () => {
  test('is shown by nothing but reveal', () => {
    const secret = createSecret('hunter2')
    expect(secret.reveal()).toBe('hunter2')
    const shown = [
      String(secret),
      JSON.stringify({ secret }),
      inspect(secret, { depth: 9, showHidden: true }),
      inspect({ secret }),
    ]
    for (const text of shown) {
      expect(text).toContain('[redacted]')
      expect(text).not.toContain('hunter2')
    }
  })

  test('is found in a variable or a file, without the line feed at its end', () => {
    expect(findSecret({ env: 'TOKEN' }, { TOKEN: 'hunter2' }, nothing).reveal()).toBe('hunter2')
    expect(findSecret({ file: '/run/token' }, {}, (path) => `${path}-hunter2\r\n`).reveal()).toBe(
      '/run/token-hunter2',
    )
  })

  test.each<[string, () => unknown]>([
    ['a variable that is not set', () => findSecret({ env: 'TOKEN' }, {}, nothing)],
    ['an empty file', () => findSecret({ file: 'f' }, {}, () => '\n')],
    ['a file that cannot be read', () => findSecret({ file: 'f' }, {}, nothing)],
    [
      'two lines, which would smuggle a header',
      () => findSecret({ file: 'f' }, {}, () => 'hunter2\nX-Admin: 1'),
    ],
  ])('that is %s is an error that does not show it', (_, find) => {
    expect(find).toThrowError(
      expect.objectContaining({ code: 'settings', message: expect.not.stringContaining('hunter2') }),
    )
  })
})

function nothing(): string {
  throw new Error('ENOENT')
}
