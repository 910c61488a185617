import type { PullRequest } from '../../domain/forge.ts'
import type { Instant } from '../../domain/time.ts'
import { moment, object, ordinal, sha, text, type Json } from '../json.ts'
import { unreachable } from '../trouble.ts'
import type { Reach } from './connect.ts'

/** Those that are open, newest change first. */
export async function openPulls(reach: Reach): Promise<readonly PullRequest[]> {
  const all = new Map<number, PullRequest>()
  // In the order in which they were made: a change while pages are read moves none of them.
  for await (const json of reach.client.all(`${reach.at}/pulls`, { state: 'open', sort: 'oldest' })) {
    const pull = pullOf(reach, json)
    if (pull !== undefined) all.set(pull.number, pull)
  }
  return [...all.values()].sort((a, b) => b.updatedAt - a.updatedAt)
}

/** Those merged since then, newest first: the closed ones, as far back as anything about them was changed since. */
export async function mergedPulls(reach: Reach, since: Instant): Promise<readonly PullRequest[]> {
  const all = new Map<number, PullRequest>()
  const closed = reach.client.all(`${reach.at}/pulls`, { state: 'closed', sort: 'recentupdate' })
  for await (const json of closed) {
    const pull = pullOf(reach, json)
    if (pull === undefined) continue
    if (pull.updatedAt < since) break
    if (pull.mergedAt !== undefined && pull.mergedAt >= since) all.set(pull.number, pull)
  }
  return [...all.values()].sort((a, b) => (b.mergedAt ?? 0) - (a.mergedAt ?? 0))
}

/** `undefined`: there is none of this number in a repository that we can see. */
export async function onePull(reach: Reach, number: number): Promise<PullRequest | undefined> {
  const json = await reach.client.perhaps(`${reach.at}/pulls/${number}`)
  if (json !== undefined) return pullOf(reach, json)
  // The same answer as where the whole repository is out of sight.
  await reach.client.one('GET', reach.at)
  return undefined
}

/** `undefined`: one whose base branch is gone, which cannot be merged. */
function pullOf({ forge }: Reach, json: Json): PullRequest | undefined {
  const pull = readPull(json)
  if (pull !== undefined) return pull
  if (object(json['base'])?.['sha'] === '') return undefined
  throw unreachable(forge, 'what it says of a pull request cannot be read')
}

/** A pull request as the API gives it, alone or in a list; `undefined`: it is none. */
function readPull(json: Json): PullRequest | undefined {
  const [head, base] = [object(json['head']) ?? {}, object(json['base']) ?? {}]
  const [number, title, url] = [ordinal(json['number']), text(json['title']), text(json['html_url'])]
  const [headSha, baseRef] = [sha(head['sha']), text(base['ref'])]
  const author = text(object(json['user'])?.['login'])
  const [updatedAt, mergedAt] = [moment(json['updated_at']), moment(json['merged_at'])]
  // To Gitea a merged one is closed, too.
  const isMerged = json['merged'] === true
  const state = isMerged ? 'merged' : stateOf(json['state'])
  const mergedAs = isMerged ? sha(json['merge_commit_sha']) : undefined
  // Empty when the branch is gone.
  const baseSha = sha(base['sha']) ?? mergedAs
  if (number === undefined || title === undefined || url === undefined || author === undefined)
    return undefined
  if (headSha === undefined || baseRef === undefined || baseSha === undefined) return undefined
  if (updatedAt === undefined || state === undefined) return undefined
  return {
    number,
    title: withoutDraft(title, json['draft'] === true),
    author,
    state,
    draft: json['draft'] === true,
    head: { sha: headSha, ref: `refs/pull/${number}/head` },
    base: { ref: baseRef, sha: baseSha },
    // -1: that repository is gone.
    fork: head['repo_id'] !== base['repo_id'],
    ...(mergedAs === undefined ? {} : { mergedAs }),
    ...(mergedAt === undefined || !isMerged ? {} : { mergedAt }),
    updatedAt,
    url,
  }
}

function stateOf(state: unknown): 'open' | 'closed' | undefined {
  return state === 'open' || state === 'closed' ? state : undefined
}

/** A draft is one by the beginning of its title, which the server may be told: these are the usual ones. */
function withoutDraft(title: string, draft: boolean): string {
  return draft ? title.replace(/^\s*(wip:|\[wip\])\s*/i, '') : title
}
