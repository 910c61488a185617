import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, open, readdir, realpath, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { SimplaneError } from '../domain/error.ts'
import type { Head, Source, SourceFile, SourceTree } from '../domain/source.ts'
import type { Duration } from '../domain/time.ts'
import { DEFAULT_LIMITS, admit, byPath } from './admission.ts'
import type { Admitted, Entry, SourceLimits } from './admission.ts'
import { watchFolder } from './watch.ts'

/** A folder to read desired state from, as it is on disk. */
export type WorkingTreeOptions = {
  readonly path: string
  readonly limits?: SourceLimits
}

const TRIES = 3

/**
 * Desired state from a folder of this machine, committed or not. Every read gives the whole of it at one moment: what
 * changes under the reading is read again, and three times in vain throws `source-unreachable`, as a missing folder does.
 */
export function openWorkingTree(options: WorkingTreeOptions): Source {
  return new WorkingTree(options.path, options.limits ?? DEFAULT_LIMITS)
}

class WorkingTree implements Source {
  readonly name: string
  readonly #limits: SourceLimits
  readonly #watches = new Set<AsyncDisposable>()

  constructor(path: string, limits: SourceLimits) {
    this.name = path
    this.#limits = limits
  }

  async head(): Promise<Head> {
    const { revision } = await this.#readWhole()
    return { revision, rewritten: false }
  }

  /** Only what is on disk now can be read; its `revision` says what that is. */
  async read(revision: string): Promise<SourceTree> {
    if (/^tree-[0-9a-f]{40}$/.test(revision)) return this.#readWhole()
    const message = `${this.name} is a folder without history: ${JSON.stringify(revision.slice(0, 100))} cannot be read from it.`
    throw new SimplaneError('usage', message, { hint: 'Set source.repo to read revisions from git.' })
  }

  async watch(changed: (paths: readonly string[]) => void, settle?: Duration): Promise<AsyncDisposable> {
    const root = await this.#root()
    const watch = await watchFolder(root, this.name, changed, settle)
    this.#watches.add(watch)
    return watch
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const watch of this.#watches) await watch[Symbol.asyncDispose]()
    this.#watches.clear()
  }

  async #readWhole(): Promise<SourceTree> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const tree = await readOnce(await this.#root(), this.#limits)
      if (tree !== undefined) return tree
    }
    const message = `${this.name} changed while it was read, ${TRIES} times in a row. What was read before stays in force.`
    throw new SimplaneError('source-unreachable', message, {
      hint: 'Wait until whatever writes there is done.',
    })
  }

  /** The folder itself may be a link: the operator named it. */
  async #root(): Promise<string> {
    try {
      const root = await realpath(this.name)
      if ((await stat(root)).isDirectory()) return root
    } catch (error) {
      throw this.#unreachable('cannot be opened', error)
    }
    throw this.#unreachable('is no folder')
  }

  #unreachable(what: string, cause?: unknown): SimplaneError {
    const code = (cause as NodeJS.ErrnoException | undefined)?.code
    const why = code === undefined ? what : `${what} (${code})`
    const message = `The folder ${this.name} ${why}. What was read before stays in force.`
    return new SimplaneError('source-unreachable', message, {
      hint: 'Check source.path. To want nothing, keep the folder and empty it.',
      cause,
    })
  }
}

/** The folder at one moment; `undefined` when it moved under the reading. */
async function readOnce(root: string, limits: SourceLimits): Promise<SourceTree | undefined> {
  const entries: Entry[] = []
  if (!(await walk(root, '', entries))) return undefined
  const { admitted, findings } = admit(entries.sort(byPath), limits)
  const files: SourceFile[] = []
  const digest = createHash('sha1')
  for (const entry of admitted) {
    const bytes = await readStable(join(root, entry.path), entry)
    if (bytes === undefined) return undefined
    const blob = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
    files.push({ path: entry.path, blob, bytes })
    digest.update(`${entry.path}\0${blob}\n`)
  }
  // What is not read is part of the revision too: replacing a link by its file must be noticed.
  for (const { message } of findings) digest.update(`unread\0${message}\n`)
  return { revision: { id: `tree-${digest.digest('hex')}` }, files, findings }
}

/** Names everything below a folder, links themselves and not what they point at; false when it changed meanwhile. */
async function walk(root: string, below: string, entries: Entry[]): Promise<boolean> {
  let names: readonly string[]
  try {
    names = await readdir(join(root, below))
  } catch (error) {
    return vanished(error)
  }
  for (const name of names) {
    if (name.startsWith('.')) continue
    if (name.includes('\uFFFD')) {
      entries.push({ path: undefined, kind: 'special', size: 0 })
      continue
    }
    const path = below === '' ? name : `${below}/${name}`
    try {
      const found = await lstat(join(root, path))
      if (found.isDirectory()) {
        if (!(await walk(root, path, entries))) return false
      } else entries.push({ path, kind: kindOf(found), size: found.size })
    } catch (error) {
      return vanished(error)
    }
  }
  return true
}

function kindOf(found: { isFile(): boolean; isSymbolicLink(): boolean }): Entry['kind'] {
  if (found.isFile()) return 'file'
  return found.isSymbolicLink() ? 'symlink' : 'special'
}

/** The bytes of a plain file that stood still; `undefined` when it did not, or is another thing by now. */
async function readStable(path: string, entry: Admitted): Promise<Uint8Array | undefined> {
  let handle: FileHandle | undefined
  try {
    // Never through a link, and never waiting for the writer of a pipe that took its place.
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const before = await handle.stat({ bigint: true })
    if (!before.isFile() || before.size !== BigInt(entry.size)) return undefined
    const buffer = new Uint8Array(entry.size)
    let length = 0
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length)
      if (bytesRead === 0) return undefined
      length += bytesRead
    }
    const after = await handle.stat({ bigint: true })
    const still =
      after.size === before.size && after.mtimeNs === before.mtimeNs && after.ctimeNs === before.ctimeNs
    return still ? buffer : undefined
  } catch (error) {
    vanished(error)
    return undefined
  } finally {
    await handle?.close()
  }
}

/** false for what happens while somebody else works in the folder; anything else throws `source-unreachable`. */
function vanished(error: unknown): false {
  const { code, message, path } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return false
  const where = path === undefined ? 'A file' : path
  throw new SimplaneError(
    'source-unreachable',
    `${where} cannot be read: ${message}. What was read before stays in force.`,
    {
      hint: 'Give simplane the right to read it.',
      cause: error,
    },
  )
}
