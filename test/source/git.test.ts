import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SimplaneError } from '../../src/domain/error.ts'
import { Repository, contents } from './repository.ts'

let repository: Repository
beforeEach(() => {
  repository = new Repository()
})
afterEach(() => repository[Symbol.dispose]())

describe('the newest revision', () => {
  test('is a commit with its subject, author and time', async () => {
    repository.write({ 'a.yaml': 'a' })
    const id = repository.push('Add the « first » file')
    await using source = await repository.open()
    expect(await source.head()).toEqual({
      revision: {
        id,
        subject: 'Add the « first » file',
        author: 'Ada',
        committedAt: Date.parse('2026-11-23T08:00:00Z'),
      },
      rewritten: false,
    })
    expect(source.name).toBe(`${repository.remote} main`)
  })

  test('follows a push, and a plain push is no rewriting', async () => {
    const first = repository.push('one')
    await using source = await repository.open()
    expect((await source.head()).revision.id).toBe(first)
    const second = repository.push('two')
    expect(await source.head(first)).toMatchObject({ revision: { id: second }, rewritten: false })
    expect(await source.head(second)).toMatchObject({ revision: { id: second }, rewritten: false })
  })

  test('after a forced push is told as rewritten, and so is one that goes back', async () => {
    const base = repository.push('base')
    const first = repository.push('one')
    await using source = await repository.open()
    await source.head()
    repository.git(repository.clone, 'reset', '-q', '--hard', base)
    const other = repository.push('another', '--force')
    expect(await source.head(first)).toMatchObject({ revision: { id: other }, rewritten: true })
    repository.git(repository.clone, 'reset', '-q', '--hard', base)
    repository.git(repository.clone, 'push', '-q', '--force', 'origin', 'HEAD:main')
    expect(await source.head(other)).toMatchObject({ revision: { id: base }, rewritten: true })
  })

  test('is rewritten for a commit that the repository never had, and not for the digest of a folder', async () => {
    repository.push()
    await using source = await repository.open()
    expect((await source.head('0123456789'.repeat(4))).rewritten).toBe(true)
    expect((await source.head(`tree-${'0'.repeat(40)}`)).rewritten).toBe(false)
  })

  test('of a tag is the commit behind it; a branch wins over a tag of its name', async () => {
    const tagged = repository.push('one')
    repository.git(repository.clone, 'tag', '-a', '-m', 'release', 'v1')
    repository.git(repository.clone, 'tag', 'main')
    repository.git(repository.clone, 'push', '-q', 'origin', 'refs/tags/v1', 'refs/tags/main')
    repository.git(repository.clone, 'commit', '-q', '--allow-empty', '-m', 'two')
    repository.git(repository.clone, 'push', '-q', 'origin', 'HEAD:refs/heads/main')
    const newest = repository.git(repository.clone, 'rev-parse', 'HEAD')
    await using byTag = await repository.open({ ref: 'v1' })
    expect((await byTag.head()).revision.id).toBe(tagged)
    await using byBranch = await repository.open({ ref: 'main', mirror: join(repository.root, 'mirror2') })
    expect((await byBranch.head()).revision.id).toBe(newest)
  })

  test('is that of this very branch, though another one ends with its name', async () => {
    const id = repository.push('one')
    repository.git(repository.clone, 'commit', '-q', '--allow-empty', '-m', 'other')
    repository.git(repository.clone, 'push', '-q', 'origin', 'HEAD:refs/heads/a/refs/heads/main')
    await using source = await repository.open()
    expect((await source.head()).revision.id).toBe(id)
  })
})

