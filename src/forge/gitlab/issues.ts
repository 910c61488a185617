import type { StickyIssue } from '../../domain/forge.ts'
import { object, ordinal, text, type Json } from '../json.ts'
import { carriesMarker, saysTheSame } from '../marker.ts'
import { PAGE_SIZE } from './answers.ts'
import type { Reach } from './connect.ts'
import { sayOnce } from './notes.ts'
import { withoutQuickActions } from './quick-actions.ts'

type Issue = { readonly number: number; readonly url: string; readonly title: string; readonly body: string }

/** Keeps one open issue of ours with this marker up to date, or makes it. GitLab makes the labels that there are not. */
export async function stickIssue(reach: Reach, issue: StickyIssue): Promise<Issue> {
  const { api, answers, project, turns } = reach
  return await turns(`issue ${issue.marker}`, async () => {
    const { title, labels = [] } = issue
    const description = withoutQuickActions(issue.body)
    const known = await ourIssue(reach, issue.marker)
    if (known?.title === title && saysTheSame(known.body, description)) return known
    if (known === undefined)
      return readIssue(
        reach,
        await answers.one(
          api.issues.create(project, title, {
            description,
            ...(labels.length === 0 ? {} : { labels: labels.join(',') }),
            showExpanded: true,
          }),
        ),
      )
    return readIssue(
      reach,
      await answers.one(api.issues.edit(project, known.number, { title, description, showExpanded: true })),
    )
  })
}

/** Says a last word below our open issue, and closes it; `undefined`: there is none. */
export async function closeStickyIssue(
  reach: Reach,
  marker: string,
  lastWord: string,
): Promise<{ readonly number: number } | undefined> {
  const { api, answers, project, turns } = reach
  return await turns(`issue ${marker}`, async () => {
    const known = await ourIssue(reach, marker)
    if (known === undefined) return undefined
    // In this order: what is said can be found again, and a closed issue would not be looked at.
    await sayOnce(reach, known.number, lastWord)
    await answers.one(api.issues.edit(project, known.number, { stateEvent: 'close', showExpanded: true }))
    return { number: known.number }
  })
}

/** The oldest open issue of ours with this marker. */
async function ourIssue(reach: Reach, marker: string): Promise<Issue | undefined> {
  const { api, answers, project, identity } = reach
  const { id } = await identity()
  const all = await answers.all((page) =>
    api.issues.all({
      projectId: project,
      state: 'opened',
      authorId: id,
      scope: 'all',
      orderBy: 'created_at',
      sort: 'asc',
      page,
      perPage: PAGE_SIZE,
      showExpanded: true,
    }),
  )
  const ours = all.find(
    (json) => object(json['author'])?.['id'] === id && carriesMarker(text(json['description']) ?? '', marker),
  )
  return ours === undefined ? undefined : readIssue(reach, ours)
}

function readIssue({ answers }: Reach, json: Json): Issue {
  const [number, url, title] = [ordinal(json['iid']), text(json['web_url']), text(json['title'])]
  if (number === undefined || url === undefined || title === undefined) throw answers.unreadable('an issue')
  return { number, url, title, body: text(json['description']) ?? '' }
}
