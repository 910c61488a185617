import type { StickyText } from '../../domain/forge.ts'
import { ordinal, text } from '../json.ts'
import { carriesMarker, saysTheSame } from '../marker.ts'
import { unreachable } from '../trouble.ts'
import type { Reach } from './connect.ts'
import { entries, PAGE } from './pages.ts'
import { authorOf } from './pulls.ts'

/** A comment below a pull request or an issue: to GitHub both are issues, and all of them have comments. */
type Comment = { readonly id: number; readonly author: string; readonly body: string; readonly url: string }

/** The one comment of ours with this marker. */
export async function readSticky(reach: Reach, issue: number, marker: string): Promise<string | undefined> {
  return (await stickyOf(reach, issue, marker))?.body
}

async function stickyOf(reach: Reach, issue: number, marker: string): Promise<Comment | undefined> {
  const { login } = await reach.identity()
  for await (const comment of comments(reach, issue))
    if (comment.author === login && carriesMarker(comment.body, marker)) return comment
  return undefined
}

/** Puts the text into the one comment of ours with its marker, or makes that. */
export async function stickComment(
  reach: Reach,
  issue: number,
  { marker, body }: StickyText,
): Promise<{ readonly url: string }> {
  const { client, at, turns } = reach
  return await turns(`comment ${issue} ${marker}`, async () => {
    const known = await stickyOf(reach, issue, marker)
    if (known === undefined) return { url: (await addComment(reach, issue, body)).url }
    if (!saysTheSame(known.body, body))
      await client.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
        ...at,
        comment_id: known.id,
        body,
      })
    return { url: known.url }
  })
}

/** Adds a comment, unless our last one there says the same. */
export async function sayOnce(reach: Reach, issue: number, body: string): Promise<void> {
  const { login } = await reach.identity()
  let last: string | undefined
  for await (const comment of comments(reach, issue)) if (comment.author === login) last = comment.body
  if (last === undefined || !saysTheSame(last, body)) await addComment(reach, issue, body)
}

async function addComment(reach: Reach, issue: number, body: string): Promise<Comment> {
  const { client, at } = reach
  const { data } = await client.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...at,
    issue_number: issue,
    body,
  })
  return readComment(reach, data)
}

/** Oldest first. */
async function* comments(reach: Reach, issue: number): AsyncGenerator<Comment> {
  const { client, at, forge } = reach
  const pages = client.paginate.iterator('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...at,
    issue_number: issue,
    per_page: PAGE,
  })
  for await (const entry of entries(forge, 'comments', pages)) yield readComment(reach, entry)
}

function readComment({ forge }: Reach, data: object): Comment {
  const entry = { ...data } as { readonly [key: string]: unknown }
  const [id, url] = [ordinal(entry['id']), text(entry['html_url'])]
  if (id === undefined || url === undefined)
    throw unreachable(forge, 'what it says of a comment cannot be read')
  return { id, url, author: authorOf(entry), body: text(entry['body']) ?? '' }
}
