import type { StickyIssue } from '../../domain/forge.ts'
import { object, ordinal, text, type Json } from '../json.ts'
import { carriesMarker, saysTheSame } from '../marker.ts'
import { unreachable } from '../trouble.ts'
import { sayOnce } from './comments.ts'
import type { Reach } from './connect.ts'

type Issue = { readonly number: number; readonly url: string; readonly title: string; readonly body: string }

/** Keeps one open issue of ours with this marker up to date, or makes it. */
export async function stickIssue(reach: Reach, issue: StickyIssue): Promise<Issue> {
  const { client, at, turns } = reach
  return await turns(`issue ${issue.marker}`, async () => {
    const { title, body } = issue
    const known = await ourIssue(reach, issue.marker)
    if (known === undefined) return await makeIssue(reach, issue)
    if (known.title === title && saysTheSame(known.body, body)) return known
    return readIssue(reach, await client.one('PATCH', `${at}/issues/${known.number}`, { title, body }))
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
    await client.one('PATCH', `${at}/issues/${known.number}`, { state: 'closed' })
    return { number: known.number }
  })
}

async function makeIssue(reach: Reach, { title, body, labels = [] }: StickyIssue): Promise<Issue> {
  const { client, at } = reach
  const ids = labels.length === 0 ? [] : await labelIds(reach, new Set(labels))
  return readIssue(
    reach,
    await client.one('POST', `${at}/issues`, { title, body, ...(ids.length === 0 ? {} : { labels: ids }) }),
  )
}

/** Labels go by numbers. One that there is not is left out: none is made. */
async function labelIds({ client, at }: Reach, wanted: ReadonlySet<string>): Promise<readonly number[]> {
  const ids: number[] = []
  for await (const json of client.all(`${at}/labels`)) {
    const id = ordinal(json['id'])
    if (id !== undefined && wanted.has(text(json['name']) ?? '')) ids.push(id)
  }
  return ids
}

/** The oldest open issue of ours with this marker. Without `type` pull requests are among them. */
async function ourIssue(reach: Reach, marker: string): Promise<Issue | undefined> {
  const { client, at, identity } = reach
  const { id, login } = await identity()
  let oldest: Issue | undefined
  const open = client.all(`${at}/issues`, { state: 'open', type: 'issues', created_by: login })
  for await (const json of open) {
    // No author is heeded who is not ours, and no pull request, whatever was asked for.
    if (object(json['user'])?.['id'] !== id || object(json['pull_request']) !== undefined) continue
    if (!carriesMarker(text(json['body']) ?? '', marker)) continue
    const issue = readIssue(reach, json)
    if (oldest === undefined || issue.number < oldest.number) oldest = issue
  }
  return oldest
}

function readIssue({ forge }: Reach, json: Json): Issue {
  const [number, url, title] = [ordinal(json['number']), text(json['html_url']), text(json['title'])]
  if (number === undefined || url === undefined || title === undefined)
    throw unreachable(forge, 'what it says of an issue cannot be read')
  return { number, url, title, body: text(json['body']) ?? '' }
}
