import type { StickyText } from '../../domain/forge.ts'
import { object, ordinal, text, type Json } from '../json.ts'
import { carriesMarker, saysTheSame } from '../marker.ts'
import { unreachable } from '../trouble.ts'
import type { Reach } from './connect.ts'

/** A comment below a pull request or an issue: both are issues here, with numbers of one kind. */
type Comment = { readonly id: number; readonly body: string; readonly url: string }

/** The one comment of ours with this marker. */
export async function readSticky(reach: Reach, issue: number, marker: string): Promise<string | undefined> {
  return (await stickyOf(reach, issue, marker))?.body
}

async function stickyOf(reach: Reach, issue: number, marker: string): Promise<Comment | undefined> {
  return (await ourComments(reach, issue)).find((comment) => carriesMarker(comment.body, marker))
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
      await client.one('PATCH', `${at}/issues/comments/${known.id}`, { body })
    return { url: known.url }
  })
}

/** Adds a comment, unless our last one there says the same. */
export async function sayOnce(reach: Reach, issue: number, body: string): Promise<void> {
  const last = (await ourComments(reach, issue)).at(-1)
  if (last === undefined || !saysTheSame(last.body, body)) await addComment(reach, issue, body)
}

async function addComment(reach: Reach, issue: number, body: string): Promise<Comment> {
  const { client, at } = reach
  return readComment(reach, await client.one('POST', `${at}/issues/${issue}/comments`, { body }))
}

/** Oldest first. Gitea and Forgejo give all of them at once: there is no parameter for pages. */
async function ourComments(reach: Reach, issue: number): Promise<readonly Comment[]> {
  const { id } = await reach.identity()
  const all = await reach.client.whole(`${reach.at}/issues/${issue}/comments`)
  return all
    .filter((json) => object(json['user'])?.['id'] === id)
    .map((json) => readComment(reach, json))
    .sort((a, b) => a.id - b.id)
}

function readComment({ forge }: Reach, json: Json): Comment {
  const [id, url, body] = [ordinal(json['id']), text(json['html_url']), text(json['body'])]
  if (id === undefined || url === undefined || body === undefined)
    throw unreachable(forge, 'what it says of a comment cannot be read')
  return { id, url, body }
}
