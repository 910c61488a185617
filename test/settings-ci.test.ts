import { describe, expect, test } from 'vitest'
import { ciContext } from '../src/settings/ci.ts'

const GITHUB = {
  GITHUB_ACTIONS: 'true',
  GITHUB_REPOSITORY: 'acme/esim',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_API_URL: 'https://api.github.com',
  GITHUB_REF: 'refs/pull/412/merge',
  GITHUB_BASE_REF: 'main',
  GITHUB_TOKEN: 'ghs_of_the_workflow',
}
const GITLAB = {
  GITLAB_CI: 'true',
  CI_PROJECT_PATH: 'acme/devices/esim',
  CI_API_V4_URL: 'https://git.acme.example/lab/api/v4',
  CI_MERGE_REQUEST_IID: '7',
  CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'release/2026',
  SIMPLANE_FORGE_TOKEN: 'glpat-of-the-project',
}

describe('what the variables of a CI say', () => {
  test('in GitHub Actions', () => {
    expect(ciContext(GITHUB)).toEqual({
      kind: 'ci',
      repo: 'https://github.com/acme/esim.git',
      branch: 'main',
      forge: {
        kind: 'github',
        repository: 'acme/esim',
        api: 'https://api.github.com',
        token: { env: 'GITHUB_TOKEN' },
      },
      pull: 412,
    })
  })

  test('on a GitHub Enterprise Server, and at ghe.com', () => {
    const server = {
      GITHUB_SERVER_URL: 'https://git.acme.example',
      GITHUB_API_URL: 'https://git.acme.example/api/v3',
    }
    const cloud = { GITHUB_SERVER_URL: 'https://acme.ghe.com', GITHUB_API_URL: 'https://api.acme.ghe.com/' }
    expect(ciContext({ ...GITHUB, ...server })).toMatchObject({
      repo: 'https://git.acme.example/acme/esim.git',
      forge: { api: 'https://git.acme.example/api/v3' },
    })
    expect(ciContext({ ...GITHUB, ...cloud })).toMatchObject({ forge: { api: 'https://api.acme.ghe.com' } })
  })

  test.each(['GITEA_ACTIONS', 'FORGEJO_ACTIONS'])('in the actions of a forge that says %s', (flag) => {
    const variables = {
      ...GITHUB,
      GITHUB_SERVER_URL: 'https://git.acme.example',
      GITHUB_API_URL: 'https://git.acme.example/api/v1',
      GITHUB_REF: 'refs/pull/3/head',
      [flag]: 'true',
    }
    expect(ciContext(variables)).toMatchObject({
      forge: { kind: 'gitea', api: 'https://git.acme.example/api/v1' },
      pull: 3,
    })
  })

  test('in GitLab CI, below a path and in a group of a group', () => {
    expect(ciContext(GITLAB)).toEqual({
      kind: 'ci',
      repo: 'https://git.acme.example/lab/acme/devices/esim.git',
      branch: 'release/2026',
      forge: {
        kind: 'gitlab',
        repository: 'acme/devices/esim',
        api: 'https://git.acme.example/lab/api/v4',
        token: { env: 'SIMPLANE_FORGE_TOKEN' },
      },
      pull: 7,
    })
  })

  test('a token of ours goes before that of the workflow, and one that is empty is none', () => {
    expect(ciContext({ ...GITHUB, SIMPLANE_FORGE_TOKEN: 'ours' })).toMatchObject({
      forge: { token: { env: 'SIMPLANE_FORGE_TOKEN' } },
    })
    expect(ciContext({ ...GITHUB, SIMPLANE_FORGE_TOKEN: '' })).toMatchObject({
      forge: { token: { env: 'GITHUB_TOKEN' } },
    })
    expect(ciContext({ ...GITHUB, GITHUB_TOKEN: '' })).toMatchObject({
      kind: 'wrong',
      message: 'there is no token for the forge: SIMPLANE_FORGE_TOKEN and GITHUB_TOKEN are not set',
    })
    // A job's own token may not comment.
    expect(ciContext({ ...GITLAB, SIMPLANE_FORGE_TOKEN: undefined, CI_JOB_TOKEN: 'job' })).toMatchObject({
      kind: 'wrong',
      message: 'there is no token for the forge: SIMPLANE_FORGE_TOKEN is not set',
    })
  })

  test('a push is for no pull request, and elsewhere there is no CI', () => {
    const push = ciContext({ ...GITHUB, GITHUB_REF: 'refs/heads/main', GITHUB_BASE_REF: '' })
    expect(push).toMatchObject({ kind: 'ci' })
    expect(push).not.toHaveProperty('pull')
    expect(push).not.toHaveProperty('branch')
    expect(ciContext({})).toBeUndefined()
    expect(ciContext({ GITHUB_TOKEN: 'of a developer', CI: 'true' })).toBeUndefined()
  })
})

