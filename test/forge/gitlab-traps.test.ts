import { describe, expect, it } from 'vitest'
import type { CommitStatus } from '../../src/domain/forge.ts'
import type { GitLabOptions } from '../../src/forge/gitlab/options.ts'
import { proposalFor } from '../conformance/forge-proposals.ts'
import { drive, forgeFor, MARKER, sticky } from '../conformance/forge-world.ts'
import { openGitLabWorld, type GitLabWorld } from './fakes/gitlab-world.ts'

async function world(options: Partial<GitLabOptions> = {}): Promise<GitLabWorld> {
  let made: GitLabWorld | undefined
  await forgeFor(async () => (made = await openGitLabWorld(options)))
  if (made === undefined) throw new Error('no world')
  return made
}

const PENDING: CommitStatus = { context: 'simplane/apply', state: 'pending', description: 'wave 1 of 3' }

describe('merge requests', () => {
  it.each(['merge', 'squash', 'fast-forward'] as const)(
    'are merged as what is on the base branch (%s)',
    async (how) => {
      const opened = await world()
      const { fake, forge } = opened
      const { number } = opened.openPull()
      const request = fake.repository.pulls[0]
      const mergedAs = request === undefined ? '' : fake.repository.merge(request, how)
      expect(await forge.pullRequest(number)).toMatchObject({ state: 'merged', mergedAs })
      expect(await forge.mergedSince(0)).toMatchObject([{ number, mergedAs }])
    },
  )

  it('have the head ref of the project, and the last commit of their base, in a list too', async () => {
    const opened = await world()
    const { forge, base } = opened
    const { number } = opened.openPull()
    const tip = opened.push(base.ref, { 'other.yaml': 'kind: Other\n' })
    const [listed] = await forge.openPullRequests()
    expect(listed).toMatchObject({ head: { ref: `refs/merge-requests/${number}/head` }, base: { sha: tip } })
    expect(await forge.pullRequest(number)).toEqual(listed)
  })

  it('are left out of a list without commits, or without a base', async () => {
    const opened = await world()
    const { fake, forge } = opened
    const { number } = opened.openPull()
    const gone = { branch: 'x', base: 'gone', fork: false, draft: false }
    fake.repository.addPull('jane', 'Into nothing', '', gone)
    expect((await forge.openPullRequests()).map((pull) => pull.number)).toEqual([number])
    const answerWith = (sha: string | null): void => {
      const list = [{ iid: 9, sha, target_branch: 'main', title: 'Empty' }]
      fake.server.dials.instead = (_, path) =>
        path.endsWith('/merge_requests') ? { status: 200, body: JSON.stringify(list) } : undefined
    }
    answerWith(null)
    expect(await forge.openPullRequests()).toEqual([])
    answerWith('0'.repeat(40))
    await expect(forge.openPullRequests()).rejects.toThrow(/cannot be read/)
  })

  it('that are hidden with their project are not said to be none', async () => {
    const opened = await world()
    const { fake, forge } = opened
    const { number } = opened.openPull()
    fake.dials.hidden = true
    await expect(forge.pullRequest(number)).rejects.toMatchObject({ code: 'forge-unreachable' })
    await expect(forge.pullRequest(number)).rejects.toThrow(/404 Project Not Found/)
  })
})

