import type { Notice, NoticeSeverity } from '../domain/notice.ts'
import { noticeFooter, noticeLines, noticeLink, SIGNS } from './notice-words.ts'
import { brief } from './visible.ts'

/** Teams refuses a message of more than 28 KB (learn.microsoft.com, Teams: limits and specifications); this is for the lines. */
const ROOM = 20 * 1024
const LONGEST_TITLE = 300
const LONGEST_LINK = 2_000

const COLORS: Readonly<Record<NoticeSeverity, string>> = {
  error: 'attention',
  warning: 'warning',
  info: 'accent',
}

type Run = {
  readonly size?: string
  readonly weight?: string
  readonly color?: string
  readonly isSubtle?: boolean
}

/**
 * A notice as what a workflow "When a Teams webhook request is received" posts: a message with one Adaptive Card.
 * Texts are runs of a RichTextBlock, in which no Markdown is read (learn.microsoft.com, Adaptive Cards: text features):
 * neither a link nor a mention can come out of data.
 */
export function teamsMessage(notice: Notice, identities: boolean): object {
  const link = noticeLink(notice)
  const head = `${SIGNS[notice.severity]} ${brief(notice.title, LONGEST_TITLE)}`
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          body: [
            block(head, { size: 'large', weight: 'bolder', color: COLORS[notice.severity] }),
            ...fitting(noticeLines(notice, identities)),
            block(noticeFooter(notice), { size: 'small', isSubtle: true }),
          ],
          ...(link === undefined || link.length > LONGEST_LINK
            ? {}
            : { actions: [{ type: 'Action.OpenUrl', title: 'Open', url: link }] }),
        },
      },
    ],
  }
}

function block(text: string, run: Run): object {
  return { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text, ...run }] }
}

/** As many lines as there is room for; what is left out is said. */
function fitting(lines: readonly string[]): readonly object[] {
  const blocks: object[] = []
  let room = ROOM
  for (const [at, line] of lines.filter((each) => each.trim() !== '').entries()) {
    const next = block(line, {})
    room -= new TextEncoder().encode(JSON.stringify(next)).length + 1
    if (room < 0) return [...blocks, block(`… and ${lines.length - at} more lines`, { isSubtle: true })]
    blocks.push(next)
  }
  return blocks
}
