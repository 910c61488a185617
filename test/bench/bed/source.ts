import { createHash } from 'node:crypto'
import type { Source, SourceFile } from '../../../src/domain/source.ts'
import type { Documents } from '../data/documents.ts'

/** Documents in memory, without git; `write` makes the next revision. */
export type MemorySource = Source & { write(documents: Documents): void }

export function memorySource(first: Documents): MemorySource {
  let files = filesOf(first)
  let id = idOf(files)
  return {
    name: 'memory',
    write(documents) {
      files = filesOf(documents)
      id = idOf(files)
    },
    head: async () => ({ revision: { id }, rewritten: false }),
    read: async () => ({ revision: { id }, files, findings: [] }),
    async list() {
      const bytes = new Map(files.map((file) => [file.blob, file.bytes]))
      return { revision: { id }, files, findings: [], bytesOf: async () => bytes }
    },
    watch: async () => ({ [Symbol.asyncDispose]: async () => undefined }),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function filesOf(documents: Documents): SourceFile[] {
  return Object.entries(documents).map(([path, text]) => {
    const bytes = new TextEncoder().encode(text)
    const blob = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
    return { path, blob, bytes }
  })
}

function idOf(files: readonly SourceFile[]): string {
  const hash = createHash('sha1')
  for (const { path, blob } of files) hash.update(`${path} ${blob}\n`)
  return `tree-${hash.digest('hex')}`
}