describe('notes', () => {
  it('of GitLab itself are not ours, whoever it says did it', async () => {
    const opened = await world()
    const { fake, forge, us } = opened
    const { number } = opened.openPull()
    const [request] = fake.repository.pulls
    if (request !== undefined)
      fake.repository.addComment(request, us, `mentioned in ${MARKER}\n${MARKER}`, true)
    await forge.comment(number, sticky('one'))
    expect(opened.comments(number)).toMatchObject([{ body: sticky('one').body }])
  })

  it('and issues carry nothing out, and are left alone when they say the same', async () => {
    const opened = await world()
    const { forge } = opened
    const { number } = opened.openPull()
    const text = sticky('Devices:\n/close\n  /merge\n\n/ no, 1/2, https://a.example/close')
    await forge.comment(number, text)
    await forge.comment(number, text)
    expect(opened.pulls()).toMatchObject([{ open: true }])
    expect(opened.comments(number)).toMatchObject([{ edits: 0 }])
    expect(opened.comments(number)[0]?.body).toBe(
      sticky('Devices:\n\\/close\n  \\/merge\n\n/ no, 1/2, https://a.example/close').body,
    )
    const issue = { ...text, title: 'Drift' }
    await forge.issue(issue)
    await forge.issue(issue)
    expect(opened.issues()).toMatchObject([{ edits: 0, body: opened.comments(number)[0]?.body }])
  })

  it('are read on where a proxy takes the headers for pages away', async () => {
    const opened = await world()
    const { fake, forge, us } = opened
    const { number } = opened.openPull()
    for (let at = 0; at < 100; at += 1) opened.say(number, 'jane', `Word ${at}`)
    opened.say(number, us, sticky('one').body)
    fake.dials.pageHeaders = false
    await forge.comment(number, sticky('two'))
    expect(opened.comments(number)).toHaveLength(101)
    expect(opened.comments(number).at(-1)).toMatchObject({ body: sticky('two').body, edits: 1 })
  })

  it('without an end are trouble', async () => {
    const opened = await world()
    const { fake, forge } = opened
    const { number } = opened.openPull()
    fake.server.dials.instead = (_, path) =>
      path.endsWith('/notes') ? { status: 200, body: '[]', headers: { 'x-next-page': '2' } } : undefined
    await expect(forge.comment(number, sticky('one'))).rejects.toThrow(/no end/)
  })
})

describe('the status', () => {
  it('of what is not over keeps its words, for GitLab would refuse others, and ends with the last ones', async () => {
    const opened = await world()
    const { forge } = opened
    const { sha } = opened.openPull()
    await forge.status(sha, PENDING)
    await forge.status(sha, { ...PENDING, description: 'wave 2 of 3' })
    await forge.status(sha, { ...PENDING, state: 'success', description: 'done' })
    expect(opened.statuses(sha).map(({ description }) => description)).toEqual(['wave 1 of 3', 'done'])
    expect(opened.requests.filter((each) => each.startsWith('POST'))).toHaveLength(2)
  })

  it('that another one of us posted meanwhile is no failure; anything else that is refused is', async () => {
    const opened = await world()
    const { fake, forge } = opened
    const { sha } = opened.openPull()
    await forge.status(sha, PENDING)
    fake.server.dials.instead = (method, path) =>
      method === 'GET' && path.endsWith('/statuses') ? { status: 200, body: '[]' } : undefined
    await forge.status(sha, PENDING)
    expect(opened.statuses(sha)).toHaveLength(1)
    fake.server.dials.instead = (method) =>
      method === 'POST' ? { status: 400, body: '{"message":{"name":["is too long"]}}' } : undefined
    await expect(forge.status(sha, { ...PENDING, state: 'failure' })).rejects.toThrow(/name.*is too long/)
  })

  it('of somebody else with our name is not ours', async () => {
    const opened = await world()
    const { fake, forge } = opened
    const { sha } = opened.openPull()
    fake.statuses.post(sha, 'jane', { state: 'success', name: 'simplane/plan', description: 'fine' })
    await forge.status(sha, { context: 'simplane/plan', state: 'success', description: 'fine' })
    expect(opened.statuses(sha)).toHaveLength(2)
  })

  it('of a fork’s commit is refused in GitLab’s words', async () => {
    const opened = await world()
    const { forge } = opened
    const { sha } = opened.openPull({ fork: true })
    await expect(forge.status(sha, PENDING)).rejects.toThrow(/References for commit/)
  })
})

