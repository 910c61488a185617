import type { PullRequest } from '../../domain/forge.ts'
import { toRfc3339, type Instant } from '../../domain/time.ts'
import { object, sha, type Json } from '../json.ts'
import { PAGE_SIZE } from './answers.ts'
import type { Reach } from './connect.ts'
import { readMergeRequest, targetOf } from './merge-request.ts'

/** Those that are open, newest change first. */
export async function openMergeRequests(reach: Reach): Promise<readonly PullRequest[]> {
  const { api, answers, project } = reach
  // In the order in which they were made: a change while pages are read moves none of them.
  const list = await answers.all((page) =>
    api.mergeRequests.all({
      projectId: project,
      state: 'opened',
      orderBy: 'created_at',
      sort: 'asc',
      page,
      perPage: PAGE_SIZE,
      showExpanded: true,
    }),
  )
  return (await readAll(reach, list)).sort((a, b) => b.updatedAt - a.updatedAt)
}

/** Those merged since then, newest first. A merge is a change: older changes need not be asked for. */
export async function mergedMergeRequests(reach: Reach, since: Instant): Promise<readonly PullRequest[]> {
  const { api, answers, project } = reach
  const list = await answers.all((page) =>
    api.mergeRequests.all({
      projectId: project,
      state: 'merged',
      updatedAfter: toRfc3339(since),
      orderBy: 'created_at',
      sort: 'asc',
      page,
      perPage: PAGE_SIZE,
      showExpanded: true,
    }),
  )
  return (await readAll(reach, list))
    .filter(({ mergedAt }) => mergedAt !== undefined && mergedAt >= since)
    .sort((a, b) => (b.mergedAt ?? 0) - (a.mergedAt ?? 0))
}

/** `undefined`: there is none of this number in a project that we can see. */
export async function oneMergeRequest(reach: Reach, iid: number): Promise<PullRequest | undefined> {
  const { api, answers, project } = reach
  const json = await answers.perhaps(api.mergeRequests.show(project, iid, { showExpanded: true }))
  if (json !== undefined) return (await readAll(reach, [json]))[0]
  // The same answer as where the whole project is out of sight.
  await answers.one(api.projects.show(project, { showExpanded: true }))
  return undefined
}

/** One without commits, or whose target branch is gone, is none that could be merged: it is left out. */
async function readAll(reach: Reach, list: readonly Json[]): Promise<PullRequest[]> {
  const tips = new Map<string, string | undefined>()
  const read = new Map<number, PullRequest>()
  for (const json of list) {
    const target = targetOf(json)
    if (target === undefined) throw reach.answers.unreadable('a merge request')
    if (!tips.has(target)) tips.set(target, await tipOf(reach, target))
    if (json['sha'] === null) continue
    const pull = readMergeRequest(json, tips.get(target))
    if (pull !== undefined) read.set(pull.number, pull)
    else if (tips.get(target) !== undefined) throw reach.answers.unreadable('a merge request')
  }
  return [...read.values()]
}

/** The last commit of a branch; `undefined`: there is no such branch. */
async function tipOf({ api, answers, project }: Reach, branch: string): Promise<string | undefined> {
  const json = await answers.perhaps(api.branches.show(project, branch, { showExpanded: true }))
  return json === undefined ? undefined : sha(object(json['commit'])?.['id'])
}
