import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished, describe } from 'vitest'
import { HOUR, MINUTE, SECOND } from '../../src/domain/time.ts'
import { openGitHub } from '../../src/forge/github/github.ts'
import type { GitHubOptions } from '../../src/forge/github/options.ts'
import { testClock } from '../clock.ts'
import { drive, forgeFor, sticky } from '../conformance/forge-world.ts'
import { APP, TOKEN, type Instead } from './fakes/github.ts'
import { CONTRACT } from './fakes/github-contract.ts'
import { openGitHubWorld, type GitHubWorld } from './fakes/github-world.ts'

const UNREACHABLE = { code: 'forge-unreachable' }

async function world(
  kind: 'token' | 'app' = 'token',
  options: Partial<GitHubOptions> = {},
): Promise<GitHubWorld> {
  return (await forgeFor(() => openGitHubWorld(kind, options))) as GitHubWorld
}

describe('what is not GitHub speaking', () => {
  it.each<Instead>([
    { status: 404, body: '<html>not here</html>', headers: { 'content-type': 'text/html' } },
    { status: 404, body: '{"error":"no route"}' },
    { status: 200, body: '<html>sign in</html>', headers: { 'content-type': 'text/html' } },
    { status: 200, body: '{}' },
    { status: 200, body: '[{"number":1}]' },
    { status: 200, body: '[1]' },
    { status: 204, body: '' },
  ])('makes nothing look gone, and is written to nobody: $status $body', async (instead) => {
    const of = await world()
    const { fake, forge, clock } = of
    const { number } = of.openPull()
    await forge.comment(number, sticky('one'))
    fake.dials.instead = (method) => (method === 'GET' ? instead : undefined)
    await expect(drive({ clock }, forge.pullRequest(number))).rejects.toMatchObject(UNREACHABLE)
    await expect(drive({ clock }, forge.openPullRequests())).rejects.toMatchObject(UNREACHABLE)
    await expect(drive({ clock }, forge.mergedSince(0))).rejects.toMatchObject(UNREACHABLE)
    await expect(drive({ clock }, forge.comment(number, sticky('two')))).rejects.toMatchObject(UNREACHABLE)
    expect(of.comments(number)).toMatchObject([{ edits: 0 }])
  })

  it('is no empty list, even where the library would make one of it (409)', async () => {
    const of = await world()
    const { fake, forge } = of
    const { number } = of.openPull()
    await forge.comment(number, sticky('one'))
    fake.dials.instead = () => ({ status: 409, body: '{"message":"Conflict"}' })
    await expect(forge.comment(number, sticky('two'))).rejects.toThrow(/Conflict/)
    expect(of.comments(number)).toHaveLength(1)
  })
})

describe('where credentials go', () => {
  it('is nowhere else: a renamed repository says so, and is not followed', async () => {
    const of = await world()
    const stranger = await listening()
    of.fake.dials.instead = () => ({ status: 301, body: '', headers: { location: stranger.address } })
    const asked = drive(of, of.forge.openPullRequests())
    await expect(asked).rejects.toMatchObject({ ...UNREACHABLE, hint: expect.stringContaining('renamed') })
    expect(stranger.asked()).toBe(0)
  })

  it('is not to where a link to the next page points', async () => {
    const of = await world()
    const stranger = await listening()
    for (let at = 0; at < 101; at += 1) of.openPull()
    of.fake.dials.links = stranger.address
    await expect(of.forge.openPullRequests()).rejects.toMatchObject(UNREACHABLE)
    of.fake.dials.links = `${new URL(of.fake.address).origin}/elsewhere`
    await expect(of.forge.openPullRequests()).rejects.toMatchObject(UNREACHABLE)
    expect(stranger.asked()).toBe(0)
  })

  it.each([
    { api: 'http://github.acme.example/api/v3' },
    { api: 'https://token@github.acme.example/api/v3' },
    { api: 'github.acme.example' },
    { repository: 'acme' },
    { repository: 'acme/esim/more' },
    { repository: '../..' },
    { repository: 'acme/..' },
    { repository: 'acme/es im' },
    { auth: { kind: 'app', appId: 1, privateKey: () => APP.privateKey.slice(0, 400), installation: 1 } },
    { auth: { kind: 'app', appId: 1, privateKey: () => 'ghp_noPrivateKey', installation: 1 } },
  ] satisfies Partial<GitHubOptions>[])('is refused before anything is sent: %j', async (wrong) => {
    const auth = { kind: 'token', token: () => TOKEN } as const
    const options = { name: 'github', repository: 'acme/esim', auth, clock: testClock() }
    const opened = openGitHub({ ...options, ...wrong })
    await expect(opened).rejects.toMatchObject({ code: 'settings' })
    await expect(opened).rejects.not.toThrow(/BEGIN|MII|ghp_/)
  })
})

