import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseCommit } from '../../src/source/git-commit.ts'
import { listTree } from '../../src/source/git-objects.ts'
import type { GitFolder } from '../../src/source/git-process.ts'
import { GitReader } from '../../src/source/git-reader.ts'
import type { Tree } from '../../src/source/git-trees.ts'
import { entriesOf, readTree } from '../../src/source/git-trees.ts'
import { Repository, contents } from './repository.ts'

let repository: Repository

beforeEach(() => {
  repository = new Repository()
})

afterEach(() => {
  repository[Symbol.dispose]()
})

describe('a commit says what git log says of it', () => {
  const people = 'author Ada <a@b.c> 1700000000 +0100\ncommitter Bob <b@b.c> 1700000001 -0500\n'
  test.each<[string, string | Uint8Array, 'read' | 'left to git']>([
    ['plain', `${people}\nsubject\n`, 'read'],
    ['with a body', `${people}\nsubject\n\nbody\n`, 'read'],
    ['in two lines', `${people}\n\n \n  one \n\ttwo\t\r\n \t\nbody`, 'read'],
    ['without a message', `${people}\n`, 'read'],
    ['of blank lines', `${people}\n\n \n`, 'read'],
    ['signed', `${people}gpgsig -----BEGIN\n \n encoding x\n -----END\n\nsubject`, 'read'],
    ['in other scripts', people.replace('Ada', 'Zoë 日本 𝄞') + '\nsübject 日本 𝄞', 'read'],
    ['with a name of two', people.replace('Ada', 'Ada "the  first" King') + '\ns', 'read'],
    ['in another encoding', Buffer.from(`${people}encoding ISO-8859-1\n\nsübject`, 'latin1'), 'left to git'],
    ['in no encoding', Buffer.from(`${people}\nsübject`, 'latin1'), 'left to git'],
    ['without an author', people.replace('Ada ', '') + '\nsubject', 'left to git'],
    ['with spaces about the author', people.replace('Ada', ' Ada ') + '\nsubject', 'left to git'],
    ['with a broken date', people.replace('1700000001', 'soon') + '\nsubject', 'left to git'],
    ['with a zero byte', `${people}\nsub\0ject`, 'left to git'],
    ['without an empty line', people, 'left to git'],
  ])('%s', (_, rest, how) => {
    const empty = repository.gitBytes(repository.clone, '', 'mktree').toString().trim()
    const first = repository.git(repository.clone, 'commit-tree', empty, '-m', 'first')
    const bytes = Buffer.concat([Buffer.from(`tree ${empty}\nparent ${first}\n`), Buffer.from(rest)])
    const literally = ['hash-object', '-t', 'commit', '-w', '--stdin', '--literally']
    const id = repository
      .gitBytes(repository.clone, bytes, ...literally)
      .toString()
      .trim()
    const parsed = parseCommit(id, bytes)
    if (how === 'left to git') return expect(parsed).toBeUndefined()
    const told = ['log', '-1', '--format=%H%x00%an%x00%ct%x00%s%x00', id]
    const [, author, at, subject = ''] = repository.git(repository.clone, ...told).split('\0')
    expect(parsed).toEqual({
      revision: { id, author, committedAt: Number(at) * 1_000, subject: subject.trimEnd() },
      parents: [first],
    })
  })
})

