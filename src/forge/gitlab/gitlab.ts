import type { Forge } from '../../domain/forge.ts'
import { checkGitLab } from './check.ts'
import { connect } from './connect.ts'
import { closeStickyIssue, stickIssue } from './issues.ts'
import { mergedMergeRequests, oneMergeRequest, openMergeRequests } from './merge-requests.ts'
import { readSticky, stickNote } from './notes.ts'
import type { GitLabOptions } from './options.ts'
import { proposeChange } from './propose.ts'
import { LONGEST_DESCRIPTION, postStatus } from './status.ts'

/** A note and a description have 1,000,000 characters (docs.gitlab.com/administration/instance_limits): this leaves room. */
const LARGEST_TEXT = 950_000

/**
 * Opens the forge. Nothing is sent before the first call. Throws `settings` for options that cannot be used. GitLab has
 * no API for findings on lines: it shows those of a code quality report, which only CI can hand in.
 */
// oxlint-disable-next-line typescript/require-await -- what cannot be used rejects, as everything here does
export async function openGitLab(options: GitLabOptions): Promise<Forge> {
  const reach = connect(options)
  return {
    name: reach.forge,
    capabilities: {
      annotations: false,
      largestText: LARGEST_TEXT,
      longestDescription: LONGEST_DESCRIPTION,
    },
    openPullRequests: () => openMergeRequests(reach),
    mergedSince: (since) => mergedMergeRequests(reach, since),
    pullRequest: (number) => oneMergeRequest(reach, number),
    commentOf: (pull, marker) => readSticky(reach, pull, marker),
    comment: (pull, text) => stickNote(reach, pull, text),
    status: (commit, status) => postStatus(reach, commit, status),
    annotate: async () => {},
    issue: (issue) => stickIssue(reach, issue),
    closeIssue: (marker, lastWord) => closeStickyIssue(reach, marker, lastWord),
    propose: (proposal) => proposeChange(reach, proposal),
    check: () => checkGitLab(reach),
    [Symbol.asyncDispose]: () => reach[Symbol.asyncDispose](),
  }
}
