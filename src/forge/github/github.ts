import type { Forge } from '../../domain/forge.ts'
import { showAnnotations } from './annotations.ts'
import { checkGitHub } from './check.ts'
import { readSticky, stickComment } from './comments.ts'
import { connect } from './connect.ts'
import { closeStickyIssue, stickIssue } from './issues.ts'
import type { GitHubOptions } from './options.ts'
import { proposeChange } from './propose.ts'
import { mergedPulls, onePull, openPulls } from './pulls.ts'
import { LONGEST_DESCRIPTION, postStatus } from './status.ts'

/** A body has 65,536 characters; where each is a byte, this leaves room. */
const LARGEST_TEXT = 60_000

/** Opens the forge. Nothing is sent before the first call. Throws `settings` for options that cannot be used. */
// oxlint-disable-next-line typescript/require-await -- what cannot be used rejects, as everything here does
export async function openGitHub(options: GitHubOptions): Promise<Forge> {
  const reach = connect(options)
  return {
    name: reach.forge,
    capabilities: {
      annotations: options.auth.kind === 'app',
      largestText: LARGEST_TEXT,
      longestDescription: LONGEST_DESCRIPTION,
    },
    openPullRequests: () => openPulls(reach),
    mergedSince: (since) => mergedPulls(reach, since),
    pullRequest: (number) => onePull(reach, number),
    commentOf: (pull, marker) => readSticky(reach, pull, marker),
    comment: (pull, text) => stickComment(reach, pull, text),
    status: (commit, status) => postStatus(reach, commit, status),
    annotate: (commit, name, annotations) => showAnnotations(reach, commit, name, annotations),
    issue: (issue) => stickIssue(reach, issue),
    closeIssue: (marker, lastWord) => closeStickyIssue(reach, marker, lastWord),
    propose: (proposal) => proposeChange(reach, proposal),
    check: () => checkGitHub(reach),
    [Symbol.asyncDispose]: () => reach[Symbol.asyncDispose](),
  }
}
