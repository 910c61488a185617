import type { StickyIssue } from '../../domain/forge.ts'
import { object, ordinal, text } from '../json.ts'
import { carriesMarker, saysTheSame } from '../marker.ts'
import { Refused, unreachable } from '../trouble.ts'
import { sayOnce } from './comments.ts'
import type { Reach } from './connect.ts'
import { entries, PAGE } from './pages.ts'
import { authorOf } from './pulls.ts'

type Issue = { readonly number: number; readonly url: string; readonly title: string; readonly body: string }

/** Keeps one open issue of ours with this marker up to date, or makes it. */
export async function stickIssue(
  reach: Reach,
  issue: StickyIssue,
): Promise<{ readonly number: number; readonly url: string }> {
  const { client, at, turns } = reach
  return await turns(`issue ${issue.marker}`, async () => {
    const { title, body } = issue
    const { number, url, ...before } =
      (await ourIssue(reach, issue.marker)) ?? (await makeIssue(reach, issue))
    if (before.title !== title || !saysTheSame(before.body, body))
      await client.request('PATCH /repos/{owner}/{repo}/issues/{issue_number}', {
        ...at,
        issue_number: number,
        title,
        body,
      })
    return { number, url }
  })
}

/** Says a last word below our open issue, and closes it; `undefined`: there is none. */
export async function closeStickyIssue(
  reach: Reach,
  marker: string,
  lastWord: string,
): Promise<{ readonly number: number } | undefined> {
  const { client, at, turns } = reach
  return await turns(`issue ${marker}`, async () => {
    const known = await ourIssue(reach, marker)
    if (known === undefined) return undefined
    // In this order: what is said can be found again, and a closed issue would not be looked at.
    await sayOnce(reach, known.number, lastWord)
    await client.request('PATCH /repos/{owner}/{repo}/issues/{issue_number}', {
      ...at,
      issue_number: known.number,
      state: 'closed',
      state_reason: 'completed',
    })
    return { number: known.number }
  })
}

async function makeIssue(reach: Reach, { title, body, labels }: StickyIssue): Promise<Issue> {
  const { client, at } = reach
  const make = async (wanted: readonly string[]): Promise<Issue> => {
    const { data } = await client.request('POST /repos/{owner}/{repo}/issues', {
      ...at,
      title,
      body,
      ...(wanted.length === 0 ? {} : { labels: [...wanted] }),
    })
    return readIssue(reach, data)
  }
  try {
    return await make(labels ?? [])
  } catch (error) {
    // Labels that there are not, or that we may not set, are no reason to say nothing.
    if (labels !== undefined && error instanceof Refused && error.httpStatus === 422) return await make([])
    throw error
  }
}

/** The oldest open issue of ours with this marker. GitHub lists pull requests among the issues. */
async function ourIssue(reach: Reach, marker: string): Promise<Issue | undefined> {
  const { client, at, forge, identity } = reach
  const { login } = await identity()
  const pages = client.paginate.iterator('GET /repos/{owner}/{repo}/issues', {
    ...at,
    state: 'open',
    sort: 'created',
    direction: 'asc',
    per_page: PAGE,
  })
  for await (const entry of entries(forge, 'issues', pages)) {
    if (entry['pull_request'] !== undefined || authorOf(entry) !== login) continue
    if (carriesMarker(text(entry['body']) ?? '', marker)) return readIssue(reach, entry)
  }
  return undefined
}

function readIssue({ forge }: Reach, data: unknown): Issue {
  const issue = object(data) ?? {}
  const [number, url, title] = [ordinal(issue['number']), text(issue['html_url']), text(issue['title'])]
  if (number === undefined || url === undefined || title === undefined)
    throw unreachable(forge, 'what it says of an issue cannot be read')
  return { number, url, title, body: text(issue['body']) ?? '' }
}
