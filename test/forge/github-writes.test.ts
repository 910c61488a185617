import { describe, expect, it } from 'vitest'
import type { GitHubOptions } from '../../src/forge/github/options.ts'
import { drive, forgeFor, MARKER, sticky } from '../conformance/forge-world.ts'
import { APP, TOKEN } from './fakes/github.ts'
import { openGitHubWorld, type GitHubWorld } from './fakes/github-world.ts'

const UNREACHABLE = { code: 'forge-unreachable' }

async function world(
  kind: 'token' | 'app' = 'token',
  options: Partial<GitHubOptions> = {},
): Promise<GitHubWorld> {
  return (await forgeFor(() => openGitHubWorld(kind, options))) as GitHubWorld
}

describe('an app', () => {
  it('gets one token for many requests, and another one when it is opened again', async () => {
    const of = await world('app')
    const { number } = of.openPull()
    await of.forge.comment(number, sticky('one'))
    await of.forge.openPullRequests()
    expect([...of.fake.issued]).toHaveLength(1)
    expect(of.comments(number)).toMatchObject([{ author: 'simplane-acme[bot]' }])
  })

  it('that is not installed there is told so', async () => {
    const auth = { kind: 'app', appId: APP.id, privateKey: () => APP.privateKey, installation: 9 } as const
    const of = await world('app', { auth })
    await expect(of.forge.openPullRequests()).rejects.toThrow(/Not Found/)
  })
})

describe('a token', () => {
  it('is asked for at each request', async () => {
    const tokens = ['ghp_an-old-one-that-expired', TOKEN]
    const of = await world('token', { auth: { kind: 'token', token: () => tokens[0] ?? '' } })
    const refusal = of.forge.openPullRequests()
    await expect(refusal).rejects.toMatchObject({ ...UNREACHABLE, hint: expect.stringContaining('token') })
    await expect(refusal).rejects.toThrow(/Bad credentials/)
    tokens.shift()
    expect(await of.forge.openPullRequests()).toEqual([])
  })

  it('that a server gives back in its complaint is in no message', async () => {
    const of = await world()
    of.fake.dials.instead = () => ({ status: 401, body: JSON.stringify({ message: `no ${TOKEN} here` }) })
    await expect(of.forge.openPullRequests()).rejects.toThrow('no [redacted] here')
  })

  it('of a workflow finds its comments, although it is nobody’s', async () => {
    const of = await world()
    of.fake.dials.workflow = true
    const { number } = of.openPull()
    await of.forge.comment(number, sticky('one'))
    await of.forge.comment(number, sticky('two'))
    expect(of.comments(number)).toMatchObject([{ author: 'github-actions[bot]', edits: 1 }])
  })

  it('shows no annotations, and asks for nothing', async () => {
    const of = await world()
    const { sha } = of.openPull()
    await of.forge.annotate(sha, 'simplane/validate', [])
    expect(of.requests.filter((request) => !request.startsWith('GET'))).toEqual([])
    expect(of.forge.capabilities.annotations).toBe(false)
  })
})

describe('annotations', () => {
  it('that were left half done are shown whole the next time', async () => {
    const of = await world('app')
    const { sha } = of.openPull()
    const many = Array.from({ length: 130 }, (_, at) => finding(at + 1))
    of.suffer((method) => (method === 'PATCH' ? 'refused-before' : undefined))
    await expect(drive(of, of.forge.annotate(sha, 'v', many))).rejects.toMatchObject(UNREACHABLE)
    expect(of.annotations(sha, 'v')).toHaveLength(50)
    of.suffer(() => undefined)
    await of.forge.annotate(sha, 'v', many)
    expect(of.annotations(sha, 'v')).toEqual(many)
    expect(of.fake.repository.runs.at(-1)).toMatchObject({ status: 'completed', conclusion: 'failure' })
    await of.forge.annotate(sha, 'v', many)
    expect(of.fake.repository.runs).toHaveLength(2)
  })

  it('end without end: the first 500 of 10,000 are shown', async () => {
    const of = await world('app')
    const { sha } = of.openPull()
    await of.forge.annotate(
      sha,
      'v',
      Array.from({ length: 10_000 }, (_, at) => finding(at + 1)),
    )
    expect(of.annotations(sha, 'v')).toHaveLength(500)
  })

  it.each([
    ['warning', 'neutral'],
    ['info', 'success'],
  ] as const)('of severity %s alone are %s', async (severity, conclusion) => {
    const of = await world('app')
    const { sha } = of.openPull()
    await of.forge.annotate(sha, 'v', [{ ...finding(1), severity }])
    expect(of.fake.repository.runs).toMatchObject([{ status: 'completed', conclusion }])
  })
})