describe('reading', () => {
  test('gives the bytes of every plain file below the path, and nothing else', async () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256)
    repository.write({
      'README.md': 'outside',
      'esim/a.yaml': 'apiVersion: simplane/v1\n',
      'esim/lists/b.csv': 'serial\n',
      'esim/logo.png': bytes,
      'esim/empty.txt': '',
      'esim/.hidden.yaml': 'x',
      'esim/.github/c.yaml': 'x',
      'esim-other/d.yaml': 'x',
    })
    const id = repository.push()
    await using source = await repository.open({ path: './esim/' })
    const tree = await source.read(id)
    expect(tree.findings).toEqual([])
    expect(tree.files.map(({ path }) => path)).toEqual(['a.yaml', 'empty.txt', 'lists/b.csv', 'logo.png'])
    expect(tree.files[3]?.bytes).toEqual(bytes)
    expect(tree.files[0]?.blob).toBe(repository.git(repository.clone, 'rev-parse', 'HEAD:esim/a.yaml'))
    expect(source.name).toBe(`${repository.remote} main esim`)
  })

  test('gives what is committed, however broken: judging it is for others', async () => {
    repository.write({ 'a.yaml': '{{{ : not yaml \u0000' })
    await using source = await repository.open()
    expect(contents(await source.read(repository.push()))).toEqual({ 'a.yaml': '{{{ : not yaml \u0000' })
  })

  test('reads older commits, short ids, branches and tags', async () => {
    repository.write({ 'a.yaml': '1' })
    const first = repository.push()
    repository.write({ 'a.yaml': '2' })
    repository.push()
    repository.git(repository.clone, 'checkout', '-q', '-b', 'try')
    repository.write({ 'a.yaml': '3' })
    repository.git(repository.clone, 'commit', '-q', '-a', '-m', 'try')
    repository.git(repository.clone, 'push', '-q', 'origin', 'try', 'try:refs/tags/v3')
    await using source = await repository.open()
    expect(contents(await source.read(first))).toEqual({ 'a.yaml': '1' })
    expect(contents(await source.read(first.slice(0, 9)))).toEqual({ 'a.yaml': '1' })
    expect(contents(await source.read('main'))).toEqual({ 'a.yaml': '2' })
    expect(contents(await source.read('try'))).toEqual({ 'a.yaml': '3' })
    expect(contents(await source.read('refs/tags/v3'))).toEqual({ 'a.yaml': '3' })
    expect(contents(await source.read('HEAD'))).toEqual({ 'a.yaml': '2' })
  })

  test('takes many files of all sizes, and equal ones twice', async () => {
    const files: Record<string, string> = {}
    for (let index = 0; index < 1_500; index += 1)
      files[`d${index % 7}/f${index}.yaml`] = `${index % 100}`.repeat(index * 3)
    repository.write(files)
    await using source = await repository.open()
    expect(contents(await source.read(repository.push()))).toEqual(files)
  })

  test('names what a revision holds, and gives the bytes of what is asked for', async () => {
    repository.write({ 'esim/a.yaml': 'a', 'esim/b.csv': 'b', 'esim/copy.yaml': 'a', 'c.yaml': 'c' })
    symlinkSync('a.yaml', join(repository.clone, 'esim/link.yaml'))
    const id = repository.push()
    await using source = await repository.open({ path: 'esim' })
    const { revision, files, findings, bytesOf } = await source.list(id)
    const tree = await source.read(id)
    expect({ revision, findings }).toEqual({ revision: tree.revision, findings: tree.findings })
    expect(files).toEqual(tree.files.map(({ path, blob }) => ({ path, blob })))
    expect(files.map(({ path }) => path)).toEqual(['a.yaml', 'b.csv', 'copy.yaml'])
    const [a, b] = files.map(({ blob }) => blob)
    expect(await bytesOf([b!])).toEqual(new Map([[b, new TextEncoder().encode('b')]]))
    expect((await bytesOf([a!, a!])).size).toBe(1)
    expect(await bytesOf([])).toEqual(new Map())
  })

  test('a folder is found by its name alone, whatever git could read into it', async () => {
    for (const path of ['a:b', 'x^{commit}', '*', 'main~1']) {
      repository.write({ [`${path}/a.yaml`]: path })
      const id = repository.push()
      await using source = await repository.open({ path, mirror: `${repository.mirror}-${path.length}` })
      expect(contents(await source.read(id))).toEqual({ 'a.yaml': path })
    }
  })

  test('an emptied repository is an empty tree and no error', async () => {
    await using source = await repository.open()
    expect(await source.read(repository.push())).toMatchObject({ files: [], findings: [] })
  })

  test('takes names with spaces, quotes and letters of every script', async () => {
    const files = {
      'a b.yaml': '1',
      'é–日本.yaml': '2',
      '"quoted".yaml': '3',
      "it's $(x).yaml": '4',
      '-dash.yaml': '5',
      ':(top).yaml': '6',
    }
    repository.write(files)
    await using source = await repository.open()
    const tree = await source.read(repository.push())
    expect(contents(tree)).toEqual(files)
    expect(tree.findings).toEqual([])
  })

  test('a name with a newline, or that is no UTF-8, is an error finding that can be printed', async () => {
    const blob = repository.gitBytes(repository.clone, 'x', 'hash-object', '-w', '--stdin').toString().trim()
    const broken = Buffer.concat([
      Buffer.from(`100644 blob ${blob}\tb`),
      Buffer.from([0xff]),
      Buffer.from('.yaml'),
    ])
    const listing = Buffer.concat([
      Buffer.from(`100644 blob ${blob}\ta\nb\u001b[31m.yaml\0`),
      broken,
      Buffer.from([0]),
    ])
    const tree = repository.gitBytes(repository.clone, listing, 'mktree', '-z').toString().trim()
    const commit = repository.git(repository.clone, 'commit-tree', '-m', 'names', tree)
    repository.git(repository.clone, 'push', '-q', 'origin', `${commit}:refs/heads/main`)
    await using source = await repository.open()
    const read = await source.read('main')
    expect(read.files).toEqual([])
    expect(read.findings).toMatchObject([
      { severity: 'error', reason: 'bad-value' },
      { severity: 'error', reason: 'bad-value' },
    ])
    const messages = read.findings.map(({ message }) => message).join('|')
    expect(messages).toContain('a\\nb')
    expect(messages).toContain('not UTF-8')
    expect(messages).not.toMatch(/\p{Cc}/u)
  })

  test('links and submodules are findings and never read', async () => {
    writeFileSync(join(repository.root, 'secret.yaml'), 'secret')
    repository.write({ 'a.yaml': 'a' })
    symlinkSync(join(repository.root, 'secret.yaml'), join(repository.clone, 'link.yaml'))
    symlinkSync('../..', join(repository.clone, 'folder'))
    symlinkSync('a.yaml', join(repository.clone, 'picture.png'))
    const head = repository.push()
    repository.git(repository.clone, 'update-index', '--add', '--cacheinfo', `160000,${head},module`)
    repository.git(repository.clone, 'commit', '-q', '-m', 'submodule')
    repository.git(repository.clone, 'push', '-q', 'origin', 'HEAD:main')
    await using source = await repository.open()
    const tree = await source.read('main')
    expect(contents(tree)).toEqual({ 'a.yaml': 'a' })
    expect(tree.findings.map(({ severity, place }) => [place?.file, severity])).toEqual([
      ['folder', 'error'],
      ['link.yaml', 'error'],
      ['module', 'error'],
      ['picture.png', 'info'],
    ])
  })

  test('a folder that is a link or a file is refused as the source path', async () => {
    repository.write({ 'real/a.yaml': 'a', 'file.yaml': 'x' })
    symlinkSync('real', join(repository.clone, 'link'))
    repository.push()
    await using link = await repository.open({ path: 'link' })
    await expect(link.read('main')).rejects.toMatchObject({
      code: 'source-unreachable',
      message: expect.stringContaining('symbolic link'),
    })
    await using file = await repository.open({ path: 'file.yaml' })
    await expect(file.read('main')).rejects.toMatchObject({
      code: 'source-unreachable',
      message: expect.stringContaining('is a file'),
    })
    await using through = await repository.open({ path: 'link/a' })
    await expect(through.read('main')).rejects.toMatchObject({ code: 'source-unreachable' })
  })

  test('a file over the limit is not read, and an error only where it may be a document', async () => {
    repository.write({ 'big.csv': 'x'.repeat(101), 'big.png': 'x'.repeat(101), 'small.csv': 'x'.repeat(100) })
    repository.push()
    await using source = await repository.open({ limits: { fileBytes: 100, files: 10, totalBytes: 1_000 } })
    const tree = await source.read('main')
    expect(tree.files.map(({ path }) => path)).toEqual(['small.csv'])
    expect(tree.findings).toMatchObject([
      { severity: 'error', reason: 'too-large', place: { file: 'big.csv' } },
      { severity: 'info', reason: 'too-large', place: { file: 'big.png' } },
    ])
  })

  test('too many files, or too much in all, is an error and nothing is read', async () => {
    repository.write({ 'a.yaml': 'x'.repeat(60), 'b.yaml': 'x'.repeat(60), 'c.yaml': 'x' })
    repository.push()
    for (const limits of [
      { fileBytes: 100, files: 2, totalBytes: 1_000 },
      { fileBytes: 100, files: 10, totalBytes: 100 },
    ]) {
      await using source = await repository.open({ limits })
      expect(await source.read('main')).toMatchObject({
        files: [],
        findings: [{ severity: 'error', reason: 'too-large' }],
      })
    }
  })
})

