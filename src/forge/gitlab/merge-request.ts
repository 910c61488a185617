import type { PullRequest } from '../../domain/forge.ts'
import { moment, object, ordinal, sha, text, type Json } from '../json.ts'

/** GitLab's words, and `locked` while it is being merged. */
const STATES: Readonly<Record<string, PullRequest['state']>> = {
  opened: 'open',
  locked: 'open',
  merged: 'merged',
  closed: 'closed',
}

/**
 * A merge request. `tip`: the last commit of its target branch, which lists do not tell; `undefined` when that branch is
 * gone. `undefined` when something is missing (docs.gitlab.com/api/merge_requests).
 */
export function readMergeRequest(json: Json, tip: string | undefined): PullRequest | undefined {
  const number = ordinal(json['iid'])
  const title = text(json['title'])
  const author = text(object(json['author'])?.['username'])
  const state = STATES[text(json['state']) ?? '']
  const head = sha(json['sha'])
  const target = targetOf(json)
  const updatedAt = moment(json['updated_at'])
  const url = text(json['web_url'])
  if (number === undefined || title === undefined || author === undefined || state === undefined)
    return undefined
  if (head === undefined || target === undefined || updatedAt === undefined || url === undefined)
    return undefined
  const merged = state === 'merged' ? mergeOf(json, head) : {}
  const base = tip ?? sha(object(json['diff_refs'])?.['start_sha']) ?? merged.mergedAs
  if (base === undefined) return undefined
  return {
    number,
    title: withoutDraft(title),
    author,
    state,
    draft: json['draft'] === true,
    head: { sha: head, ref: `refs/merge-requests/${number}/head` },
    base: { ref: target, sha: base },
    fork: json['source_project_id'] !== json['target_project_id'],
    ...merged,
    updatedAt,
    url,
  }
}

/** A draft is one by the beginning of its title (docs.gitlab.com/user/project/merge_requests/drafts). */
export function withoutDraft(title: string): string {
  return title.replace(/^(\s*(draft:|\[draft\]|\(draft\))\s*)+/i, '')
}

/** The short name of the branch it is to be merged into. */
export function targetOf(json: Json): string | undefined {
  return text(json['target_branch'])
}

/** A fast-forward leaves neither a merge nor a squash commit: the head itself is on the base branch then. */
function mergeOf(json: Json, head: string): Pick<PullRequest, 'mergedAs' | 'mergedAt'> {
  const mergedAt = moment(json['merged_at'])
  return {
    mergedAs: sha(json['merge_commit_sha']) ?? sha(json['squash_commit_sha']) ?? head,
    ...(mergedAt === undefined ? {} : { mergedAt }),
  }
}
