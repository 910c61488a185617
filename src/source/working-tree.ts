import { realpath, stat } from 'node:fs/promises'
import { SimplaneError } from '../domain/error.ts'
import type { Head, Source, SourceListing, SourceTree } from '../domain/source.ts'
import type { Duration, Instant } from '../domain/time.ts'
import { DEFAULT_LIMITS } from './admission.ts'
import type { SourceLimits } from './admission.ts'
import { withBytes } from './listing.ts'
import { bytesAt, lookAt } from './moment.ts'
import type { Known, Moment } from './moment.ts'
import { watchFolder } from './watch.ts'

/** A folder to read desired state from, as it is on disk. */
export type WorkingTreeOptions = {
  readonly path: string
  readonly limits?: SourceLimits
  /** Tells how long ago a file was written; default the clock of this machine. */
  readonly now?: () => Instant
}

const TRIES = 3
const WAIT = 'Wait until whatever writes there is done.'

/**
 * Desired state from a folder of this machine, committed or not. Every read gives the whole of it at one moment: what
 * changes under the reading is read again, and three times in vain throws `source-unreachable`, as a missing folder does.
 */
export function openWorkingTree(options: WorkingTreeOptions): Source {
  return new WorkingTree(options.path, options.limits ?? DEFAULT_LIMITS, options.now ?? Date.now)
}

class WorkingTree implements Source {
  readonly name: string
  readonly #limits: SourceLimits
  readonly #now: () => Instant
  readonly #watches = new Set<AsyncDisposable>()
  /** No more than the folder held when it was looked at last. */
  #known: Known = new Map()

  constructor(path: string, limits: SourceLimits, now: () => Instant) {
    this.name = path
    this.#limits = limits
    this.#now = now
  }

  async head(): Promise<Head> {
    const { revision } = await this.#atRest(async (moment) => moment)
    return { revision, rewritten: false }
  }

  /** Only what is on disk now can be read; its `revision` says what that is. */
  async read(revision: string): Promise<SourceTree> {
    this.#checkRevision(revision)
    return this.#atRest(async (moment) => {
      const { files, findings } = moment
      const bytes = await bytesAt(
        moment,
        files.map(({ blob }) => blob),
      )
      return bytes && { revision: moment.revision, files: withBytes(files, bytes), findings }
    })
  }

  /** As `read`; what was written to a file after that moment is not to be had. */
  async list(revision: string): Promise<SourceListing> {
    this.#checkRevision(revision)
    const moment = await this.#atRest(async (now) => now)
    return {
      revision: moment.revision,
      files: moment.files,
      findings: moment.findings,
      bytesOf: async (blobs) => {
        const bytes = await bytesAt(moment, blobs)
        if (bytes !== undefined) return bytes
        const message = `${this.name} changed while it was read. What was read before stays in force.`
        throw new SimplaneError('source-unreachable', message, { hint: WAIT })
      },
    }
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

  #checkRevision(revision: string): void {
    if (/^tree-[0-9a-f]{40}$/.test(revision)) return
    const message = `${this.name} is a folder without history: ${JSON.stringify(revision.slice(0, 100))} cannot be read from it.`
    throw new SimplaneError('usage', message, { hint: 'Set source.repo to read revisions from git.' })
  }

  /** What is read of one moment, or of a later one when the folder moved under the reading. */
  async #atRest<T>(read: (moment: Moment) => Promise<T | undefined>): Promise<T> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const moment = await lookAt(await this.#root(), this.#limits, this.#known, this.#now())
      if (moment === undefined) continue
      this.#known = moment.known
      const result = await read(moment)
      if (result !== undefined) return result
    }
    const message = `${this.name} changed while it was read, ${TRIES} times in a row. What was read before stays in force.`
    throw new SimplaneError('source-unreachable', message, { hint: WAIT })
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
