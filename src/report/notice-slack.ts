import type { Notice } from '../domain/notice.ts'
import { noticeFooter, noticeLines, noticeLink, SIGNS } from './notice-words.ts'
import { visible } from './visible.ts'

/** docs.slack.dev, reference/block-kit: of a header, and of the text of a section or an element of a context. */
const HEADER = 150
const TEXT = 3_000
/** Slack takes 50 blocks; nobody reads as many. */
const MOST_SECTIONS = 10

/**
 * A notice as a message of Slack's Block Kit. Of data nothing is obeyed: the three characters that begin a mention or a
 * link are escaped (docs.slack.dev, messaging/formatting-message-text), and `verbatim` keeps Slack from finding
 * addresses and channels in what remains.
 */
export function slackMessage(notice: Notice, identities: boolean): object {
  const title = `${SIGNS[notice.severity]} ${visible(notice.title)}`
  const sections = fill(noticeLines(notice, identities).map(escaped))
  const link = noticeLink(notice)
  const address = link === undefined ? '' : escaped(link)
  const where = address === '' || address.length > TEXT / 2 ? '' : ` · <${address}|open>`
  const footer = `${cut(escaped(noticeFooter(notice)), TEXT - where.length)}${where}`
  return {
    // What a phone shows, and who reads without blocks.
    text: cut(escaped(title), TEXT),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(escaped(title), HEADER), emoji: false } },
      ...sections.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } })),
      { type: 'context', elements: [{ type: 'mrkdwn', text: footer, verbatim: true }] },
    ],
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** At most `limit` UTF-16 units, which is the strictest reading of "characters"; no entity and no pair is cut through. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  const [kept = ''] = /^(?:&\w+;|[^&])*/su.exec(clean(text, limit - 1)) ?? []
  return `${kept}…`
}

function clean(text: string, limit: number): string {
  const part = text.slice(0, limit)
  return part.isWellFormed() ? part : part.slice(0, -1)
}

/** Lines in as few texts as they need, each within the limit. */
function fill(lines: readonly string[]): readonly string[] {
  const texts: string[] = []
  for (const line of lines.map((each) => cut(each, TEXT)).filter((each) => each.trim() !== '')) {
    const last = texts.at(-1)
    if (last !== undefined && last.length + 1 + line.length <= TEXT)
      texts[texts.length - 1] = `${last}\n${line}`
    else if (texts.length < MOST_SECTIONS) texts.push(line)
    else return [...texts.slice(0, -1), `${cut(last ?? '', TEXT - 2)}\n…`]
  }
  return texts
}