describe('a proposal', () => {
  it('starts from its commit when the base moved on since', async () => {
    const opened = await world()
    const { forge, base } = opened
    opened.push(base.ref, { 'later.yaml': 'kind: Later\n' })
    const proposal = proposalFor({ base })
    await forge.propose(proposal)
    expect(opened.branch(proposal.branch)?.files).not.toHaveProperty(['later.yaml'])
  })

  it('does not delete what is not there', async () => {
    const opened = await world()
    const { forge, base } = opened
    const files = [{ path: 'no/such.yaml' }, { path: 'new.yaml', content: 'kind: New\n' }]
    await forge.propose(proposalFor({ base }, { files }))
    expect(opened.branch(proposalFor({ base }).branch)?.files).toHaveProperty(['new.yaml'])
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
    expect(opened.pulls()).toMatchObject([{ edits: 1, title: 'Draft: Other' }])
  })

  it('does not overwrite what is pushed while it looks', async () => {
    const opened = await world()
    const { forge, base } = opened
    await forge.propose(proposalFor({ base }))
    let looks = 0
    let theirs = ''
    opened.suffer((method, path) => {
      if (method !== 'GET' || !path.includes('/branches/')) return undefined
      looks += 1
      if (looks === 2) theirs = opened.push(proposalFor({ base }).branch, { 'theirs.yaml': 'kind: Theirs\n' })
      return undefined
    })
    const files = [{ path: 'other.yaml', content: 'kind: Other\n' }]
    await expect(forge.propose(proposalFor({ base }, { files }))).rejects.toThrow(/not ours/)
    expect(opened.branch(proposalFor({ base }).branch)?.sha).toBe(theirs)
  })
})

describe('what is needed', () => {
  it.each([
    [
      'a token that is not known',
      ({ fake }: GitLabWorld): void => void (fake.dials.token = 'another'),
      /401 Unauthorized/,
    ],
    [
      'a project that is hidden',
      ({ fake }: GitLabWorld): void => void (fake.dials.hidden = true),
      /Project Not Found/,
    ],
    [
      'a token that only reads',
      ({ fake }: GitLabWorld): void => void (fake.dials.scopes = ['read_api']),
      /"api"/,
    ],
    ['a reporter', ({ fake }: GitLabWorld): void => void (fake.dials.role = 20), /may not write/],
    ['a guest', ({ fake }: GitLabWorld): void => void (fake.dials.role = 10), /hardly read/],
    ['an archive', ({ fake }: GitLabWorld): void => void (fake.dials.project.archived = true), /archived/],
  ] as const)('is found lacking: %s', async (_, spoil, words) => {
    const opened = await world()
    spoil(opened)
    const failed = (await opened.forge.check()).filter(({ result }) => result === 'fail')
    expect(failed).toMatchObject([{ message: expect.stringMatching(words), hint: expect.any(String) }])
  })

  it('is a GitLab: what says no in other words is none', async () => {
    const { fake, forge } = await world()
    fake.server.dials.instead = () => ({ status: 404, body: '{"blocked":true}' })
    await expect(forge.pullRequest(1)).rejects.toThrow(/not what GitLab would say/)
  })

  it('is a token, which no message tells, though the forge may give it back', async () => {
    const { fake, forge, secrets } = await world()
    const body = JSON.stringify({ message: `403 Forbidden for ${secrets.join(' ')}` })
    fake.server.dials.instead = () => ({ status: 403, body })
    await expect(forge.openPullRequests()).rejects.toThrow(/403 Forbidden for \[redacted\]/)
  })

  it('is said by whoever refuses a write, too', async () => {
    const opened = await world()
    const { fake, forge } = opened
    const { number } = opened.openPull()
    fake.dials.scopes = ['read_api']
    await expect(forge.comment(number, sticky('one'))).rejects.toThrow(/higher privileges/)
  })

  it.each([
    { project: 'acme' },
    { project: 'acme/../esim' },
    { project: 0 },
    { api: 'http://gitlab.acme.example/api/v4' },
    { api: 'https://user:secret@gitlab.acme.example/api/v4' },
  ])('is no setting like %s', async (options) => {
    await expect(openGitLabWorld(options)).rejects.toMatchObject({ code: 'settings' })
  })

  it('is a project by its number, too', async () => {
    const opened = await world({ project: 77 })
    const { number } = opened.openPull()
    expect(await drive(opened, opened.forge.pullRequest(number))).toMatchObject({ number })
    expect(opened.requests).toContain(`GET /projects/77/merge_requests/${number}`)
  })
})
