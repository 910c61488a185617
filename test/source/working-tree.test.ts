import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Source } from '../../src/domain/source.ts'
import { HOUR } from '../../src/domain/time.ts'
import { openWorkingTree } from '../../src/source/working-tree.ts'
import { contents } from './repository.ts'

const ANY = `tree-${'0'.repeat(40)}`

let root: string
let folder: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'simplane-tree-'))
  folder = join(root, 'desired-state')
  mkdirSync(folder)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('reading', () => {
  test('gives every plain file below the folder with the id git would give it, and no dot-file', async () => {
    write({
      'b.yaml': 'b',
      'a/c.csv': 'ü\n',
      'empty.txt': '',
      '.git/config': 'x',
      '.x.yaml': 'x',
      'a/.#b.yaml': 'x',
    })
    await using source = openWorkingTree({ path: folder })
    const tree = await source.read(ANY)
    expect(contents(tree)).toEqual({ 'a/c.csv': 'ü\n', 'b.yaml': 'b', 'empty.txt': '' })
    for (const { path, blob } of tree.files) {
      expect(blob).toBe(
        execFileSync('git', ['hash-object', '--no-filters', join(folder, path)])
          .toString()
          .trim(),
      )
    }
    expect(tree.findings).toEqual([])
    expect(tree.revision).toEqual((await source.head()).revision)
    expect(tree.revision.id).toMatch(/^tree-[0-9a-f]{40}$/)
    expect(source.name).toBe(folder)
  })

  test('the revision follows names and bytes, and nothing else', async () => {
    write({ 'a.yaml': 'a', 'b.yaml': 'b' })
    await using source = openWorkingTree({ path: folder })
    const id = async () => (await source.head()).revision.id
    const first = await id()
    write({ 'a.yaml': 'a' })
    chmodSync(join(folder, 'b.yaml'), 0o755)
    write({ '.hidden': 'x' })
    mkdirSync(join(folder, 'empty'))
    expect(await id()).toBe(first)
    write({ 'a.yaml': 'A' })
    const second = await id()
    expect(second).not.toBe(first)
    renameSync(join(folder, 'a.yaml'), join(folder, 'c.yaml'))
    expect(await id()).not.toBe(second)
    renameSync(join(folder, 'c.yaml'), join(folder, 'a.yaml'))
    write({ 'a.yaml': 'a' })
    expect(await id()).toBe(first)
  })

  test('links are findings and never followed, and taking one away is a new revision', async () => {
    write({ 'a.yaml': 'a', '../outside/secret.yaml': 'secret' })
    await using source = openWorkingTree({ path: folder })
    const before = (await source.head()).revision.id
    symlinkSync('../outside/secret.yaml', join(folder, 'link.yaml'))
    symlinkSync('../outside', join(folder, 'folder'))
    symlinkSync('nowhere', join(folder, 'broken.png'))
    const tree = await source.read(ANY)
    expect(contents(tree)).toEqual({ 'a.yaml': 'a' })
    expect(tree.findings.map(({ severity, place }) => [place?.file, severity])).toEqual([
      ['broken.png', 'info'],
      ['folder', 'error'],
      ['link.yaml', 'error'],
    ])
    expect(tree.revision.id).not.toBe(before)
  })

  test('a pipe is a finding, and nobody waits for its writer', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe.yaml')])
    await using source = openWorkingTree({ path: folder })
    expect(await source.read(ANY)).toMatchObject({
      files: [],
      findings: [{ severity: 'error', place: { file: 'pipe.yaml' } }],
    })
  })

  test('names with spaces, quotes and letters of every script are read; control characters and other encodings are findings', async () => {
    const files = { 'a b.yaml': '1', 'é日本.yaml': '2', '"q".yaml': '3', '-dash.yaml': '4' }
    write({ ...files, 'a\nb.yaml': 'x' })
    writeFileSync(
      Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe]), Buffer.from('.yaml')]),
      'x',
    )
    await using source = openWorkingTree({ path: folder })
    const tree = await source.read(ANY)
    expect(contents(tree)).toEqual(files)
    expect(tree.findings).toMatchObject([
      { severity: 'error', reason: 'bad-value' },
      { severity: 'error', reason: 'bad-value' },
    ])
  })

  test('a file over the limit is not read; too many files is an error and nothing is read', async () => {
    write({ 'a.yaml': 'x'.repeat(11), 'b.yaml': 'x', 'c.yaml': 'x' })
    await using small = openWorkingTree({
      path: folder,
      limits: { fileBytes: 10, files: 10, totalBytes: 100 },
    })
    expect(await small.read(ANY)).toMatchObject({
      files: [{ path: 'b.yaml' }, { path: 'c.yaml' }],
      findings: [{ reason: 'too-large', severity: 'error', place: { file: 'a.yaml' } }],
    })
    await using few = openWorkingTree({ path: folder, limits: { fileBytes: 100, files: 2, totalBytes: 100 } })
    expect(await few.read(ANY)).toMatchObject({
      files: [],
      findings: [{ reason: 'too-large', severity: 'error' }],
    })
  })

  test('a file that is written all the while is never read in halves', async () => {
    const path = join(folder, 'a.yaml')
    writeFileSync(path, '')
    await using source = openWorkingTree({ path: folder })
    const writing = new AbortController()
    const writer = (async () => {
      for (let length = 0; !writing.signal.aborted; length += 1) {
        appendFileSync(path, `${length}\n`)
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    for (let round = 0; round < 20; round += 1) {
      const outcome = await source.read(ANY).catch((error: unknown) => error)
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'source-unreachable' })
      else
        expect(contents(outcome as Awaited<ReturnType<typeof source.read>>)['a.yaml'] ?? '').toMatch(
          /^(\d+\n)*$/,
        )
    }
    writing.abort()
    await writer
  })

  test('a missing folder is told, and is never an empty tree', async () => {
    await using source = openWorkingTree({ path: join(root, 'nowhere') })
    await expect(source.head()).rejects.toMatchObject({
      code: 'source-unreachable',
      message: expect.stringContaining('ENOENT'),
    })
    await expect(source.read(ANY)).rejects.toMatchObject({ code: 'source-unreachable' })
    await expect(source.watch(() => undefined)).rejects.toMatchObject({ code: 'source-unreachable' })
    write({ '../file': 'x' })
    await using file = openWorkingTree({ path: join(root, 'file') })
    await expect(file.head()).rejects.toMatchObject({
      code: 'source-unreachable',
      message: expect.stringContaining('is no folder'),
    })
  })

  test('the folder itself may be a link: the operator named it', async () => {
    write({ 'a.yaml': 'a' })
    symlinkSync(folder, join(root, 'current'))
    await using source = openWorkingTree({ path: join(root, 'current') })
    expect(contents(await source.read(ANY))).toEqual({ 'a.yaml': 'a' })
  })

  test('a branch cannot be read from a folder', async () => {
    await using source = openWorkingTree({ path: folder })
    await expect(source.read('main')).rejects.toMatchObject({ code: 'usage' })
    await expect(source.list('main')).rejects.toMatchObject({ code: 'usage' })
  })
})

