import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { openFakeGitHub, TOKEN } from '../forge/fakes/github.ts'
import { KEY, openReceiver } from '../notify/fakes/receiver.ts'
import { LAPTOPS, PARIS } from '../reconcile/world.ts'
import { Repository } from '../source/repository.ts'
import { service, temporary } from './harness.ts'

async function until(so: () => boolean): Promise<void> {
  while (!so()) await setTimeout(20)
}

test('the running service reports a pull request and tells people, as its settings say, and stops at once', async () => {
  const fake = await openFakeGitHub(() => Date.now(), 'token')
  const receiver = await openReceiver(() => Date.now())
  const repository = new Repository()
  onTestFinished(async () => {
    repository[Symbol.dispose]()
    await fake[Symbol.asyncDispose]()
  })
  // Not valid from the start: people are told of it at once.
  repository.write({ 'acme.yaml': LAPTOPS.replace('serverName', 'serverNam'), 'paris.yaml': PARIS })
  repository.push('Begin')
  const { clone } = repository
  repository.git(clone, 'checkout', '-q', '-b', 'change')
  repository.write({ 'paris.yaml': PARIS.replace('selector', 'selektor') })
  repository.git(clone, 'commit', '-q', '-a', '-m', 'Change')
  const head = repository.git(clone, 'rev-parse', 'HEAD')
  repository.git(clone, 'push', '-q', 'origin', 'HEAD:refs/pull/1/head')
  repository.git(clone, 'checkout', '-q', 'main')
  const { first, commits } = fake.repository
  commits.set(head, { sha: head, tree: commits.get(first)?.tree ?? '', parents: [], message: 'Change' })
  const pull = { branch: 'change', base: 'main', fork: false, draft: false, head }
  const issue = fake.repository.addIssue({ author: 'jane', title: 'Change', body: '', pull })

  const folder = temporary()
  writeFileSync(
    join(folder, 'simplane.yaml'),
    `apiVersion: simplane/v1
kind: Settings
source: { repo: "${repository.remote}" }
drivers: [{ name: simulator, kind: simulator, latency: { min: 1ms, max: 20ms } }]
reports: { forge: { kind: github, repository: acme/esim, api: "${fake.address}", token: { env: FORGE_TOKEN } } }
notify: [{ name: ops, kind: webhook, url: "${receiver.url.href}", secret: { env: HOOK_KEY } }]
`,
  )
  const running = service(folder, { env: { FORGE_TOKEN: TOKEN, HOOK_KEY: KEY } })
  await until(() => issue.comments.length > 0)
  expect(issue.comments.map(({ body }) => body.split('\n')[0])).toEqual([
    expect.stringMatching(/^### ❌ Not valid: \d errors?, no plan$/),
  ])
  expect(fake.repository.statuses.get(head)?.map(({ context, state }) => `${context} ${state}`)).toEqual([
    'simplane/validate failure',
    'simplane/plan failure',
  ])
  await until(() => receiver.taken.length > 0)
  expect(receiver.taken.map(({ event }) => event.type)).toContain('dev.simplane.revision-refused.v1')
  expect(receiver.complaints).toEqual([])
  const { code, out, err } = await running.stop('SIGTERM')
  expect(code).toBe(0)
  expect(out + err).not.toContain(TOKEN)
  expect(out + err).not.toContain(KEY)
})
