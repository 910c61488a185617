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

/** One plain file of a revision, below the source path, by what identifies its content. */
export type ListedFile = {
  /** Relative to the source path, with forward slashes. */
  readonly path: string
  /** The git blob id: equal exactly when the bytes are. */
  readonly blob: string
}

export type SourceFile = ListedFile & { readonly bytes: Uint8Array }

/** What a revision holds. `findings` name what was not read (a symlink, a file over the size cap), never silently. */
export type SourceTree = {
  readonly revision: Revision
  readonly files: readonly SourceFile[]
  readonly findings: readonly Finding[]
}

/** What a revision holds by name, as in `SourceTree`; bytes are read only of what is asked for. */
export type SourceListing = {
  readonly revision: Revision
  readonly files: readonly ListedFile[]
  readonly findings: readonly Finding[]
  /** The bytes of blobs of this listing, by blob. Throws `source-unreachable` when a folder has changed since. */
  readonly bytesOf: (blobs: Iterable<string>) => Promise<ReadonlyMap<string, Uint8Array>>
}

export type Head = {
  readonly revision: Revision
  /** The ref moved to a commit that does not descend from `since`: a forced update. */
  readonly rewritten: boolean
}

/** A proposed commit on top of the newest revision. */
export type Merged = {
  /** The commit that is proposed. */
  readonly head: Revision
  /** What it is put onto. */
  readonly onto: Revision
} & (
  | { readonly kind: 'merged'; readonly listing: SourceListing }
  /** Whole paths in the repository that a person has to merge. */
  | { readonly kind: 'conflict'; readonly files: readonly string[] }
)

/** Where desired state comes from. A failed read throws `source-unreachable`; it is never an empty tree. */
export interface Source extends AsyncDisposable {
  /** For people: `./desired-state`, `https://github.com/acme/esim main`. */
  readonly name: string
  /** Fetches and tells the newest revision. `since`: the revision in force, to notice a forced update. */
  head(since?: string): Promise<Head>
  /** Reads one revision (a ref or id) whole. */
  read(revision: string): Promise<SourceTree>
  /** Names what one revision (a ref or id) holds, so that only what is not known yet need be read. */
  list(revision: string): Promise<SourceListing>
  /**
   * What the newest revision would be with a proposal merged: `ref` is its full name in the repository, `commit` the one
   * that is expected there. `undefined`: another commit is there by now. Nothing leaves this machine. Absent: the source
   * knows no branches.
   */
  merge?(ref: string, commit: string): Promise<Merged | undefined>
  /** Is a commit in the history of a revision that was read? Absent where `merge` is. */
  includes?(commit: string, revision: string): Promise<boolean>
  /** Calls back after every change that settled for `settle` ms; a source that cannot watch never calls. */
  watch(changed: (paths: readonly string[]) => void, settle?: Duration): Promise<AsyncDisposable>
}
