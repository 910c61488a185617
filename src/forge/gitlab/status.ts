import type { CommitStatus } from '../../domain/forge.ts'
import { object, ordinal, text, type Json } from '../json.ts'
import { Refused } from '../trouble.ts'
import { PAGE_SIZE } from './answers.ts'
import type { Reach } from './connect.ts'

/** GitLab takes 255 characters; more than 140 are not shown. */
export const LONGEST_DESCRIPTION = 140

const STATES = { pending: 'pending', success: 'success', failure: 'failed' } as const

/** GitLab's words for one that is not over. */
const NOT_OVER: ReadonlySet<string> = new Set(['created', 'pending', 'running', 'waiting_for_resource'])

/**
 * Says how a check of a commit stands. What is not over keeps the words it began with: GitLab changes those only with the
 * state, and refuses "from :pending" to pending (docs.gitlab.com/api/commits, "Set commit pipeline status").
 */
export async function postStatus(reach: Reach, commit: string, status: CommitStatus): Promise<void> {
  const { api, answers, project, turns } = reach
  const { context, state, url } = status
  const description = Array.from(status.description).slice(0, LONGEST_DESCRIPTION).join('')
  await turns(`status ${commit} ${context}`, async () => {
    const last = await latest(reach, commit, context)
    if (last !== undefined && isSame(last, state, description, url)) return
    try {
      await answers.one(
        api.commits.editStatus(project, commit, STATES[state], {
          name: context,
          description,
          ...(url === undefined ? {} : { targetUrl: url }),
          showExpanded: true,
        }),
      )
    } catch (error) {
      if (!isThereAlready(error, state)) throw error
    }
  })
}

function isSame(
  last: Json,
  state: CommitStatus['state'],
  description: string,
  url: string | undefined,
): boolean {
  const now = text(last['status']) ?? ''
  if (state === 'pending') return NOT_OVER.has(now)
  const isSameUrl = (text(last['target_url']) ?? undefined) === url
  return now === STATES[state] && (text(last['description']) ?? '') === description && isSameUrl
}

/** Somebody else of us was first: "Cannot transition status via :enqueue from :pending". */
function isThereAlready(error: unknown, state: CommitStatus['state']): boolean {
  if (!(error instanceof Refused) || error.httpStatus !== 400 || state !== 'pending') return false
  return /Cannot transition status via :\w+ from :(pending|running)/.test(error.message)
}

/** The library does not know that this list has pages. */
function pageOf(page: number): object {
  return { page, perPage: PAGE_SIZE }
}

/** Our last one of this name; the others are those of earlier tries. */
async function latest(reach: Reach, commit: string, name: string): Promise<Json | undefined> {
  const { api, answers, project, identity } = reach
  const { id } = await identity()
  const all = await answers.all((page) =>
    api.commits.allStatuses(project, commit, { name, ...pageOf(page), showExpanded: true }),
  )
  let last: Json | undefined
  for (const json of all) {
    if (json['name'] !== name || object(json['author'])?.['id'] !== id) continue
    if ((ordinal(json['id']) ?? 0) > (ordinal(last?.['id']) ?? 0)) last = json
  }
  return last
}
