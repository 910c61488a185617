import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Entry } from './admission.ts'
import type { Commit } from './git-commit.ts'
import { parseCommit } from './git-commit.ts'
import { listTree, readBlobs } from './git-objects.ts'
import { GitReader } from './git-reader.ts'
import type { Tree } from './git-trees.ts'
import { entriesOf, readTree } from './git-trees.ts'
import type { Mirror } from './mirror.ts'
import { gitFolder, lastingFolder, revisionOf } from './mirror.ts'

/** A git that cannot answer (older than 2.36) is not asked for ever. */
const FAILURES = 3

/**
 * The objects of a mirror, read through one process that stays. Where that one cannot tell, git is run for the one
 * purpose: slower, and the last word. One call after the other.
 */
export class MirrorObjects implements AsyncDisposable {
  readonly #mirror: Mirror
  readonly #reader: GitReader
  #failures = 0
  /** Which folder of objects the process has open. */
  #opened: string | undefined
  /** What was listed last: of the next revision only what differs is read. */
  #last: Tree | undefined

  constructor(mirror: Mirror) {
    this.#mirror = mirror
    this.#reader = new GitReader(lastingFolder(mirror), mirror.timeout)
  }

  /** The commit behind an id or a ref of ours; `undefined` when it is not here, or not readable. No parents: not known. */
  async commit(name: string): Promise<Commit | undefined> {
    const answers = await this.#ask((reader) => reader.ask([{ of: `${name}^{commit}`, what: 'contents' }]))
    const [found] = answers ?? []
    if (answers !== undefined && found === undefined) return undefined
    const parsed = found?.type === 'commit' && found.bytes && parseCommit(found.id, found.bytes)
    if (parsed) return parsed
    const revision = await revisionOf(this.#mirror, name)
    return revision && { revision, parents: [] }
  }

  /** As `listTree`. */
  async list(tree: string): Promise<readonly Entry[] | 'too-large' | undefined> {
    const read = await this.#ask((reader) => readTree(reader, tree, this.#last))
    const entries = read && entriesOf(read)
    if (entries === undefined) return listTree(gitFolder(this.#mirror), tree)
    this.#last = read
    return entries
  }

  /** As `readBlobs`. */
  async blobs(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
    const answers = await this.#ask((reader) => reader.ask(ids.map((of) => ({ of, what: 'contents' }))))
    const blobs = new Map<string, Uint8Array>()
    for (const answer of answers ?? [])
      if (answer?.type === 'blob' && answer.bytes !== undefined) blobs.set(answer.id, answer.bytes)
    return ids.every((id) => blobs.has(id)) ? blobs : readBlobs(gitFolder(this.#mirror), ids)
  }

  /** Lets go of the files of the mirror, which are about to be others. */
  async release(): Promise<void> {
    this.#failures = 0
    await this.#reader[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  async #ask<T>(question: (reader: GitReader) => Promise<T | undefined>): Promise<T | undefined> {
    // Whoever has a file open goes on reading what was deleted: nobody would notice that the mirror is damaged.
    const folder = await folderAt(join(this.#mirror.folder, 'objects'))
    if (folder !== this.#opened) await this.release()
    this.#opened = folder
    if (folder === undefined || this.#failures >= FAILURES) return undefined
    const answer = await question(this.#reader)
    this.#failures = answer === undefined ? this.#failures + 1 : 0
    return answer
  }
}

/** Another text for another folder of the same name. */
async function folderAt(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path)
    return `${dev} ${ino}`
  } catch {
    return undefined
  }
}