/** By which every file was written long ago, so that its bytes are remembered by what the file system says of it. */
const LATER = () => Date.now() + HOUR

describe('listing', () => {
  test('names what reading gives, and gives the bytes of what is asked for', async () => {
    write({ 'b.yaml': 'b', 'a/c.csv': 'c', 'copy.yaml': 'b' })
    symlinkSync('b.yaml', join(folder, 'link.yaml'))
    await using source = openWorkingTree({ path: folder, now: LATER })
    for (let round = 0; round < 2; round += 1) {
      const listing = await source.list(ANY)
      const { revision, files, findings } = await source.read(ANY)
      expect(listing).toMatchObject({
        revision,
        findings,
        files: files.map(({ path, blob }) => ({ path, blob })),
      })
      const blob = files.find(({ path }) => path === 'copy.yaml')!.blob
      expect(await listing.bytesOf([blob])).toEqual(new Map([[blob, new TextEncoder().encode('b')]]))
      expect(await listing.bytesOf([])).toEqual(new Map())
    }
  })

  test('what was overwritten since is told, and never given for what was listed', async () => {
    write({ 'a.yaml': 'old', 'b.yaml': 'same' })
    await using source = openWorkingTree({ path: folder, now: LATER })
    await source.head()
    const { files, bytesOf } = await source.list(ANY)
    write({ 'a.yaml': 'new' })
    const [a, b] = files.map(({ blob }) => blob)
    await expect(bytesOf([a!])).rejects.toMatchObject({ code: 'source-unreachable' })
    expect((await bytesOf([b!])).get(b!)).toEqual(new TextEncoder().encode('same'))
    rmSync(join(folder, 'b.yaml'))
    await expect(bytesOf([b!])).rejects.toMatchObject({ code: 'source-unreachable' })
  })
})

