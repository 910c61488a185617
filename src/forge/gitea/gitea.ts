import type { Forge } from '../../domain/forge.ts'
import { checkGitea } from './check.ts'
import { readSticky, stickComment } from './comments.ts'
import { connect } from './connect.ts'
import { closeStickyIssue, stickIssue } from './issues.ts'
import type { GiteaOptions } from './options.ts'
import { proposeChange } from './propose.ts'
import { mergedPulls, onePull, openPulls } from './pulls.ts'
import { LONGEST_DESCRIPTION, postStatus } from './status.ts'

/** Gitea has no limit of its own; a reader has one. */
const LARGEST_TEXT = 256 * 1024

/**
 * Opens the forge: a Gitea or a Forgejo. Nothing is sent before the first call. Throws `settings` for options that cannot
 * be used. Neither has an API for findings on lines.
 */
// oxlint-disable-next-line typescript/require-await -- what cannot be used rejects, as everything here does
export async function openGitea(options: GiteaOptions): Promise<Forge> {
  const reach = connect(options)
  return {
    name: reach.forge,
    capabilities: {
      annotations: false,
      largestText: LARGEST_TEXT,
      longestDescription: LONGEST_DESCRIPTION,
    },
    openPullRequests: () => openPulls(reach),
    mergedSince: (since) => mergedPulls(reach, since),
    pullRequest: (number) => onePull(reach, number),
    commentOf: (pull, marker) => readSticky(reach, pull, marker),
    comment: (pull, text) => stickComment(reach, pull, text),
    status: (commit, status) => postStatus(reach, commit, status),
    annotate: async () => {},
    issue: (issue) => stickIssue(reach, issue),
    closeIssue: (marker, lastWord) => closeStickyIssue(reach, marker, lastWord),
    propose: (proposal) => proposeChange(reach, proposal),
    check: () => checkGitea(reach),
    [Symbol.asyncDispose]: () => reach[Symbol.asyncDispose](),
  }
}
