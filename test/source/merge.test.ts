import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Merged } from '../../src/domain/source.ts'
import { Repository } from './repository.ts'

let repository: Repository
beforeEach(() => {
  repository = new Repository()
})
afterEach(() => repository[Symbol.dispose]())

const REF = 'refs/pull/7/head'

/** Commits on a branch of its own and publishes it as a forge does; the branch that is worked on is as before. */
function propose(files: Readonly<Record<string, string>>, from = 'main', ref = REF): string {
  const { clone } = repository
  repository.git(clone, 'checkout', '-q', '-B', 'proposal', from)
  repository.write(files)
  repository.git(clone, 'add', '-A')
  repository.git(clone, 'commit', '-q', '-m', 'Propose')
  const id = repository.git(clone, 'rev-parse', 'HEAD').trim()
  repository.git(clone, 'push', '-q', '-f', 'origin', `HEAD:${ref}`)
  repository.git(clone, 'checkout', '-q', 'main')
  return id
}

async function textsOf(merged: Merged | undefined): Promise<Record<string, string>> {
  if (merged?.kind !== 'merged') throw new Error(`not merged: ${merged?.kind}`)
  const { files, bytesOf } = merged.listing
  const bytes = await bytesOf(files.map(({ blob }) => blob))
  return Object.fromEntries(
    files.map(({ path, blob }) => [path, Buffer.from(bytes.get(blob) ?? []).toString()]),
  )
}

const LINES = 'a\nb\nc\nd\ne\nf\ng\n'

test('a proposal is read as the newest revision would be with it, though it began earlier', async () => {
  repository.write({ 'esim/a.yaml': LINES, 'esim/gone.yaml': 'x', 'README.md': 'y' })
  const old = repository.push('old')
  const head = propose({ 'esim/a.yaml': LINES.replace('a', 'A'), 'esim/new.yaml': 'new' })
  repository.git(repository.clone, 'rm', '-q', 'esim/gone.yaml')
  repository.write({ 'esim/a.yaml': LINES.replace('g', 'G') })
  const onto = repository.push('newer')
  await using source = await repository.open({ path: 'esim' })
  const merged = await source.merge?.(REF, head)
  expect(merged).toMatchObject({ kind: 'merged', head: { id: head, subject: 'Propose' }, onto: { id: onto } })
  expect(await textsOf(merged)).toEqual({
    'a.yaml': LINES.replace('a', 'A').replace('g', 'G'),
    'new.yaml': 'new',
  })
  expect(old).not.toBe(onto)
  // The source itself is where it was.
  expect((await source.head()).revision.id).toBe(onto)
  expect(await textsOf(await source.merge?.(REF, head))).toHaveProperty('new.yaml')
})

test('what both changed is a conflict, by file', async () => {
  repository.write({ 'a.yaml': 'one\n', 'b.yaml': LINES, 'c.yaml': 'kept\n' })
  repository.push('base')
  const head = propose({ 'a.yaml': 'two\n', 'b.yaml': LINES.replace('a', 'A') })
  repository.write({ 'a.yaml': 'three\n' })
  repository.push('meanwhile')
  await using source = await repository.open()
  expect(await source.merge?.(REF, head)).toMatchObject({ kind: 'conflict', files: ['a.yaml'] })
})

test('a proposal that has moved on is not read in place of the one that was asked for', async () => {
  repository.push('base')
  const first = propose({ 'a.yaml': 'one' })
  propose({ 'a.yaml': 'two' })
  await using source = await repository.open()
  expect(await source.merge?.(REF, first)).toBeUndefined()
})

test('links and submodules of a proposal are findings, and never followed', async () => {
  repository.push('base')
  const { clone } = repository
  repository.git(clone, 'checkout', '-q', '-B', 'proposal', 'main')
  execFileSync('ln', ['-s', '/etc/passwd', `${clone}/passwd.yaml`])
  repository.git(clone, 'add', '-A')
  repository.git(clone, 'commit', '-q', '-m', 'Link')
  const head = repository.git(clone, 'rev-parse', 'HEAD').trim()
  repository.git(clone, 'push', '-q', 'origin', `HEAD:${REF}`)
  await using source = await repository.open()
  const merged = await source.merge?.(REF, head)
  expect(await textsOf(merged)).not.toHaveProperty('passwd.yaml')
  expect(merged?.kind === 'merged' && merged.listing.findings).toMatchObject([{ code: 'invalid-document' }])
})

test('the attributes of a repository run no program of its choice when it is merged', async () => {
  repository.write({ 'a.yaml': 'one\n', '.gitattributes': '*.yaml merge=evil filter=evil\n' })
  repository.push('base')
  const head = propose({ 'a.yaml': 'two\n' })
  repository.write({ 'b.yaml': 'three\n' })
  repository.push('meanwhile')
  await using source = await repository.open()
  expect(await textsOf(await source.merge?.(REF, head))).toMatchObject({
    'a.yaml': 'two\n',
    'b.yaml': 'three\n',
  })
})

test('a ref that is not there is out of reach, and says so', async () => {
  const id = repository.push('base')
  await using source = await repository.open()
  await expect(source.merge?.('refs/pull/8/head', id)).rejects.toMatchObject({ code: 'source-unreachable' })
})
