import { describe, expect, it } from 'vitest'
import type { GiteaOptions } from '../../src/forge/gitea/options.ts'
import { proposalFor } from '../conformance/forge-proposals.ts'
import { forgeFor, sticky } from '../conformance/forge-world.ts'
import { openGiteaWorld, type GiteaWorld } from './fakes/gitea-world.ts'

async function world(options: Partial<GiteaOptions> = {}): Promise<GiteaWorld> {
  let made: GiteaWorld | undefined
  await forgeFor(async () => (made = await openGiteaWorld('gitea', options)))
  if (made === undefined) throw new Error('no world')
  return made
}

describe('pull requests', () => {
  it('whose base branch is gone are left out, and what was merged into it is known still', async () => {
    const opened = await world()
    const { fake, forge } = opened
    const { number } = opened.openPull()
    const mergedAs = opened.mergePull(number)
    opened.openPull()
    fake.repository.branches.delete('main')
    expect(await forge.openPullRequests()).toEqual([])
    expect(await forge.mergedSince(0)).toMatchObject([{ number, mergedAs, base: { sha: mergedAs } }])
  })

  it('are all read where the server gives fewer at once', async () => {
    const opened = await world()
    const { fake, forge } = opened
    for (let at = 0; at < 45; at += 1) opened.openPull()
    fake.dials.most = 20
    expect(await forge.openPullRequests()).toHaveLength(45)
  })

  it('that cannot be read are trouble', async () => {
    const { fake, forge } = await world()
    fake.server.dials.instead = () => ({ status: 200, body: '[{"number":1}]' })
    await expect(forge.openPullRequests()).rejects.toThrow(/cannot be read/)
  })

  it('that are hidden with their repository are not said to be none', async () => {
    const opened = await world()
    const { fake, forge } = opened
    const { number } = opened.openPull()
    fake.dials.hidden = true
    await expect(forge.pullRequest(number)).rejects.toMatchObject({ code: 'forge-unreachable' })
  })
})

describe('the status', () => {
  it('is the one with the highest number, on whichever page that is', async () => {
    const opened = await world()
    const { forge } = opened
    const { sha } = opened.openPull()
    for (let at = 0; at < 60; at += 1)
      await forge.status(sha, { context: 'simplane/apply', state: 'pending', description: `wave ${at}` })
    await forge.status(sha, { context: 'simplane/apply', state: 'pending', description: 'wave 59' })
    expect(opened.statuses(sha)).toHaveLength(60)
    await forge.status(sha, { context: 'simplane/apply', state: 'pending', description: 'wave 0' })
    expect(opened.statuses(sha)).toHaveLength(61)
  })
})

describe('the issue', () => {
  it('has those labels that there are', async () => {
    const { fake, forge } = await world()
    for (let at = 0; at < 80; at += 1) fake.labels.set(`label ${at}`, 100 + at)
    await forge.issue({ ...sticky('one'), title: 'Drift', labels: ['drift', 'label 79', 'none such'] })
    expect(fake.repository.issues).toMatchObject([{ labels: ['drift', 'label 79'] }])
  })
})

