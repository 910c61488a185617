import type { Finding } from './finding.ts'
import type { Duration, Instant } from './time.ts'

/** A commit of the desired state; for a working tree, the digest of what is on disk. */
export type Revision = {
  /** 40 or 64 hex digits; a working tree's is `tree-` and 40 hex digits. */
  readonly id: string
  readonly subject?: string
  readonly author?: string
  readonly committedAt?: Instant
}

/** One plain file of a revision, below the source path. */
export type SourceFile = {
  /** Relative to the source path, with forward slashes. */
  readonly path: string
  /** The git blob id: equal exactly when the bytes are. */
  readonly blob: string
  readonly bytes: Uint8Array
}

/** What a revision holds. `findings` name what was not read (a symlink, a file over the size cap), never silently. */
export type SourceTree = {
  readonly revision: Revision
  readonly files: readonly SourceFile[]
  readonly findings: readonly Finding[]
}

export type Head = {
  readonly revision: Revision
  /** The ref moved to a commit that does not descend from `since`: a forced update. */
  readonly rewritten: boolean
}

/** Where desired state comes from. A failed read throws `source-unreachable`; it is never an empty tree. */
export interface Source extends AsyncDisposable {
  /** For people: `./desired-state`, `https://github.com/acme/esim main`. */
  readonly name: string
  /** Fetches and tells the newest revision. `since`: the revision in force, to notice a forced update. */
  head(since?: string): Promise<Head>
  /** Reads one revision (a ref or id) whole. */
  read(revision: string): Promise<SourceTree>
  /** Calls back after every change that settled for `settle` ms; a source that cannot watch never calls. */
  watch(changed: (paths: readonly string[]) => void, settle?: Duration): Promise<AsyncDisposable>
}
