import { resolve } from 'node:path/posix'
import pLimit from 'p-limit'
import type { SimplaneError } from '../domain/error.ts'
import type { Head, Merged, Revision, Source, SourceListing, SourceTree } from '../domain/source.ts'
import { MINUTE } from '../domain/time.ts'
import type { Duration } from '../domain/time.ts'
import { parseAddress } from './address.ts'
import { DEFAULT_LIMITS, admit, byPath } from './admission.ts'
import type { SourceLimits } from './admission.ts'
import type { GitAuth } from './git-environment.ts'
import type { Commit } from './git-commit.ts'
import { withBytes } from './listing.ts'
import { mergeTrees } from './merge.ts'
import { MirrorObjects } from './mirror-objects.ts'
import * as mirrored from './mirror.ts'
import type { Mirror } from './mirror.ts'
import { isCommitId, refNames } from './refs.ts'
import { noSuchPath, noSuchRef, tooLarge, unmergeable, unreadable } from './repository-trouble.ts'
import { sourcePath } from './source-path.ts'

/** A repository to read desired state from. */
export type GitOptions = {
  /** https, ssh, or a folder of this machine that the operator configured. */
  readonly repo: string
  /** Branch, tag or full ref name; default main. */
  readonly ref?: string
  /** Folder inside the repository; default its root. */
  readonly path?: string
  /** Folder for the bare mirror; made when missing. */
  readonly mirror: string
  readonly auth?: GitAuth
  readonly limits?: SourceLimits
  /** For one git command; default five minutes. */
  readonly timeout?: Duration
  /** The environment of this process, from which git is given the PATH, the proxy and the certificates. */
  readonly ambient?: Readonly<Record<string, string | undefined>>
}

const HEAD = 'refs/simplane/head'
const OTHER = 'refs/simplane/other'
const PROPOSED = 'refs/simplane/proposed'
/** The first fetch brings everything; after that a look at the mirror's order now and then is enough. */
const TIDY_EVERY = 20

/**
 * Desired state from git, through a bare mirror: no work tree, no hooks, no links, no submodules. Throws `settings`
 * for an address, ref, path or mirror folder that cannot be accepted, before anything is fetched.
 */
export async function openGitSource(options: GitOptions): Promise<Source> {
  const address = parseAddress(options.repo)
  const ref = options.ref ?? 'main'
  refNames(ref, 'settings')
  const path = sourcePath(options.path ?? '')
  const folder = resolve(options.mirror)
  await mirrored.checkFolder(folder)
  const closing = new AbortController()
  const mirror: Mirror = {
    folder,
    address,
    ambient: options.ambient ?? {},
    timeout: options.timeout ?? 5 * MINUTE,
    closing: closing.signal,
    ...(options.auth === undefined ? {} : { auth: options.auth }),
  }
  return new GitSource(mirror, ref, path, options.limits ?? DEFAULT_LIMITS, closing)
}

type Listed = Omit<SourceListing, 'bytesOf'>

class GitSource implements Source {
  readonly name: string
  readonly #mirror: Mirror
  readonly #ref: string
  readonly #path: string
  readonly #limits: SourceLimits
  readonly #closing: AbortController
  /** git locks its refs: one command after the other. */
  readonly #turn = pLimit(1)
  readonly #objects: MirrorObjects
  #fetches = 0
  /** The full name of the ref, while it is the only one that it can stand for. */
  #certain: string | undefined
  /** The head as it was told last: what is asked for next. */
  #newest: Revision | undefined

  constructor(mirror: Mirror, ref: string, path: string, limits: SourceLimits, closing: AbortController) {
    this.name = [mirror.address.name, ref, ...(path === '' ? [] : [path])].join(' ')
    this.#mirror = mirror
    this.#ref = ref
    this.#path = path
    this.#limits = limits
    this.#closing = closing
    this.#objects = new MirrorObjects(mirror)
    this.#certain = refNames(ref, 'settings')[0]
  }