describe('what cannot be reached is told, and is never an empty tree', () => {
  test('a repository that is not there', async () => {
    await using source = await repository.open({ repo: join(repository.root, 'nowhere') })
    const error = await failure(source.head())
    expect(error).toMatchObject({ code: 'source-unreachable' })
    expect(error.hint).toContain('source.repo')
  })

  test('a branch that is not there: the error names the default branch', async () => {
    repository.push()
    await using source = await repository.open({ ref: 'production' })
    expect(await failure(source.head())).toMatchObject({
      code: 'source-unreachable',
      hint: 'Its default branch is main.',
    })
  })

  test('a repository without a commit', async () => {
    await using source = await repository.open()
    expect(await failure(source.head())).toMatchObject({
      code: 'source-unreachable',
      hint: expect.stringContaining('no commit'),
    })
  })

  test('a path that is not there', async () => {
    repository.push()
    await using source = await repository.open({ path: 'esim' })
    expect(await failure(source.read('main'))).toMatchObject({
      code: 'source-unreachable',
      message: expect.stringContaining('does not exist'),
    })
  })

  test('a commit that is not there', async () => {
    repository.push()
    await using source = await repository.open()
    expect(await failure(source.read('a'.repeat(40)))).toMatchObject({ code: 'source-unreachable' })
  })

  test('once known, a commit is read without the remote', async () => {
    repository.write({ 'a.yaml': 'a' })
    const id = repository.push()
    await using source = await repository.open()
    await source.head()
    rmSync(repository.remote, { recursive: true })
    expect(contents(await source.read(id))).toEqual({ 'a.yaml': 'a' })
    expect(await failure(source.head())).toMatchObject({ code: 'source-unreachable' })
  })

  test('a server that does not answer is given up after the timeout', async () => {
    const sockets: Socket[] = []
    const server = createServer((socket) => sockets.push(socket))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await using source = await repository.open({
      repo: `https://127.0.0.1:${port}/acme/esim`,
      timeout: 300,
      auth: { kind: 'token', token: () => 'hunter2-token' },
    })
    const error = await failure(source.head())
    expect(error).toMatchObject({ code: 'source-unreachable', hint: expect.stringContaining('answers') })
    expect(JSON.stringify([error.message, error.hint, error.stack])).not.toContain('hunter2')
    for (const socket of sockets) if (!socket.closed) await once(socket.resume(), 'close')
    expect(sockets).toHaveLength(1)
    await new Promise((resolve) => server.close(resolve))
  })

  test('closing stops what is under way', async () => {
    repository.push()
    const source = await repository.open()
    const head = failure(source.head())
    await source[Symbol.asyncDispose]()
    expect(await head).toBeInstanceOf(SimplaneError)
  })
})