const HOSTILE: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['a repository that leads elsewhere', { GITHUB_REPOSITORY: '../../evil' }],
  ['a repository that is an option', { GITHUB_REPOSITORY: '--upload-pack=touch/x' }],
  ['a repository with a line feed', { GITHUB_REPOSITORY: 'acme/esim\nHost: evil.example' }],
  ['a repository that is an address', { GITHUB_REPOSITORY: 'https://evil.example/acme/esim' }],
  ['a repository with a host', { GITHUB_REPOSITORY: '@evil.example/esim' }],
  ['a server with another host behind @', { GITHUB_SERVER_URL: 'https://github.com@evil.example' }],
  ['a server without TLS', { GITHUB_SERVER_URL: 'http://github.com' }],
  ['a server of the file system', { GITHUB_SERVER_URL: 'file:///etc' }],
  ['a program as a server', { GITHUB_SERVER_URL: 'ext::sh -c id' }],
  ['no server', { GITHUB_SERVER_URL: '' }],
  ['an API on another host', { GITHUB_API_URL: 'https://evil.example/api/v3' }],
  ['an API whose host only begins alike', { GITHUB_API_URL: 'https://api.github.com.evil.example' }],
  ['an API without TLS', { GITHUB_API_URL: 'http://api.github.com' }],
  ['an API with a query', { GITHUB_API_URL: 'https://api.github.com/?to=evil' }],
  ['an API with a line feed', { GITHUB_API_URL: 'https://api.github.com/\nx' }],
  ['a branch that is an option', { GITHUB_BASE_REF: '--exec=id' }],
  ['a branch with a line feed', { GITHUB_BASE_REF: 'main\n' }],
  ['a branch with an escape', { GITHUB_BASE_REF: 'main\u001b[2J' }],
  ['a branch that a shell would read', { GITHUB_BASE_REF: '$(id)' }],
  ['a number beyond all numbers', { GITHUB_REF: 'refs/pull/99999999999999999999/merge' }],
  ['the number 0', { GITHUB_REF: 'refs/pull/0/merge' }],
  ['two CIs at once', { CI_PROJECT_PATH: 'acme/esim' }],
]

describe('variables that somebody has changed', () => {
  test.each(HOSTILE)('%s is refused, and not repeated', (_what, variables) => {
    const read = ciContext({ ...GITHUB, ...variables })
    expect(read).toMatchObject({ kind: 'wrong' })
    const told = JSON.stringify(read)
    for (const value of Object.values(variables).filter((each) => /evil|\$|\n|exec/.test(each)))
      expect(told).not.toContain(JSON.stringify(value).slice(1, -1))
    expect(told).not.toContain(GITHUB.GITHUB_TOKEN)
  })

  test.each([
    [{ CI_PROJECT_PATH: 'acme' }],
    [{ CI_PROJECT_PATH: 'acme/../../evil' }],
    [{ CI_API_V4_URL: 'https://git.acme.example/api/v3' }],
    [{ CI_API_V4_URL: 'https://user:secret@git.acme.example/api/v4' }],
    [{ CI_MERGE_REQUEST_IID: '7; id' }],
    [{ CI_MERGE_REQUEST_TARGET_BRANCH_NAME: '-x' }],
  ])('GitLab’s are refused alike: %j', (variables) => {
    expect(ciContext({ ...GITLAB, ...variables })).toMatchObject({ kind: 'wrong' })
  })

  test('a ref that only looks like one of a pull request is none', () => {
    for (const ref of [
      'refs/pull/412',
      'refs/heads/refs/pull/412/merge',
      'refs/pull/412/merge/../x',
      'refs/pull/-1/merge',
    ])
      expect(ciContext({ ...GITHUB, GITHUB_REF: ref })).not.toHaveProperty('pull')
  })
})
