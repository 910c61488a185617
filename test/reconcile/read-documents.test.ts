import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Parsed } from '../../src/desired/assemble.ts'
import { parseDesired } from '../../src/desired/parse.ts'
import type { Source, SourceListing } from '../../src/domain/source.ts'
import type { Store } from '../../src/domain/store.ts'
import { readDocuments } from '../../src/reconcile/read-documents.ts'
import { openWorkingTree } from '../../src/source/working-tree.ts'
import { openStore } from '../../src/store/sqlite/open.ts'
import { editedTree, VALID } from '../desired/edits.ts'
import { configuration, document } from '../desired/tree.ts'

type Files = Readonly<Record<string, string>>

const ANY = `tree-${'0'.repeat(40)}`

let root: string
let folder: string
let store: Store
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'simplane-documents-'))
  folder = join(root, 'desired')
  store = await openStore(join(root, 'simplane.db'))
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(root, { recursive: true, force: true })
})

function write(files: Files): void {
  rmSync(folder, { recursive: true, force: true })
  renameSync(mkdtempSync(join(root, 'new-')), folder)
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content)
}

/** What a source that has read nothing yet, or as much as `source` has, makes of the folder; and which paths it read. */
async function read(
  source: Source = openWorkingTree({ path: folder }),
): Promise<[Parsed, readonly string[]]> {
  const listing = await source.list(ANY)
  const paths: string[] = []
  const heard: SourceListing = {
    ...listing,
    bytesOf: (blobs) => {
      const asked = new Set(blobs)
      paths.push(...listing.files.filter(({ blob }) => asked.has(blob)).map(({ path }) => path))
      return listing.bytesOf(asked)
    },
  }
  return [await readDocuments({ source, store, ignore: [] }, heard), paths]
}

/** Read and parsed whole, with nothing known. */
async function readWhole(): Promise<Parsed> {
  return parseDesired((await openWorkingTree({ path: folder }).read(ANY)).files)
}

/** To the letter: what is stored and compared is the JSON. */
function same(a: Parsed, b: Parsed): void {
  expect(JSON.stringify(a)).toBe(JSON.stringify(b))
}

test('a revision reads the same cold, warm, after other revisions and after a restart, whatever is wrong in it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(editedTree, { minLength: 1, maxLength: 3 }), async (trees) => {
      const source = openWorkingTree({ path: folder })
      for (const files of [VALID, ...trees, renamed(trees[0]!), VALID]) {
        write(files)
        const whole = await readWhole()
        same((await read(source))[0], whole)
        same((await read(source))[0], whole)
        same((await read())[0], whole)
      }
    }),
    { numRuns: 60 },
  )
})

function renamed(files: Files): Files {
  return Object.fromEntries(
    Object.entries(files).map(([path, content]) => [path.endsWith('.csv') ? path : `moved-${path}`, content]),
  )
}

test('only what changed is read, and after a restart only lists and what changed', async () => {
  const source = openWorkingTree({ path: folder })
  write(VALID)
  expect((await read(source))[1].toSorted()).toEqual(['a.yaml', 'b.json', 'l.csv', 'p.yaml'])
  expect((await read(source))[1]).toEqual([])
  write({ ...VALID, 'p.yaml': `# changed\n${VALID['p.yaml']}` })
  expect((await read(source))[1]).toEqual(['p.yaml'])
  write({ ...VALID, 'l.csv': 'Serial\nA3\n' })
  expect((await read())[1].toSorted()).toEqual(['l.csv', 'p.yaml'])
  write(renamed(VALID))
  expect((await read())[1]).toEqual(['l.csv'])
})

test('a list that changed under documents that did not is what counts', async () => {
  const source = openWorkingTree({ path: folder })
  const selected = async () =>
    (await read(source))[0].desired?.configurations[0]?.distribution.select.devices.map(({ text }) => text)
  write(VALID)
  expect(await selected()).toEqual(['A1', 'A2'])
  write({ ...VALID, 'l.csv': 'Serial\nA3\n' })
  expect(await selected()).toEqual(['A3'])
  write({ ...VALID, 'l.csv': 'Serial\n' })
  expect((await read(source))[0].findings.map(({ message }) => message)).toEqual(['the list names no device'])
  expect((await read(source))[0].findings.map(({ message }) => message)).toEqual(['the list names no device'])
  write(VALID)
  expect(await selected()).toEqual(['A1', 'A2'])
})

test('the mode of the Policy counts for configurations that did not change', async () => {
  const source = openWorkingTree({ path: folder })
  const modes = async () => (await read(source))[0].desired?.configurations.map(({ mode }) => mode)
  const files = {
    'a.yaml': configuration('enabled: false'),
    'b.yaml': configuration('enabled: false\nmode: enforce', 'b'),
  }
  write(files)
  expect(await modes()).toEqual(['enforce', 'enforce'])
  write({ ...files, 'p.yaml': document('Policy', 'p', 'mode: observe') })
  expect(await modes()).toEqual(['observe', 'enforce'])
})

test('what is kept and damaged is parsed again, and kept anew', async () => {
  write(VALID)
  const whole = await readWhole()
  const keys = await keptKeys()
  expect(keys).toHaveLength(3)
  const texts = await store.parsed(keys)
  const damages: ((text: string) => string)[] = [
    () => '',
    () => 'null',
    (text) => text.slice(0, -1),
    (text) => text.replace('"valid":true', '"valid":false'),
  ]
  for (const damaged of damages) {
    await store.keepParsed(new Map([...texts].map(([key, text]) => [key, damaged(text)])), new Set(keys))
    const [parsed, paths] = await read()
    same(parsed, whole)
    expect(paths.toSorted()).toEqual(['a.yaml', 'b.json', 'l.csv', 'p.yaml'])
    expect(await store.parsed(keys)).toEqual(texts)
  }
})

test('a refused revision is not kept, and what no revision holds any more is dropped', async () => {
  const source = openWorkingTree({ path: folder })
  write(VALID)
  const keys = await keptKeys()
  await read(source)
  write({ ...VALID, 'p.yaml': 'no: policy' })
  await read(source)
  expect((await store.parsed(keys)).size).toBe(3)
  write({ 'b.yaml': `${VALID['a.yaml']}`.replace('[{ file: l.csv, column: Serial }]', '[]') })
  await read(source)
  expect((await store.parsed(keys)).size).toBe(0)
})

/** Under what the documents of the folder are kept once they are read. */
async function keptKeys(): Promise<readonly string[]> {
  const asked: string[] = []
  const heard = {
    parsed: (keys: readonly string[]) => store.parsed(keys),
    keepParsed: (entries: ReadonlyMap<string, string>, alive: ReadonlySet<string>) => {
      asked.push(...alive)
      return store.keepParsed(entries, alive)
    },
  }
  const source = openWorkingTree({ path: folder })
  await readDocuments({ source, store: heard, ignore: [] }, await source.list(ANY))
  return asked
}