describe('a damaged mirror is made anew', () => {
  test.each<[string, (mirror: string) => void]>([
    ['its HEAD is gone', (mirror) => rmSync(join(mirror, 'HEAD'))],
    ['its objects are gone', (mirror) => rmSync(join(mirror, 'objects'), { recursive: true })],
    ['its packs are empty', (mirror) => truncatePacks(mirror)],
    ['its ref holds nonsense', (mirror) => writeFileSync(join(mirror, 'refs/simplane/head'), 'nonsense\n')],
    ['a lock was left behind', (mirror) => writeFileSync(join(mirror, 'refs/simplane/head.lock'), '')],
    ['its configuration is cut off', (mirror) => writeFileSync(join(mirror, 'config'), '[core')],
    [
      'a killed fetch left its pack',
      (mirror) => writeFileSync(join(mirror, 'objects/pack/tmp_pack_x1'), 'half'),
    ],
  ])('when %s', async (_, damage) => {
    repository.write({ 'a.yaml': '1' })
    const first = repository.push()
    await using source = await repository.open()
    expect(contents(await source.read(first))).toEqual({ 'a.yaml': '1' })
    damage(repository.mirror)
    expect(contents(await source.read(first))).toEqual({ 'a.yaml': '1' })
    damage(repository.mirror)
    repository.write({ 'a.yaml': '2' })
    const second = repository.push()
    expect(await source.head(first)).toMatchObject({ revision: { id: second }, rewritten: false })
    expect(contents(await source.read(second))).toEqual({ 'a.yaml': '2' })
    expect(readdirSync(repository.root).sort()).toEqual(['clone', 'mirror', 'remote.git'])
  })

  test('when it is gone between the names and the bytes', async () => {
    repository.write({ 'a.yaml': '1' })
    await using source = await repository.open()
    const { files, bytesOf } = await source.list(repository.push())
    rmSync(join(repository.mirror, 'objects'), { recursive: true })
    const blob = files[0]!.blob
    expect(await bytesOf([blob])).toEqual(new Map([[blob, new TextEncoder().encode('1')]]))
  })

  test('when one file of the commit is missing', async () => {
    repository.write({ 'a.yaml': '1' })
    const id = repository.push()
    await using source = await repository.open()
    await source.head()
    const blob = repository.git(repository.clone, 'rev-parse', 'HEAD:a.yaml')
    explode(repository.mirror)
    rmSync(join(repository.mirror, 'objects', blob.slice(0, 2), blob.slice(2)))
    expect(contents(await source.read(id))).toEqual({ 'a.yaml': '1' })
  })

  test('a folder with other things in it is refused, and nothing in it is touched', async () => {
    mkdirSync(repository.mirror)
    writeFileSync(join(repository.mirror, 'thesis.txt'), 'precious')
    await expect(repository.open()).rejects.toMatchObject({ code: 'settings' })
    expect(readFileSync(join(repository.mirror, 'thesis.txt'), 'utf8')).toBe('precious')
  })

  test('a mirror inside another repository is never mistaken for it', async () => {
    repository.push()
    const mirror = join(repository.clone, 'state/mirror')
    await using source = await repository.open({ mirror })
    await source.head()
    rmSync(join(mirror, 'HEAD'))
    await source.head()
    expect(repository.git(repository.clone, 'for-each-ref', 'refs/simplane')).toBe('')
  })

  test('the first fetch is packed', async () => {
    repository.write({ 'a.yaml': '1' })
    repository.push()
    await using source = await repository.open()
    await source.head()
    expect(readdirSync(join(repository.mirror, 'objects/pack')).some((name) => name.endsWith('.pack'))).toBe(
      true,
    )
    expect(repository.git(repository.mirror, 'count-objects')).toMatch(/^0 objects/)
  })
})