describe('a proposal', () => {
  it('starts from its commit when the base moved on since, and leaves no other branch', async () => {
    const opened = await world()
    const { fake, forge, base } = opened
    opened.push(base.ref, { 'later.yaml': 'kind: Later\n' })
    const proposal = proposalFor({ base })
    await forge.propose(proposal)
    expect(opened.branch(proposal.branch)?.files).not.toHaveProperty(['later.yaml'])
    expect([...fake.repository.branches.keys()]).toEqual(['main', proposal.branch])
    // And once more, over what is there.
    const files = [{ path: 'other.yaml', content: 'kind: Other\n' }]
    await forge.propose({ ...proposal, files })
    expect(Object.keys(opened.branch(proposal.branch)?.files ?? {})).toEqual([
      'README.md',
      'keep/this.yaml',
      'other.yaml',
    ])
    expect([...fake.repository.branches.keys()]).toEqual(['main', proposal.branch])
  })

  it('goes on with the branch that a lost answer left, and never with one that is somebody’s', async () => {
    const opened = await world()
    const { fake, forge, base } = opened
    opened.push(base.ref, { 'later.yaml': 'kind: Later\n' })
    const proposal = proposalFor({ base })
    const start = `${proposal.branch}-on-${base.sha.slice(0, 12)}`
    const theirs = opened.push(start, { 'theirs.yaml': 'kind: Theirs\n' })
    await expect(forge.propose(proposal)).rejects.toThrow(/in the way/)
    expect(opened.branch(start)?.sha).toBe(theirs)
    fake.repository.branches.set(start, base.sha)
    await forge.propose(proposal)
    expect(opened.branch(start)).toBeUndefined()
  })

  it('does not overwrite a file that is changed while it is made', async () => {
    const opened = await world()
    const { forge, base } = opened
    opened.suffer((method, path) => {
      if (method === 'POST' && path.endsWith('/contents')) opened.push(base.ref, { 'README.md': 'Theirs\n' })
      return undefined
    })
    await expect(forge.propose(proposalFor({ base }))).rejects.toThrow(/sha does not match/)
    expect(opened.branch(proposalFor({ base }).branch)).toBeUndefined()
  })

  it('does not overwrite what is pushed while it looks', async () => {
    const opened = await world()
    const { forge, base } = opened
    const { branch: name } = proposalFor({ base })
    await forge.propose(proposalFor({ base }))
    let looks = 0
    let theirs = ''
    opened.suffer((method, path) => {
      if (method !== 'GET' || !path.endsWith(`/branches/${name}`)) return undefined
      looks += 1
      if (looks === 2) theirs = opened.push(name, { 'theirs.yaml': 'kind: Theirs\n' })
      return undefined
    })
    const files = [{ path: 'other.yaml', content: 'kind: Other\n' }]
    await expect(forge.propose(proposalFor({ base }, { files }))).rejects.toThrow(/not ours/)
    expect(opened.branch(name)?.sha).toBe(theirs)
  })

  it('stays a draft when somebody made it one, and says its new words', async () => {
    const opened = await world()
    const { fake, forge, base } = opened
    await forge.propose(proposalFor({ base }))
    const [request] = fake.repository.pulls
    if (request !== undefined) request.pull.draft = true
    await forge.propose(proposalFor({ base }))
    expect(opened.pulls()).toMatchObject([{ edits: 0 }])
    await forge.propose(proposalFor({ base }, { title: 'Other' }))
    expect(opened.pulls()).toMatchObject([{ edits: 1, title: 'WIP: Other' }])
  })
})

describe('what is needed', () => {
  it.each([
    [
      'a token without scopes',
      ({ fake }: GiteaWorld): void => void (fake.dials.scopes = false),
      /required scope/,
    ],
    ['a repository that is hidden', ({ fake }: GiteaWorld): void => void (fake.dials.hidden = true), /404/],
    ['a reader', ({ fake }: GiteaWorld): void => void (fake.dials.push = false), /may not write/],
    ['an archive', ({ fake }: GiteaWorld): void => void (fake.dials.repository.archived = true), /archived/],
    [
      'a repository without pull requests',
      ({ fake }: GiteaWorld): void => void (fake.dials.repository.has_pull_requests = false),
      /no pull requests/,
    ],
  ] as const)('is found lacking: %s', async (_, spoil, words) => {
    const opened = await world()
    spoil(opened)
    const failed = (await opened.forge.check()).filter(({ result }) => result === 'fail')
    expect(failed).toMatchObject([{ message: expect.stringMatching(words), hint: expect.any(String) }])
  })

  it('is a token that the forge knows', async () => {
    const { forge } = await world({ token: () => 'another' })
    expect(await forge.check()).toMatchObject([{ result: 'fail', message: expect.stringMatching(/401/) }])
  })

  it('is a token, which no message tells, though the forge may give it back', async () => {
    const { fake, forge, secrets } = await world()
    const body = JSON.stringify({ message: `Forbidden for ${secrets.join(' ')}` })
    fake.server.dials.instead = () => ({ status: 403, body })
    await expect(forge.openPullRequests()).rejects.toThrow(/Forbidden for \[redacted\]/)
  })

  it('is a forge: what complains in other words is none', async () => {
    const { fake, forge } = await world()
    fake.server.dials.instead = () => ({ status: 403, body: '{"blocked":true}' })
    await expect(forge.openPullRequests()).rejects.toThrow(/not what Gitea or Forgejo would say/)
  })

  it.each([
    { repository: 'acme' },
    { repository: '../esim' },
    { api: 'http://git.acme.example/api/v1' },
    { api: 'no address' },
  ])('is no setting like %s', async (options) => {
    await expect(openGiteaWorld('gitea', options)).rejects.toMatchObject({ code: 'settings' })
  })
})