describe('a revision holds what git lists', () => {
  let last: Tree | undefined

  async function expectAsListed(reader: GitReader, tree: string): Promise<void> {
    last = await readTree(reader, tree, last)
    expect(last && entriesOf(last)).toEqual(await listTree(folder(), tree))
  }

  test('whatever the one before it held', async () => {
    await using reader = new GitReader(folder(), 60_000)
    const at = (path: string) => join(repository.clone, path)
    const edits: (() => void)[] = [
      () => repository.write({ 'a.yaml': 'a', 'x/y/b.yaml': 'b', 'x/c.yaml': 'c', 'z/c.yaml': 'c' }),
      () => repository.write({ 'a.yaml': 'longer than it was' }),
      () => repository.write({ 'x/y/b.yaml': 'changed', 'x/y/n/e/w.yaml': '' }),
      () => rmSync(at('x/y'), { recursive: true }),
      () => repository.write({ 'x/y': 'a file where a folder was' }),
      () => rmSync(at('x/y')),
      () => repository.write({ 'x/y/b.yaml': 'a folder where a file was', 'é/日本.yaml': '𝄞' }),
      () => chmodSync(at('a.yaml'), 0o755),
      () => rmSync(at('a.yaml')),
      () => symlinkSync('x/c.yaml', at('a.yaml')),
      () => rmSync(at('z'), { recursive: true }),
      () => undefined,
    ]
    for (const edit of edits) {
      edit()
      const commit = repository.push()
      await expectAsListed(reader, `${commit}:`)
    }
    const commit = repository.git(repository.clone, 'rev-parse', 'HEAD')
    for (const path of ['x', 'x/y', '']) await expectAsListed(reader, `${commit}:${path}`)
  })

  test('of modes that nobody writes any more, and of submodules', async () => {
    await using reader = new GitReader(folder(), 60_000)
    const blob = repository
      .gitBytes(repository.clone, 'text', 'hash-object', '-w', '--stdin')
      .toString()
      .trim()
    const lines = ['100664 a', '100700 b', '160000 c', '120777 d', '100644 e\n', '100644 e/f']
    const tree = lines.map((line) => Buffer.concat([Buffer.from(`${line}\0`), Buffer.from(blob, 'hex')]))
    const literally = ['hash-object', '-t', 'tree', '-w', '--stdin', '--literally']
    const id = repository
      .gitBytes(repository.clone, Buffer.concat(tree), ...literally)
      .toString()
      .trim()
    await expectAsListed(reader, id)
    expect(last?.entries).toHaveLength(6)
  })

  test('or is left to git: a name that is no text, an entry without a name, a file that is missing', async () => {
    await using reader = new GitReader(folder(), 60_000)
    const blob = repository
      .gitBytes(repository.clone, 'text', 'hash-object', '-w', '--stdin')
      .toString()
      .trim()
    const cases: [Buffer, string][] = [
      [Buffer.from('100644 \xff\0', 'latin1'), blob],
      [Buffer.from('100644 \0'), blob],
      [Buffer.from('1006 4 a\0'), blob],
      [Buffer.from('100644 a\0'), 'f'.repeat(40)],
    ]
    for (const [line, of] of cases) {
      const tree = Buffer.concat([line, Buffer.from(of, 'hex')])
      const literally = ['hash-object', '-t', 'tree', '-w', '--stdin', '--literally']
      const id = repository
        .gitBytes(repository.clone, tree, ...literally)
        .toString()
        .trim()
      expect(await readTree(reader, id, undefined)).toBeUndefined()
    }
    expect(await readTree(reader, 'HEAD', undefined)).toBeUndefined()
  })

  test('a folder in a folder of itself, as often as git could say it, is left to git', async () => {
    await using reader = new GitReader(folder(), 60_000)
    let inner = repository.gitBytes(repository.clone, '', 'mktree').toString().trim()
    for (let depth = 0; depth < 12; depth += 1) {
      const lines = Array.from({ length: 10 }, (_, at) => `040000 tree ${inner}\tf${at}\n`).join('')
      inner = repository.gitBytes(repository.clone, lines, 'mktree').toString().trim()
    }
    expect(await readTree(reader, inner, undefined)).toBeUndefined()
  })

  test('more bytes than were agreed upon are not read', async () => {
    await using reader = new GitReader(folder(), 60_000)
    const id = repository
      .gitBytes(repository.clone, 'x'.repeat(99), 'hash-object', '-w', '--stdin')
      .toString()
      .trim()
    expect(await reader.ask([{ of: id, what: 'contents' }], 98)).toBeUndefined()
    expect((await reader.ask([{ of: id, what: 'contents' }], 99))?.[0]).toMatchObject({ id, size: 99 })
    expect(await reader.ask([{ of: 'nonsense', what: 'info' }])).toEqual([undefined])
  })
})

describe('the git that stays', () => {
  test('is gone with its source, and started again when it was killed', async () => {
    const pids = join(repository.root, 'pids')
    const ambient = withGit(`case "$*" in *batch-command*) echo $$ >>${pids};; esac`)
    const started = () => readFileSync(pids, 'utf8').trim().split('\n').map(Number)
    repository.write({ 'a.yaml': '1' })
    repository.push()
    const source = await repository.open({ ambient })
    await source.head()
    for (const content of ['2', '3']) {
      repository.write({ 'a.yaml': content })
      const id = repository.push()
      const { revision } = await source.head()
      const listing = await source.list(revision.id)
      process.kill(started().at(-1) ?? 0, 'SIGKILL')
      const bytes = await listing.bytesOf(listing.files.map(({ blob }) => blob))
      expect([...bytes.values()]).toEqual([new TextEncoder().encode(content)])
      expect(revision.id).toBe(id)
    }
    expect(contents(await source.read('main'))).toEqual({ 'a.yaml': '3' })
    await source[Symbol.asyncDispose]()
    expect(started().length).toBeGreaterThan(2)
    for (const pid of started()) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  test('is done without where git is too old for it', async () => {
    const ambient = withGit('case "$*" in *batch-command*) exit 129;; esac')
    repository.write({ 'a.yaml': '1' })
    const first = repository.push('first')
    await using source = await repository.open({ ambient })
    for (const content of ['2', '3', '4']) {
      repository.write({ 'a.yaml': content })
      const id = repository.push(content)
      const head = await source.head(first)
      expect(head).toMatchObject({ revision: { id, subject: content, author: 'Ada' }, rewritten: false })
      expect(contents(await source.read(id))).toEqual({ 'a.yaml': content })
    }
  })
})

/** A git that does something before it does its work. */
function withGit(before: string): Readonly<Record<string, string | undefined>> {
  const bin = join(repository.root, 'bin')
  mkdirSync(bin)
  const path = process.env['PATH'] ?? ''
  const script = `#!/bin/sh\n${before}\nPATH='${path}'\nexec git "$@"\n`
  writeFileSync(join(bin, 'git'), script, { mode: 0o755 })
  return { ...process.env, PATH: `${bin}:${path}` }
}

function folder(): GitFolder {
  const environment = { PATH: process.env['PATH'] ?? '', GIT_DIR: join(repository.clone, '.git') }
  return { folder: repository.clone, environment, signal: new AbortController().signal }
}
