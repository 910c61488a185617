import { describe, expect, it } from 'vitest'
import { MINUTE } from '../src/domain/time.ts'
import { parseSettings } from '../src/settings.ts'

const ENV = { FORGE_TOKEN: 'a-token' }

function read(
  reports: string,
  source = 'source: { repo: https://git.acme.example/it/esim }',
  env: Record<string, string> = ENV,
) {
  return parseSettings(
    `apiVersion: simplane/v1\nkind: Settings\n${source}\nreports: ${reports}\n`,
    'simplane.yaml',
    env,
  )
}

describe('reports in the settings', () => {
  it('are signed in to by a token, asked every five minutes, without forks and identities', () => {
    const { settings, findings } = read(
      '{ forge: { kind: github, repository: acme/esim, token: { env: FORGE_TOKEN } } }',
    )
    expect(findings).toEqual([])
    expect(settings?.reports).toMatchObject({
      forge: {
        kind: 'github',
        repository: 'acme/esim',
        auth: { kind: 'token', token: { env: 'FORGE_TOKEN' } },
      },
      every: 5 * MINUTE,
      forks: false,
      identities: false,
    })
  })

  it('keep the drift of the fleet in an issue unless they are told not to', () => {
    const forge = 'forge: { kind: github, repository: acme/esim, token: { env: FORGE_TOKEN } }'
    expect(read(`{ ${forge} }`).settings?.reports?.drift).toBe(true)
    expect(read(`{ drift: false, ${forge} }`).settings?.reports?.drift).toBe(false)
    expect(read(`{ drift: weekly, ${forge} }`).settings).toBeUndefined()
  })

  it('may be signed in to as a GitHub App', () => {
    const { settings } = read(
      '{ forge: { kind: github, repository: acme/esim, app: { id: 7, key: app.pem, installation: 9 } } }',
    )
    expect(settings?.reports?.forge.auth).toEqual({ kind: 'app', id: 7, key: 'app.pem', installation: 9 })
  })

  it.each([
    ['{ forge: { kind: github, repository: acme/esim } }', 'signed in to by a token or by an app'],
    [
      '{ forge: { kind: github, repository: acme/esim, token: { env: FORGE_TOKEN }, app: { id: 7, key: k, installation: 9 } } }',
      'signed in to by a token or by an app',
    ],
    [
      '{ forge: { kind: gitlab, repository: a/b, app: { id: 7, key: k, installation: 9 } } }',
      'only GitHub has apps',
    ],
    ['{ forge: { kind: gitea, repository: a/b, token: { env: FORGE_TOKEN } } }', 'no service of their own'],
    [
      '{ forge: { kind: github, repository: a/b/c, token: { env: FORGE_TOKEN } } }',
      '"a/b/c" is no repository',
    ],
    ['{ forge: { kind: github, repository: a/b, token: { env: OTHER } } }', 'OTHER is not set'],
    [
      '{ forge: { kind: github, repository: a/b, token: secret-in-clear } }',
      'holds a secret, which is never written here',
    ],
    [
      '{ forge: { kind: bitbucket, repository: a/b, token: { env: FORGE_TOKEN } } }',
      'must be github or gitlab or gitea',
    ],
    [
      '{ every: 5s, forge: { kind: github, repository: a/b, token: { env: FORGE_TOKEN } } }',
      'reports.every is 5s',
    ],
    [
      '{ forge: { kind: github, repository: a/b, token: { env: FORGE_TOKEN }, api: http://git.acme.example } }',
      'is no https address',
    ],
  ])('are refused with their place: %s', (reports, message) => {
    const { settings, findings } = read(reports)
    expect(settings).toBeUndefined()
    expect(findings.map((each) => each.message).join('\n')).toContain(message)
    expect(findings.every(({ place }) => place?.line === 4)).toBe(true)
    expect(JSON.stringify(findings)).not.toContain('a-token')
  })

  it('need a repository, for a folder has no branches', () => {
    const { settings, findings } = read(
      '{ forge: { kind: github, repository: a/b, token: { env: FORGE_TOKEN } } }',
      'source: { path: desired }',
    )
    expect(settings).toBeUndefined()
    expect(findings).toMatchObject([{ message: 'reports need a source with branches' }])
  })

  it('take several levels of a GitLab project', () => {
    expect(
      read('{ forge: { kind: gitlab, repository: acme/it/esim, token: { env: FORGE_TOKEN } } }').settings
        ?.reports?.forge,
    ).toMatchObject({ repository: 'acme/it/esim' })
  })
})
