import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { scrub } from '../../src/source/git-trouble.ts'
import { AUTHORITIES, openGitServer, type AskedOfGit, type GitServer } from './git-server.ts'
import { Repository, contents } from './repository.ts'

const TOKEN = 'ghp-hunter2-hunter2'
const BASIC = `Basic ${Buffer.from(`x-access-token:${TOKEN}`).toString('base64')}`

let repository: Repository
beforeEach(() => {
  repository = new Repository()
})
afterEach(() => repository[Symbol.dispose]())

describe('over https', () => {
  let server: GitServer
  let origin: string
  let asked: readonly AskedOfGit[]

  beforeEach(async () => {
    server = await openGitServer(repository.root, BASIC)
    ;({ origin, asked } = server)
  })
  afterEach(() => server[Symbol.asyncDispose]())

  test('a token opens the repository, and a renewed one is used at once', async () => {
    repository.write({ 'a.yaml': 'a' })
    const id = repository.push()
    let token = 'expired-token'
    await using source = await openRemote('/remote.git', () => token)
    await expect(source.head()).rejects.toMatchObject({
      code: 'source-unreachable',
      hint: expect.stringContaining('source.auth'),
    })
    token = TOKEN
    expect((await source.head()).revision.id).toBe(id)
    expect(contents(await source.read(id))).toEqual({ 'a.yaml': 'a' })
    for (const entry of readdirSync(repository.mirror, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const text = readFileSync(join(entry.parentPath, entry.name), 'latin1')
      expect(text).not.toContain(TOKEN)
      expect(text).not.toContain(BASIC.slice(6))
    }
  })

  test('a redirect is not followed, and the token goes nowhere', async () => {
    repository.push()
    await using source = await openRemote('/moved/remote.git', () => TOKEN)
    await expect(source.head()).rejects.toMatchObject({ code: 'source-unreachable' })
    expect(asked.every(({ url }) => url.startsWith('/moved'))).toBe(true)
    expect(asked.length).toBeGreaterThan(0)
  })

  test('an unknown authority is refused, with the variable that would accept it', async () => {
    repository.push()
    await using source = await repository.open({ repo: `${origin}/remote.git`, ambient: process.env })
    await expect(source.head()).rejects.toMatchObject({
      code: 'source-unreachable',
      hint: expect.stringContaining('SSL_CERT_FILE'),
    })
    expect(asked).toEqual([])
  })

  function openRemote(path: string, token: () => string) {
    const ambient = { PATH: process.env['PATH'], SSL_CERT_FILE: AUTHORITIES }
    return repository.open({ repo: `${origin}${path}`, ambient, auth: { kind: 'token', token } })
  }
})

describe('over ssh', () => {
  test.each(['ssh://git@acme.example/remote.git', 'git@acme.example:remote.git'])(
    '%s is opened with the key and the known hosts that were named, and no other configuration',
    async (repo) => {
      const id = repository.push()
      const log = join(repository.root, 'arguments')
      // In the place of ssh: notes how it was called and runs what the host would run.
      const program = `#!/bin/sh\nprintf '%s\\n' "$@" > '${log}'\nexec git upload-pack '${repository.remote}'\n`
      writeFileSync(join(repository.root, 'ssh'), program, { mode: 0o755 })
      const key = join(repository.root, "it's a key")
      await using source = await repository.open({
        repo,
        ambient: { PATH: `${repository.root}:${process.env['PATH']}` },
        auth: { kind: 'ssh', key, knownHosts: '/etc/simplane/known hosts' },
      })
      expect((await source.head()).revision.id).toBe(id)
      const given = readFileSync(log, 'utf8').split('\n')
      expect(given.slice(0, 2)).toEqual(['-F', '/dev/null'])
      expect(given).toEqual(
        expect.arrayContaining([
          'BatchMode=yes',
          'StrictHostKeyChecking=yes',
          'IdentitiesOnly=yes',
          `IdentityFile="${key}"`,
          'UserKnownHostsFile="/etc/simplane/known hosts"',
          'git@acme.example',
        ]),
      )
    },
  )
})

describe('what git prints', () => {
  test('loses tokens, credentials in addresses and control characters', () => {
    const text = `fatal: \u001b[31mcannot read https://ada:${TOKEN}@acme.example/x\u202e with ${TOKEN}\nAuthorization: Basic abc=`
    expect(scrub(text, [TOKEN])).toBe(
      'fatal: [31mcannot read https://acme.example/x with [redacted]\nAuthorization: Basic [redacted]',
    )
  })
})
