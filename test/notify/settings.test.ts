import { describe, expect, test } from 'vitest'
import { NOTICE_KINDS } from '../../src/domain/notice.ts'
import { eventSource } from '../../src/notices.ts'
import { parseSettings } from '../../src/settings.ts'
import type { SourceSettings } from '../../src/settings.ts'

const HEAD = 'apiVersion: simplane/v1\nkind: Settings\n'
const HOOK = 'name: hook, kind: webhook, url: "https://hooks.acme.example/x?y=1", secret: { file: key }'

describe('notify', () => {
  test('has every default but who is told', () => {
    const text = `${HEAD}notify: [{ ${HOOK} }, { name: ops, kind: slack, url: { file: s } }, { name: team, kind: teams, url: { env: T } }]\n`
    const { settings, findings } = parseSettings(text, 'f', { T: 'x' })
    const defaults = { events: NOTICE_KINDS, severity: 'info', subjects: ['**'], identities: false }
    expect([findings, settings?.notify]).toEqual([
      [],
      [
        {
          ...defaults,
          name: 'hook',
          kind: 'webhook',
          url: 'https://hooks.acme.example/x?y=1',
          secret: { file: 'key' },
        },
        { ...defaults, name: 'ops', kind: 'slack', url: { file: 's' } },
        { ...defaults, name: 'team', kind: 'teams', url: { env: 'T' } },
      ],
    ])
  })

  test('has what is written', () => {
    const keys = 'events: [drift-found], severity: error, subjects: [fleet], identities: true'
    const text = `${HEAD}notify: [{ name: hook, kind: webhook, url: { env: SIMPLANE_HOOK }, secret: { env: SIMPLANE_KEY }, ${keys} }]\n`
    // A variable that the settings name for a secret is none to be warned of.
    const { settings, findings } = parseSettings(text, 'f', { SIMPLANE_HOOK: 'x', SIMPLANE_KEY: 'y' })
    expect([findings, settings?.notify]).toEqual([
      [],
      [
        {
          name: 'hook',
          kind: 'webhook',
          url: { env: 'SIMPLANE_HOOK' },
          secret: { env: 'SIMPLANE_KEY' },
          events: ['drift-found'],
          severity: 'error',
          subjects: ['fleet'],
          identities: true,
        },
      ],
    ])
  })

  test('may be empty, or on the loopback without TLS', () => {
    expect(parseSettings(`${HEAD}notify: []\n`, 'f', {})).toMatchObject({
      findings: [],
      settings: { notify: [] },
    })
    const local = HOOK.replace('https://hooks.acme.example', 'http://127.0.0.1:9000')
    expect(parseSettings(`${HEAD}notify: [{ ${local} }]\n`, 'f', {}).findings).toEqual([])
  })

  test.each<[string, string, string, string]>([
    ['no name', 'kind: slack, url: { file: s }', 'notify.0 has no name', ''],
    ['no address', 'name: a, kind: slack', 'notify.0 has no url', ''],
    [
      'a webhook that is not signed',
      'name: a, kind: webhook, url: "https://a.example"',
      'notify.0 has no secret',
      '',
    ],
    [
      'another kind',
      'name: a, kind: discord, url: { file: s }',
      'notify.0.kind must be webhook or slack or teams',
      '',
    ],
    ['a misspelt event', `${HOOK}, events: [drift-fund]`, 'events.0 must be', 'did you mean "drift-found"?'],
    ['a misspelt key', `${HOOK}, severty: info`, 'unknown key "severty"', 'did you mean "severity"?'],
    [
      'an address of Slack in the file',
      'name: a, kind: slack, url: "https://a/hunter2"',
      'is a secret',
      '{ env: NAME }',
    ],
    [
      'a key in the file',
      HOOK.replace('{ file: key }', 'hunter2'),
      'notify.0.secret holds a secret',
      '{ env: NAME }',
    ],
    [
      'a key of a chat',
      'name: a, kind: teams, url: { file: s }, secret: { file: k }',
      'is not signed',
      'take it out',
    ],
    ['plain http', HOOK.replace('https', 'http'), 'notify.0.url is no https address', 'https://'],
    ['no address at all', HOOK.replace('https:', 'hunter2'), 'notify.0.url is no https address', 'https://'],
    ['a password', HOOK.replace('hooks', 'a:hunter2@hooks'), 'holds a user name or password', 'take it out'],
    [
      'a variable not set',
      'name: a, kind: slack, url: { env: NOT_SET }',
      'NOT_SET is not set',
      'set it to the url',
    ],
    ['no subject', `${HOOK}, subjects: []`, 'notify.0.subjects must NOT have fewer than 1 items', ''],
    ['one name twice', `${HOOK} }, { ${HOOK}`, 'two channels are named "hook"', 'its own name'],
    ['a name that is none', HOOK.replace('hook,', 'A/B,'), 'notify.0.name is no name', 'for example ops'],
  ])('refuses %s', (_, entry, message, hint) => {
    const { settings, findings } = parseSettings(`${HEAD}notify: [{ ${entry} }]\n`, 'f', {})
    expect(settings).toBeUndefined()
    expect(findings.map(({ severity }) => severity)).toEqual(['error'])
    expect(findings[0]?.message).toContain(message)
    expect(findings[0]?.hint ?? '').toContain(hint)
    expect(findings[0]?.place?.line).toBe(3)
    expect(JSON.stringify(findings)).not.toContain('hunter2')
  })
})

test.each([
  ['https://git.acme.example/it/esim.git', 'https://git.acme.example/it/esim.git'],
  ['https://ada:hunter2@git.acme.example/it/esim?x#y', 'https://git.acme.example/it/esim'],
  ['git@git.acme.example:it/esim.git', 'ssh://git.acme.example/it/esim.git'],
  ['ssh://git@git.acme.example/it/esim', 'ssh://git.acme.example/it/esim'],
  ['./esim', '/simplane'],
  ['/srv/esim', '/simplane'],
  ['file:///srv/esim', '/simplane'],
])('the events of %s are from %s', (repo, source) => {
  const settings: SourceSettings = { kind: 'git', repo, ref: 'main', path: '', mirror: 'm' }
  expect(eventSource({ source: settings })).toBe(source)
  expect(eventSource({ source: { kind: 'folder', path: 'x' } })).toBe('/simplane')
})