describe('a changed file is noticed', () => {
  const id = async (source: Source) => (await source.head()).revision.id

  test('though its length and its date are as before', async () => {
    write({ 'a.yaml': 'a' })
    const path = join(folder, 'a.yaml')
    utimesSync(path, 1_700_000_000, 1_700_000_000)
    await using source = openWorkingTree({ path: folder, now: LATER })
    const before = await id(source)
    expect(await id(source)).toBe(before)
    await untilTheClockTicks(path)
    write({ 'a.yaml': 'b' })
    utimesSync(path, 1_700_000_000, 1_700_000_000)
    expect(await id(source)).not.toBe(before)
    expect(contents(await source.read(ANY))).toEqual({ 'a.yaml': 'b' })
  })

  test('though another file took its name, with its length and date', async () => {
    write({ 'a.yaml': 'a', '.b.yaml': 'b' })
    for (const name of ['a.yaml', '.b.yaml']) utimesSync(join(folder, name), 1_700_000_000, 1_700_000_000)
    await using source = openWorkingTree({ path: folder, now: LATER })
    const before = await id(source)
    renameSync(join(folder, '.b.yaml'), join(folder, 'a.yaml'))
    expect(await id(source)).not.toBe(before)
  })

  test('though it is written twice within one tick of the clock', async () => {
    await using source = openWorkingTree({ path: folder })
    const seen = new Set<string>()
    for (let round = 0; round < 200; round += 1) {
      write({ 'a.yaml': String(1_000 + round) })
      seen.add(await id(source))
    }
    expect(seen.size).toBe(200)
  })
})

/** The file system dates by a clock that stands still for some milliseconds. */
async function untilTheClockTicks(path: string): Promise<void> {
  const { ctimeNs } = statSync(path, { bigint: true })
  const other = join(root, 'other')
  do {
    await new Promise((resolve) => setImmediate(resolve))
    writeFileSync(other, 'x')
  } while (statSync(other, { bigint: true }).ctimeNs <= ctimeNs)
}

describe('watching', () => {
  test('calls back once with everything that changed, after it has settled', async () => {
    write({ 'a.yaml': 'a', 'gone.yaml': 'x' })
    await using source = openWorkingTree({ path: folder })
    const seen = new Changes()
    await using _ = await source.watch(seen.add, 100)
    write({ 'a.yaml': 'A', 'deep/er/b.yaml': 'b' })
    rmSync(join(folder, 'gone.yaml'))
    await seen.until((paths) =>
      ['a.yaml', 'deep/er/b.yaml', 'gone.yaml'].every((path) => paths.includes(path)),
    )
  })

  test('an editor that saves by renaming is noticed, and what it leaves beside the file is not', async () => {
    write({ 'a.yaml': 'a' })
    await using source = openWorkingTree({ path: folder })
    const seen = new Changes()
    await using _ = await source.watch(seen.add, 50)
    write({
      'a.yaml~': 'x',
      '4913': 'x',
      '.a.yaml.swp': 'x',
      '.#a.yaml': 'x',
      'a.yaml.swp': 'x',
      '.git/index': 'x',
    })
    write({ '.a.yaml.tmp': 'A' })
    renameSync(join(folder, '.a.yaml.tmp'), join(folder, 'a.yaml'))
    await seen.until((paths) => paths.includes('a.yaml'))
    expect(seen.paths).toEqual(['a.yaml'])
  })

  test('works below a folder whose own name begins with a dot', async () => {
    folder = join(root, '.config/desired')
    write({ 'a.yaml': 'a' })
    await using source = openWorkingTree({ path: folder })
    const seen = new Changes()
    await using _ = await source.watch(seen.add, 50)
    write({ 'a.yaml': 'A' })
    await seen.until((paths) => paths.includes('a.yaml'))
  })

  test('is silent once it is closed', async () => {
    await using source = openWorkingTree({ path: folder })
    const closed = new Changes()
    const watch = await source.watch(closed.add, 1)
    await watch[Symbol.asyncDispose]()
    const open = new Changes()
    await using _ = await source.watch(open.add, 50)
    write({ 'a.yaml': 'a' })
    await open.until((paths) => paths.includes('a.yaml'))
    expect(closed.paths).toEqual([])
  })
})

/** What a watch has called back with so far; waits for an event, not for a time. */
class Changes {
  paths: readonly string[] = []
  #waiting: (() => void)[] = []

  readonly add = (paths: readonly string[]): void => {
    this.paths = [...new Set([...this.paths, ...paths])]
    for (const wake of this.#waiting.splice(0)) wake()
  }

  async until(enough: (paths: readonly string[]) => boolean): Promise<void> {
    while (!enough(this.paths)) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }
}

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}
