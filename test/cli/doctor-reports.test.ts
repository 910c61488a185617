import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openFakeGitHub, TOKEN } from '../forge/fakes/github.ts'
import { Repository } from '../source/repository.ts'
import { simplane, workplace, type Ended } from './harness.ts'

test('the forge that lets us in is told from one that does not, and the token is never shown', async () => {
  const fake = await openFakeGitHub(() => Date.now(), 'token')
  const repository = new Repository()
  onTestFinished(async () => {
    repository[Symbol.dispose]()
    await fake[Symbol.asyncDispose]()
  })
  repository.write({ 'README.md': 'eSIMs\n' })
  repository.push('Begin')
  const folder = workplace()
  writeFileSync(
    join(folder, 'simplane.yaml'),
    `apiVersion: simplane/v1
kind: Settings
source: { repo: "${repository.remote}" }
reports: { forge: { kind: github, repository: acme/esim, api: "${fake.address}", token: { env: FORGE_TOKEN } } }
`,
  )
  const doctor = (token: string): Promise<Ended> =>
    simplane(folder, ['doctor'], { env: { FORGE_TOKEN: token } })

  const good = await doctor(TOKEN)
  expect(good.out).toMatch(/^ok {4}reports {3}/m)
  expect(good.out).not.toMatch(/^FAIL {2}reports/m)

  const stranger = await doctor('a-token-of-nobody')
  expect(stranger.out).toMatch(/^FAIL {2}reports {3}/m)
  expect(stranger.code).toBe(1)
  for (const { out, err } of [good, stranger]) {
    expect(out + err).not.toContain(TOKEN)
    expect(out + err).not.toContain('a-token-of-nobody')
  }
})
