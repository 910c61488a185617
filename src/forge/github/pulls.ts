import type { PullRequest } from '../../domain/forge.ts'
import { SECOND, type Instant } from '../../domain/time.ts'
import { moment, object, ordinal, sha, text, type Json } from '../json.ts'
import { Refused, unreachable } from '../trouble.ts'
import type { Reach } from './connect.ts'
import { entries, PAGE } from './pages.ts'

/** Those that are open, newest change first. */
export async function openPulls(reach: Reach): Promise<readonly PullRequest[]> {
  const all = new Map<number, PullRequest>()
  for await (const pull of listed(reach, 'open')) all.set(pull.number, pull)
  return [...all.values()]
}

/** Those merged since then, newest first: the closed ones, as far back as anything about them was changed since. */
export async function mergedPulls(reach: Reach, since: Instant): Promise<readonly PullRequest[]> {
  const all = new Map<number, PullRequest>()
  // GitHub's times are whole seconds.
  const from = since - (since % SECOND)
  for await (const pull of listed(reach, 'closed')) {
    if (pull.updatedAt < from) break
    if (pull.mergedAt !== undefined && pull.mergedAt >= from) all.set(pull.number, pull)
  }
  return [...all.values()].sort((a, b) => (b.mergedAt ?? 0) - (a.mergedAt ?? 0))
}

/** `undefined`: there is none of this number in a repository that we can see. */
export async function onePull(reach: Reach, number: number): Promise<PullRequest | undefined> {
  const { client, at } = reach
  try {
    const { data } = await client.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
      ...at,
      pull_number: number,
    })
    return pullOf(reach, data)
  } catch (error) {
    if (!(error instanceof Refused) || error.httpStatus !== 404) throw error
    // The same answer as where the whole repository is out of sight.
    await client.request('GET /repos/{owner}/{repo}', at)
    return undefined
  }
}

async function* listed(reach: Reach, state: 'open' | 'closed'): AsyncGenerator<PullRequest> {
  const { client, at, forge } = reach
  const pages = client.paginate.iterator('GET /repos/{owner}/{repo}/pulls', {
    ...at,
    state,
    sort: 'updated',
    direction: 'desc',
    per_page: PAGE,
  })
  for await (const entry of entries(forge, 'pull requests', pages)) yield pullOf(reach, entry)
}

function pullOf({ forge }: Reach, data: unknown): PullRequest {
  const pull = readPull(object(data) ?? {})
  if (pull === undefined) throw unreachable(forge, 'what it says of a pull request cannot be read')
  return pull
}

/** A pull request as the API gives it, alone or in a list; `undefined`: it is none. */
function readPull(data: Json): PullRequest | undefined {
  const [head, base] = [object(data['head']) ?? {}, object(data['base']) ?? {}]
  const [headSha, baseSha, baseRef] = [sha(head['sha']), sha(base['sha']), text(base['ref'])]
  const [number, title, url] = [ordinal(data['number']), text(data['title']), text(data['html_url'])]
  const [updatedAt, mergedAt] = [moment(data['updated_at']), moment(data['merged_at'])]
  const state = stateOf(data['state'], mergedAt)
  if (headSha === undefined || baseSha === undefined || baseRef === undefined) return undefined
  if (number === undefined || title === undefined || url === undefined) return undefined
  if (updatedAt === undefined || state === undefined) return undefined
  // Of one that is not merged this is what a merge would leave, for trial.
  const mergedAs = mergedAt === undefined ? undefined : sha(data['merge_commit_sha'])
  return {
    number,
    title,
    author: authorOf(data),
    state,
    draft: data['draft'] === true,
    head: { sha: headSha, ref: `refs/pull/${number}/head` },
    base: { ref: baseRef, sha: baseSha },
    // The repository of a fork may be gone.
    fork: object(head['repo'])?.['id'] !== object(base['repo'])?.['id'] || object(head['repo']) === undefined,
    ...(mergedAs === undefined ? {} : { mergedAs }),
    ...(mergedAt === undefined ? {} : { mergedAt }),
    updatedAt,
    url,
  }
}

function stateOf(state: unknown, mergedAt: Instant | undefined): PullRequest['state'] | undefined {
  if (mergedAt !== undefined) return 'merged'
  return state === 'open' || state === 'closed' ? state : undefined
}

/** Who wrote it; GitHub shows an account that is gone as `ghost`, and gives none. */
export function authorOf(data: Json): string {
  return text(object(data['user'])?.['login']) ?? 'ghost'
}
