import type { CommitStatus } from '../../domain/forge.ts'
import { object } from '../json.ts'
import type { Reach } from './connect.ts'
import { entries, PAGE } from './pages.ts'

/** GitHub takes no longer description. */
export const LONGEST_DESCRIPTION = 140

/**
 * Says how a check of a commit stands. Nothing is said that stands there already: a commit takes 1,000 statuses for each
 * context (docs.github.com/rest/commits/statuses).
 */
export async function postStatus(reach: Reach, commit: string, status: CommitStatus): Promise<void> {
  const { client, at, turns } = reach
  const { context, state, url } = status
  const description = shortened(status.description)
  await turns(`status ${commit} ${context}`, async () => {
    for await (const entry of latest(reach, commit)) {
      if (entry['context'] !== context) continue
      const isSame =
        entry['state'] === state &&
        (entry['description'] ?? '') === description &&
        (entry['target_url'] ?? undefined) === url
      if (isSame) return
    }
    await client.request('POST /repos/{owner}/{repo}/statuses/{sha}', {
      ...at,
      sha: commit,
      context,
      state,
      description,
      ...(url === undefined ? {} : { target_url: url }),
    })
  })
}

/** The latest status of each context. */
function latest({ client, at, forge }: Reach, commit: string): ReturnType<typeof entries> {
  const pages = client.paginate.iterator('GET /repos/{owner}/{repo}/commits/{ref}/status', {
    ...at,
    ref: commit,
    per_page: PAGE,
  })
  return entries(forge, 'statuses', pages, (page) => object(page)?.['statuses'])
}

function shortened(text: string): string {
  const characters = Array.from(text)
  if (characters.length <= LONGEST_DESCRIPTION) return text
  return `${characters.slice(0, LONGEST_DESCRIPTION - 1).join('')}…`
}
