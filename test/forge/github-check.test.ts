import { describe, expect, it } from 'vitest'
import type { Check } from '../../src/domain/check.ts'
import { forgeFor } from '../conformance/forge-world.ts'
import { openGitHubWorld, type GitHubWorld } from './fakes/github-world.ts'

async function checked(
  kind: 'token' | 'app',
  dial: (dials: GitHubWorld['fake']['dials']) => void,
): Promise<readonly Check[]> {
  const world = (await forgeFor(() => openGitHubWorld(kind))) as GitHubWorld
  dial(world.fake.dials)
  return await world.forge.check()
}

function troubles(checks: readonly Check[]): readonly string[] {
  for (const { result, hint } of checks) if (result !== 'ok') expect(hint).toBeDefined()
  return checks.flatMap(({ result, message }) => (result === 'ok' ? [] : [`${result}: ${message}`]))
}

describe('the check of an app', () => {
  it('says who we are, and that nothing lacks', async () => {
    const checks = await checked('app', () => {})
    expect(troubles(checks)).toEqual([])
    expect(checks[0]?.message).toBe('github acme/esim can be read, as simplane-acme[bot]')
  })

  it.each([
    [
      'pull_requests',
      'fail: the GitHub App may not write pull requests: pull requests are not read, and get no',
    ],
    ['statuses', 'warn: the GitHub App may not write statuses: commits get no statuses'],
    ['issues', 'warn: the GitHub App may not write issues: drift is not reported in an issue'],
    ['contents', 'warn: the GitHub App may not write contents: adopted drift is not proposed'],
    ['checks', 'warn: the GitHub App may not write checks: findings are not shown on their lines'],
  ])('says that the right for %s is missing, and what that stops', async (right, expected) => {
    const checks = await checked('app', (dials) => dials.rights.delete(right))
    expect(troubles(checks)).toEqual([expect.stringContaining(expected)])
  })
})

describe('the check of a token', () => {
  it('says who we are, and what no token can', async () => {
    const checks = await checked('token', () => {})
    expect(troubles(checks)).toEqual([expect.stringContaining('only a GitHub App')])
    expect(checks[0]?.message).toContain('as simplane-bot')
  })

  it('says that its owner may not write', async () => {
    const checks = await checked('token', (dials) => (dials.push = false))
    expect(troubles(checks)).toContainEqual(
      expect.stringContaining('fail: the owner of the token may not write'),
    )
  })

  it.each(['gist, read:org', 'repo:status'])('says that the scopes "%s" are not enough', async (scopes) => {
    const checks = await checked('token', (dials) => (dials.scopes = scopes))
    expect(troubles(checks)).toContainEqual(
      expect.stringContaining('fail: the token has not the scope "repo"'),
    )
  })

  it.each(['repo', 'gist, public_repo', ''])('takes the scopes "%s"', async (scopes) => {
    expect(troubles(await checked('token', (dials) => (dials.scopes = scopes)))).toHaveLength(1)
  })
})

describe.each(['app', 'token'] as const)('the check of any %s', (kind) => {
  it('says of a repository that it does not see both what that may mean', async () => {
    const checks = await checked(kind, (dials) => (dials.hidden = true))
    expect(checks).toMatchObject([{ result: 'fail', hint: expect.stringMatching(/name.*may see it/) }])
  })

  it('says that a repository is archived, or has no issues', async () => {
    const checks = await checked(kind, (dials) => (dials.repository = { archived: true, has_issues: false }))
    const said = troubles(checks)
    expect(said).toContainEqual(expect.stringContaining('fail: the repository is archived'))
    expect(said).toContainEqual(expect.stringContaining('warn: the repository has no issues'))
  })
})

it.each(['app', 'token'] as const)(
  'a pull request of a repository that the %s does not see is not said to be gone',
  async (kind) => {
    const world = (await forgeFor(() => openGitHubWorld(kind))) as GitHubWorld
    const { number } = world.openPull()
    world.fake.dials.hidden = true
    await expect(world.forge.pullRequest(number)).rejects.toThrow(/Not Found/)
  },
)
