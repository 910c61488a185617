import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseSettings } from '../src/settings.ts'
import { createSecret, findSecret } from '../src/settings/secret.ts'

const HEAD = 'apiVersion: simplane/v1\nkind: Settings\n'

describe('without a file', () => {
  test('the defaults of the contract hold', () => {
    expect(parseSettings(undefined, 'simplane.yaml', {})).toEqual({
      settings: {
        source: { kind: 'folder', path: './desired-state' },
        schedule: '*/5 * * * *',
        ignore: [],
        store: './state/simplane.db',
        drivers: [
          { name: 'simulator', kind: 'simulator', path: './state/simulator.db', devices: 42, seed: 1 },
        ],
        limits: { mode: 'enforce' },
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
      store: '/data/s.db',
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
        store: 'simplane.db',
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
        log: { level: 'warn', format: 'human' },
      },
      findings: [],
    })
  })

  test('a variable wins over the file, and an empty one is none', () => {
    const text = `${HEAD}store: a.db\nlog: { level: warn }\nsource: { repo: ./esim, ref: main }\n`
    const env = { SIMPLANE_STORE: 'b.db', SIMPLANE_LOG_LEVEL: '', SIMPLANE_SOURCE_REF: 'try' }
    expect(parseSettings(text, 'f', env).settings).toMatchObject({
      store: 'b.db',
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
      'drivers.0.kind must be simulator',
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
      'a schedule that is none',
      'source: { schedule: every day }\n',
      3,
      21,
      'source.schedule is no cron expression: "every day"',
      'for example',
    ],
    [
      'a database that comes later',
      'store: postgres://ada:hunter2@db/simplane\n',
      3,
      8,
      'PostgreSQL comes later',
      'path of a file',
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

  test('what comes later and protects nothing is a warning', () => {
    const { settings, findings } = parseSettings(`${HEAD}http: {}\nnotify: []\nreports: {}\n`, 'f', {})
    expect(settings).toBeDefined()
    expect(findings.map(({ severity, place }) => [severity, place?.line])).toEqual([
      ['warning', 3],
      ['warning', 4],
      ['warning', 5],
    ])
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
    const store = parseSettings(undefined, 'f', { SIMPLANE_STORE: 'postgresql://ada:hunter2@db/x' }).findings
    expect(store[0]?.message).toContain('SIMPLANE_STORE')
    expect(JSON.stringify(store)).not.toContain('hunter2')
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