  head(since?: string): Promise<Head> {
    return this.#turn(async () => {
      await mirrored.ensureMirror(this.#mirror)
      const { revision, parents } = (await this.#fetchNewest()) ?? (await this.#lookForNewest())
      this.#newest = revision
      const comparable = since !== undefined && isCommitId(since) && since !== revision.id
      const rewritten =
        comparable &&
        !parents.includes(since) &&
        !(await mirrored.isAncestor(this.#mirror, since, revision.id))
      return { revision, rewritten }
    })
  }

  read(revision: string): Promise<SourceTree> {
    return this.#turn(async () => {
      const found = await this.#resolve(revision)
      return this.#readOrRebuild(revision, async () => {
        const listed = await this.#listTree(found)
        if (listed === undefined) return undefined
        const blobs = await this.#readBlobs(listed.files.map(({ blob }) => blob))
        return blobs === undefined ? undefined : { ...listed, files: withBytes(listed.files, blobs) }
      })
    })
  }

  list(revision: string): Promise<SourceListing> {
    return this.#turn(async () => {
      const found = await this.#resolve(revision)
      const listed = await this.#readOrRebuild(revision, () => this.#listTree(found))
      return this.#listing(revision, listed)
    })
  }

  merge(ref: string, commit: string): Promise<Merged | undefined> {
    return this.#turn(async () => {
      await mirrored.ensureMirror(this.#mirror)
      const { revision: onto } = await this.#bring(this.#ref, HEAD)
      const { revision: head } = await this.#bring(ref, PROPOSED)
      if (head.id !== commit) return undefined
      const merged = await mergeTrees(mirrored.gitFolder(this.#mirror), onto.id, head.id)
      if (merged === undefined) throw unmergeable(this.#mirror.address.name, ref, this.#ref)
      if (merged.kind === 'conflict') return { kind: 'conflict', head, onto, files: merged.files }
      const listed = await this.#listTree(head, merged.tree)
      if (listed === undefined) throw this.#unreadable(ref)
      return { kind: 'merged', head, onto, listing: this.#listing(ref, listed) }
    })
  }

  includes(commit: string, revision: string): Promise<boolean> {
    return this.#turn(() => mirrored.isAncestor(this.#mirror, commit, revision))
  }

  #listing(revision: string, listed: Listed): SourceListing {
    const bytesOf = (blobs: Iterable<string>) =>
      this.#turn(() => this.#readOrRebuild(revision, () => this.#readBlobs(blobs)))
    return { ...listed, bytesOf }
  }

  /** A remote repository is asked on schedule and on webhook. */
  async watch(): Promise<AsyncDisposable> {
    return { [Symbol.asyncDispose]: async () => undefined }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#turn(() => this.#objects[Symbol.asyncDispose]())
  }

  /** What reads `undefined` finds the mirror damaged: it is made anew once. */
  async #readOrRebuild<T>(revision: string, read: () => Promise<T | undefined>): Promise<T> {
    const first = await read()
    if (first !== undefined) return first
    const { name } = await this.#lookUp(this.#ref)
    await this.#rebuild(name, HEAD)
    const again = await read()
    if (again !== undefined) return again
    throw this.#unreadable(revision)
  }

  async #resolve(revision: string): Promise<Revision> {
    await mirrored.ensureMirror(this.#mirror)
    if (isCommitId(revision)) {
      if (this.#newest?.id === revision) return this.#newest
      const known = await this.#objects.commit(revision)
      if (known !== undefined) return known.revision
      await this.#bring(this.#ref, HEAD)
      const fetched = await this.#objects.commit(revision)
      if (fetched !== undefined) return fetched.revision
      throw this.#unreadable(revision)
    }
    const names = refNames(revision, 'usage')
    const there = await mirrored.lookUp(this.#mirror, names)
    if (there !== undefined) return (await this.#bring(revision, OTHER)).revision
    const short = /^[0-9a-f]{7,}$/.test(revision) ? await this.#objects.commit(revision) : undefined
    if (short !== undefined) return short.revision
    throw await this.#noSuchRef(revision)
  }

  /** Looks and fetches in one: a process, and over the network a connection, less. `undefined` where that fails. */
  async #fetchNewest(): Promise<Commit | undefined> {
    if (this.#certain === undefined) return undefined
    const isFetched = await mirrored.tryFetch(this.#mirror, this.#certain, HEAD)
    return isFetched ? this.#fetched(HEAD) : undefined
  }

  async #lookForNewest(): Promise<Commit> {
    const there = await this.#lookUp(this.#ref)
    this.#certain = there.name === refNames(this.#ref, 'usage')[0] ? there.name : undefined
    // Each git process costs as much as planning hundreds of devices: what did not move is not asked for again.
    if (this.#newest?.id === there.id) return { revision: this.#newest, parents: [] }
    return this.#bring(this.#ref, HEAD, there)
  }

  /** The newest commit of a ref, fetched only when it is not here; a mirror that cannot take it is made anew. */
  async #bring(ref: string, target: string, known?: mirrored.RemoteRef): Promise<Commit> {
    const there = known ?? (await this.#lookUp(ref))
    // What the remote has moved to since the last look is hardly ever here: a fetch tells as well.
    const moved = target === HEAD && this.#newest !== undefined
    const here = moved ? undefined : await this.#objects.commit(there.id)
    if (here !== undefined) {
      await mirrored.pointAt(this.#mirror, target, there.id)
      return here
    }
    const fetched = await this.#fetch(there.name, target)
    if (fetched !== undefined) return fetched
    await this.#rebuild(there.name, target)
    const rebuilt = await this.#objects.commit(target)
    if (rebuilt === undefined) throw this.#unreadable(ref)
    return rebuilt
  }

  async #fetch(name: string, target: string): Promise<Commit | undefined> {
    try {
      await mirrored.fetchRef(this.#mirror, name, target)
    } catch {
      // The remote has just answered, so that it is as likely the mirror: a lock left behind, a missing object.
      // If it is the remote after all, making the mirror anew fails in the same way, and that is what is told.
      return undefined
    }
    return this.#fetched(target)
  }

  /** What a fetch brought. */
  async #fetched(target: string): Promise<Commit | undefined> {
    const commit = await this.#objects.commit(target)
    if (target === HEAD && commit?.revision.id === this.#newest?.id) return commit
    this.#fetches += 1
    if (this.#fetches % TIDY_EVERY === 1) await this.#tidy()
    return commit
  }

  async #rebuild(name: string, target: string): Promise<void> {
    await this.#objects.release()
    await mirrored.rebuild(this.#mirror, name, target)
    await this.#tidy()
  }

  async #tidy(): Promise<void> {
    if (await mirrored.tidy(this.#mirror)) await this.#objects.release()
  }

  async #lookUp(ref: string): Promise<mirrored.RemoteRef> {
    const there = await mirrored.lookUp(this.#mirror, refNames(ref, 'usage'))
    if (there === undefined) throw await this.#noSuchRef(ref)
    return there
  }

  /** `tree`: where it is another one than the revision's own. */
  async #listTree(revision: Revision, tree = revision.id): Promise<Listed | undefined> {
    const listed = await this.#objects.list(`${tree}:${this.#path}`)
    if (listed === undefined) {
      const found = await mirrored.typeAt(this.#mirror, tree, this.#path)
      if (found === undefined || found === 'tree') return undefined
      throw noSuchPath(this.#mirror.address.name, this.#path, revision, found)
    }
    if (listed === 'too-large') return { revision, files: [], findings: [tooLarge(this.#path)] }
    const { admitted, findings } = admit([...listed].sort(byPath), this.#limits)
    const files = admitted.flatMap(({ path, blob }) => (blob === undefined ? [] : [{ path, blob }]))
    return { revision, files, findings }
  }

  #readBlobs(blobs: Iterable<string>): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
    return this.#objects.blobs([...new Set(blobs)])
  }

  async #noSuchRef(ref: string): Promise<SimplaneError> {
    const branch = await mirrored.defaultBranch(this.#mirror)
    return noSuchRef(this.#mirror.address.name, ref, branch)
  }

  #unreadable(revision: string): SimplaneError {
    return unreadable(this.#mirror.address.name, this.#ref, revision)
  }
}