describe('nothing is run and nothing is inherited', () => {
  test('hooks of the mirror are not run', async () => {
    repository.push('one')
    await using source = await repository.open()
    await source.head()
    const proof = join(repository.root, 'ran')
    mkdirSync(join(repository.mirror, 'hooks'), { recursive: true })
    for (const hook of ['reference-transaction', 'post-update', 'pre-auto-gc', 'post-checkout']) {
      writeFileSync(join(repository.mirror, 'hooks', hook), `#!/bin/sh\ntouch ${proof}\n`, { mode: 0o755 })
    }
    repository.push('two')
    await source.head()
    expect(existsSync(proof)).toBe(false)
  })

  test('GIT_ variables of this process change nothing', async () => {
    const id = repository.push()
    const proof = join(repository.root, 'ran')
    const hostile = {
      GIT_DIR: '/nonexistent',
      GIT_WORK_TREE: '/nonexistent',
      GIT_INDEX_FILE: '/nonexistent',
      GIT_OBJECT_DIRECTORY: '/nonexistent',
      GIT_ALLOW_PROTOCOL: 'none',
      GIT_TRACE: join(repository.root, 'trace'),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'uploadpack.packObjectsHook',
      GIT_CONFIG_VALUE_0: `touch ${proof}`,
      GIT_EXEC_PATH: '/nonexistent',
      HOME: '/nonexistent',
    }
    const before = { ...process.env }
    try {
      Object.assign(process.env, hostile)
      await using source = await repository.open({ ambient: process.env })
      expect((await source.head()).revision.id).toBe(id)
      await source.read(id)
    } finally {
      for (const name of Object.keys(hostile)) delete process.env[name]
      Object.assign(process.env, before)
    }
    expect(existsSync(proof)).toBe(false)
    expect(existsSync(join(repository.root, 'trace'))).toBe(false)
  })

  test.each([
    '--upload-pack=touch ran',
    '-u',
    'a..b',
    'main~1',
    'main^',
    'a b',
    'a:b',
    '',
    '@{u}',
    'a/.b',
    'a.lock',
    'refs/heads/*',
    'main\n',
    '/main',
    'main/',
  ])('%j is no ref, in the settings or afterwards', async (ref) => {
    await expect(repository.open({ ref })).rejects.toMatchObject({ code: 'settings' })
    repository.push()
    await using source = await repository.open()
    await expect(source.read(ref)).rejects.toMatchObject({ code: 'usage' })
    expect(existsSync('ran')).toBe(false)
  })

  test.each([
    'ext::sh -c "touch ran"',
    'EXT::sh -c ls',
    'file:///srv/repository.git',
    'http://acme.example/esim',
    'git://acme.example/esim',
    'ftp://acme.example/esim',
    'host:path',
    '-u',
    '--upload-pack=x',
    '',
    ' ',
    'https://',
    'https://ada:secret@acme.example/esim',
    'https://token@acme.example/esim',
    'ssh://-oProxyCommand=x/esim',
    'ssh://git:secret@acme.example/esim',
    '-oProxyCommand=x@host:esim',
    'https://acme.example/esim\nfoo',
  ])('%j is no address', async (repo) => {
    const error = await failure(repository.open({ repo }))
    expect(error.code).toBe('settings')
    expect(`${error.message} ${error.hint}`).not.toContain('secret')
  })

  test.each(['../up', '/etc', 'a/../../b', 'a\nb'])('%j is no path inside the repository', async (path) => {
    await expect(repository.open({ path })).rejects.toMatchObject({ code: 'settings' })
  })

  test('a line that somebody wrote into the configuration of the mirror does not send git elsewhere', async () => {
    repository.push()
    await using source = await repository.open()
    await source.head()
    writeFileSync(
      join(repository.mirror, 'config'),
      `[core]\n\tbare = true\n\trepositoryformatversion = 0\n[url "ext::touch ${repository.root}/ran #"]\n\tinsteadOf = ${repository.remote}\n`,
    )
    const id = repository.push('two')
    expect((await source.head()).revision.id).toBe(id)
    expect(existsSync(join(repository.root, 'ran'))).toBe(false)
  })
})

async function failure(promise: Promise<unknown>): Promise<SimplaneError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof SimplaneError) return error
    throw error
  }
  throw new Error('it did not fail')
}

function truncatePacks(mirror: string): void {
  const folder = join(mirror, 'objects/pack')
  for (const name of readdirSync(folder)) {
    // git writes packs read-only.
    chmodSync(join(folder, name), 0o600)
    truncateSync(join(folder, name), 0)
  }
}

/** Unpacks every pack of a mirror into loose objects. */
function explode(mirror: string): void {
  const folder = join(mirror, 'objects/pack')
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.pack'))) {
    const pack = readFileSync(join(folder, name))
    for (const rest of readdirSync(folder)) rmSync(join(folder, rest), { force: true })
    repository.gitBytes(mirror, pack, 'unpack-objects', '-q')
  }
}