describe('what GitHub does not take', () => {
  it('is said in its own words, and nothing is tried again', async () => {
    const of = await world()
    const { number, sha } = of.openPull()
    await expect(of.forge.comment(number, sticky('x'.repeat(65_536)))).rejects.toThrow(/body is too long/)
    await expect(of.forge.status('0'.repeat(40), status('x'))).rejects.toThrow(/Not Found/)
    for (let at = 0; at < 1000; at += 1)
      of.fake.repository.addStatus(sha, { ...status(''), description: String(at), target_url: null })
    await expect(of.forge.status(sha, status('x'))).rejects.toThrow(/maximum number of statuses/)
    expect(of.requests.filter((request) => request.startsWith('POST'))).toHaveLength(2)
  })

  it('of a status that is too long is its end', async () => {
    const of = await world()
    const { sha } = of.openPull()
    await of.forge.status(sha, status('\u{1F4F1}'.repeat(141)))
    await of.forge.status(sha, status('\u{1F4F1}'.repeat(141)))
    expect(of.statuses(sha)).toMatchObject([{ description: `${'\u{1F4F1}'.repeat(139)}…` }])
  })

  it('of an issue is a label: it is made without', async () => {
    const of = await world()
    const issue = { ...sticky('one'), title: 'Drift' }
    await of.forge.issue({ ...issue, labels: ['x'.repeat(51)] })
    expect(of.issues()).toMatchObject([{ title: 'Drift', labels: [] }])
  })
})

it('somebody whose account is gone is nobody of ours', async () => {
  const of = await world()
  const { number } = of.openPull({ author: 'ghost' })
  of.say(number, 'ghost', sticky('boo').body)
  of.fileIssue('ghost', 'Drift', `boo\n${MARKER}`)
  await of.forge.comment(number, sticky('one'))
  await of.forge.issue({ ...sticky('one'), title: 'Drift' })
  expect(await of.forge.pullRequest(number)).toMatchObject({ author: 'ghost' })
  expect([of.comments(number).length, of.issues().length]).toEqual([2, 2])
})

it('a branch that somebody moves while a proposal is made is left to them', async () => {
  const of = await world()
  const proposal = { branch: 'simplane/adopt', base: 'main', from: of.base.sha, title: 'Adopt', body: 'It' }
  await of.forge.propose({ ...proposal, files: [{ path: 'a.yaml', content: 'kind: A\n' }] })
  let theirs = ''
  of.suffer((method, path) => {
    if (method === 'POST' && path.endsWith('/git/commits'))
      theirs = of.push(proposal.branch, { 'b.yaml': 'B' })
    return undefined
  })
  const second = of.forge.propose({ ...proposal, files: [{ path: 'a.yaml', content: 'kind: C\n' }] })
  await expect(second).rejects.toThrow(/not ours/)
  expect(of.branch(proposal.branch)?.sha).toBe(theirs)
})

it('a pull request that somebody else opened from our branch keeps that person’s words', async () => {
  const of = await world()
  const proposal = { branch: 'simplane/adopt', base: 'main', from: of.base.sha, title: 'Adopt', body: 'It' }
  const files = [{ path: 'a.yaml', content: 'kind: A\n' }]
  const { number } = await of.forge.propose({ ...proposal, files })
  Object.assign(of.fake.repository.issues[number - 1] ?? {}, { author: 'jane', title: 'Mine' })
  expect(await of.forge.propose({ ...proposal, files })).toMatchObject({ number })
  expect(of.pulls()).toMatchObject([{ author: 'jane', title: 'Mine' }])
})

function finding(line: number) {
  return {
    file: 'a.yaml',
    line,
    severity: 'error',
    title: 'invalid-document',
    message: `wrong ${line}`,
  } as const
}

function status(description: string) {
  return { context: 'simplane/plan', state: 'success', description } as const
}
