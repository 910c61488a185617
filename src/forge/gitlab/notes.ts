import type { StickyText } from '../../domain/forge.ts'
import { object, ordinal, text, type Json } from '../json.ts'
import { carriesMarker, saysTheSame } from '../marker.ts'
import { PAGE_SIZE } from './answers.ts'
import type { Reach } from './connect.ts'
import { withoutQuickActions } from './quick-actions.ts'

type Note = { readonly id: number; readonly body: string }

/** The one note of ours with this marker. */
export async function readSticky(reach: Reach, iid: number, marker: string): Promise<string | undefined> {
  return (await stickyOf(reach, iid, marker))?.body
}

async function stickyOf(reach: Reach, iid: number, marker: string): Promise<Note | undefined> {
  const { api, project } = reach
  const notes = await ourNotes(reach, (page) =>
    api.mergeRequestNotes.all(project, iid, { ...OLDEST_FIRST, page, showExpanded: true }),
  )
  return notes.find((note) => carriesMarker(note.body, marker))
}

/** Puts the text into the one note of ours with its marker, or makes that. */
export async function stickNote(
  reach: Reach,
  iid: number,
  { marker, body: wanted }: StickyText,
): Promise<{ readonly url: string }> {
  const { api, answers, project, turns } = reach
  const body = withoutQuickActions(wanted)
  return await turns(`note ${iid} ${marker}`, async () => {
    const request = await answers.one(api.mergeRequests.show(project, iid, { showExpanded: true }))
    const url = text(request['web_url'])
    if (url === undefined) throw answers.unreadable('a merge request')
    const known = await stickyOf(reach, iid, marker)
    if (known === undefined) {
      const made = await answers.one(api.mergeRequestNotes.create(project, iid, body, { showExpanded: true }))
      return { url: `${url}#note_${readNote(reach, made).id}` }
    }
    if (!saysTheSame(known.body, body))
      await answers.one(api.mergeRequestNotes.edit(project, iid, known.id, { body, showExpanded: true }))
    return { url: `${url}#note_${known.id}` }
  })
}

/** Adds a note to an issue, unless our last one there says the same. */
export async function sayOnce(reach: Reach, iid: number, wanted: string): Promise<void> {
  const { api, answers, project } = reach
  const body = withoutQuickActions(wanted)
  const notes = await ourNotes(reach, (page) =>
    api.issueNotes.all(project, iid, { ...OLDEST_FIRST, page, showExpanded: true }),
  )
  const last = notes.at(-1)
  if (last !== undefined && saysTheSame(last.body, body)) return
  await answers.one(api.issueNotes.create(project, iid, body, { showExpanded: true }))
}

const OLDEST_FIRST = { orderBy: 'created_at', sort: 'asc', perPage: PAGE_SIZE } as const

/** What GitLab itself notes of what we did, "added 1 commit", is a system note, and by us. */
async function ourNotes(reach: Reach, pageOf: (page: number) => Promise<unknown>): Promise<readonly Note[]> {
  const { id } = await reach.identity()
  const all = await reach.answers.all(pageOf)
  return all
    .filter((json) => json['system'] === false && object(json['author'])?.['id'] === id)
    .map((json) => readNote(reach, json))
}

function readNote({ answers }: Reach, json: Json): Note {
  const [id, body] = [ordinal(json['id']), text(json['body'])]
  if (id === undefined || body === undefined) throw answers.unreadable('a note')
  return { id, body }
}