describe('pages', () => {
  it('that never end are not read for ever', async () => {
    const of = await world()
    const link = `<${of.fake.address}/repos/acme/esim/pulls?state=open&page=2>; rel="next"`
    of.fake.dials.instead = () => ({ status: 200, body: '[]', headers: { link } })
    await expect(of.forge.openPullRequests()).rejects.toThrow(/does not end/)
  })

  it('are read no further than to the moment that is asked for', async () => {
    const of = await world()
    for (let at = 0; at < 250; at += 1) of.mergePull(of.openPull().number)
    await of.clock.advance(HOUR)
    const since = of.clock.now()
    const { number } = of.openPull()
    of.mergePull(number)
    of.fake.requests.splice(0)
    expect((await of.forge.mergedSince(since)).map((pull) => pull.number)).toEqual([number])
    expect(of.requests).toEqual(['GET /repos/acme/esim/pulls'])
  })

  it('miss none that was merged in the second that is asked for: GitHub’s times have no milliseconds', async () => {
    const of = await world()
    await of.clock.advance(300)
    const since = of.clock.now()
    await of.clock.advance(300)
    const { number } = of.openPull()
    of.mergePull(number)
    expect((await of.forge.mergedSince(since)).map((pull) => pull.number)).toEqual([number])
  })
})

describe('GitHub’s limits of requests', () => {
  const secondary = JSON.stringify({ message: 'You have exceeded a secondary rate limit. Please wait.' })
  const forbidden = JSON.stringify({ message: 'API rate limit exceeded for user ID 1.' })
  it.each([
    { body: secondary, headers: { 'retry-after': '120' }, wait: 2 * MINUTE },
    { body: secondary, headers: {}, wait: MINUTE },
    { body: forbidden, headers: { 'x-ratelimit-remaining': '0' }, reset: 40 * MINUTE, wait: 40 * MINUTE },
    { body: forbidden, headers: { 'x-ratelimit-remaining': '0' }, wait: MINUTE },
  ])(
    'are kept, although it says so with a 403: $headers, for $wait ms',
    async ({ body, headers, reset, wait }) => {
      const of = await world()
      const { number } = of.openPull()
      const resets =
        reset === undefined ? {} : { 'x-ratelimit-reset': String((of.clock.now() + reset) / SECOND) }
      let asked = 0
      of.fake.dials.instead = () => {
        asked += 1
        return { status: 403, body, headers: { ...headers, ...resets } }
      }
      await expect(of.forge.pullRequest(number)).rejects.toThrow(/left alone until 2026/)
      of.fake.dials.instead = () => undefined
      await of.clock.advance(wait - SECOND)
      await expect(of.forge.comment(number, sticky('one'))).rejects.toMatchObject(UNREACHABLE)
      expect([asked, of.requests]).toEqual([1, []])
      await of.clock.advance(SECOND)
      expect(await of.forge.pullRequest(number)).toMatchObject({ number })
    },
  )
})

it.each([
  { method: 'POST', path: '/repos/acme/esim/issues', body: '{"body":"no title"}' },
  { method: 'POST', path: '/repos/acme/esim/issues', body: '{"title":"T","colour":"red"}' },
  { method: 'POST', path: '/repos/acme/esim/issues', body: 'title=T' },
  { method: 'GET', path: '/repos/acme/esim/pulls', query: 'state=merged' },
  { method: 'GET', path: '/repos/acme/esim/pulls', query: 'stat=open' },
  { method: 'GET', path: '/repos/acme/esim/pulls/x' },
  { method: 'DELETE', path: '/repos/acme/esim' },
])('a request that GitHub does not describe would be seen: $method $path $query $body', (asked) => {
  const { method, path, query, body = '' } = asked
  expect(CONTRACT.wrong({ method, path, query: new URLSearchParams(query), body })).not.toEqual([])
})

async function listening(): Promise<{ readonly address: string; asked(): number }> {
  let asked = 0
  const server = createServer((_request, response) => {
    asked += 1
    response.end('[]')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked }
}
