import type { Check } from './check.ts'
import type { Severity } from './finding.ts'
import type { Instant } from './time.ts'

/** A proposal to change the repository of the desired state: a pull request, or what the forge calls so. */
export type PullRequest = {
  readonly number: number
  /** As a person wrote it: hostile until shown otherwise. */
  readonly title: string
  readonly author: string
  readonly state: 'open' | 'merged' | 'closed'
  readonly draft: boolean
  /** The commit that is proposed, and the full ref of the base repository under which it can be fetched. */
  readonly head: { readonly sha: string; readonly ref: string }
  /** The branch it is to be merged into, by its short name. */
  readonly base: { readonly ref: string; readonly sha: string }
  /** It comes from another repository. */
  readonly fork: boolean
  /** What the merge left on the base branch; with `merged`. */
  readonly mergedAs?: string
  readonly mergedAt?: Instant
  readonly updatedAt: Instant
  /** For people. */
  readonly url: string
}

/** The state of one check on one commit. `context`: `simplane/plan`. */
export type CommitStatus = {
  readonly context: string
  readonly state: 'pending' | 'success' | 'failure'
  /** No longer than the forge's `longestDescription`; what is longer loses its end. */
  readonly description: string
  readonly url?: string
}

/** A finding on a line of a file of the repository, whole path; lines and columns count from 1. */
export type Annotation = {
  readonly file: string
  readonly line: number
  readonly column?: number
  readonly severity: Severity
  /** The finding's code. */
  readonly title: string
  readonly message: string
}

/** A text of ours that is kept up to date in one place: found again by its marker and by who wrote it. */
export type StickyText = {
  /** `<!-- simplane:plan -->`: the last line of the body, alone on it, and always the same for the same text. */
  readonly marker: string
  /** Markdown, the marker included. */
  readonly body: string
}

/** An issue that is kept up to date. Labels are for when it is made; those that the forge does not take are left out. */
export type StickyIssue = StickyText & { readonly title: string; readonly labels?: readonly string[] }

/** Files of a branch that is proposed; an absent `content` deletes. */
export type Proposal = {
  /** Short name of the branch that is made, or moved when it is ours. */
  readonly branch: string
  readonly base: string
  /** The commit of `base` that it starts from. */
  readonly from: string
  readonly title: string
  readonly body: string
  readonly files: readonly { readonly path: string; readonly content?: string }[]
}

export type ForgeCapabilities = {
  /** Findings can be shown on their lines. */
  readonly annotations: boolean
  /** Bytes of UTF-8 that a comment and an issue may have. */
  readonly largestText: number
  /** Characters of a status' description. */
  readonly longestDescription: number
}

/**
 * Where people review changes. Every method throws `forge-unreachable` when no answer came (it may have been done all the
 * same: calling again makes nothing twice), and with the forge's own words when it refuses (rights, unknown repository).
 * Nothing is ever merged, approved or deleted.
 */
export interface Forge extends AsyncDisposable {
  /** For people: `github acme/esim`. */
  readonly name: string
  readonly capabilities: ForgeCapabilities
  /** Those that are open, newest change first; all pages. */
  openPullRequests(): Promise<readonly PullRequest[]>
  /** Those merged since then, newest first. */
  mergedSince(since: Instant): Promise<readonly PullRequest[]>
  /** `undefined`: there is none of this number. */
  pullRequest(number: number): Promise<PullRequest | undefined>
  /** The one comment of ours with this marker; `undefined`: there is none. */
  commentOf(pull: number, marker: string): Promise<string | undefined>
  /**
   * Puts the text into the one comment of ours with its marker, or makes that; all pages are searched, and the author
   * must be us. One that says the same already is left alone. Gives its address.
   */
  comment(pull: number, text: StickyText): Promise<{ readonly url: string }>
  /** Says how a check of a commit stands; one that says the same already is left alone. */
  status(commit: string, status: CommitStatus): Promise<void>
  /** Shows findings on their lines, replacing what was shown for this commit under this name. Without `annotations` it does nothing. */
  annotate(commit: string, name: string, annotations: readonly Annotation[]): Promise<void>
  /** Keeps one open issue of ours with this marker up to date, or makes it; closed ones stay as they are. */
  issue(issue: StickyIssue): Promise<{ readonly number: number; readonly url: string }>
  /** Closes our open issue with this marker, with a last word; `undefined`: there is none. */
  closeIssue(marker: string, lastWord: string): Promise<{ readonly number: number } | undefined>
  /**
   * Makes the branch and its pull request, or brings both up to date when they are ours. The branch is then one commit on
   * `from`. Refused where its last commit is somebody else's.
   */
  propose(proposal: Proposal): Promise<{ readonly number: number; readonly url: string }>
  /** Asks for what is needed without changing anything. What the forge refuses is a check; no answer still throws. */
  check(): Promise<readonly Check[]>
}
