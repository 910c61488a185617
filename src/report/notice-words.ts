import { createHash } from 'node:crypto'
import type { Notice, NoticeSeverity } from '../domain/notice.ts'
import { toRfc3339, type Instant } from '../domain/time.ts'
import { masked } from './masking.ts'
import { brief, visible } from './visible.ts'

/** A longer line is no line any more. */
const LONGEST_LINE = 1_000
/** Chats show so many devices; the count stands in the lines. */
const MOST_DEVICES = 10

export const SIGNS: Readonly<Record<NoticeSeverity, string>> = { error: '🔴', warning: '🟡', info: '🔵' }

/**
 * The id as it travels: itself, or a digest of one that is long or could be taken for something else where it is joined
 * with others by full stops, as the signature of a webhook does.
 */
export function wireId(id: string): string {
  return /^[A-Za-z0-9_:/@-]{1,128}$/.test(id) ? id : `n_${createHash('sha256').update(id).digest('hex')}`
}

/** The devices it is about, as they may be shown. */
export function shownDevices({ devices = [] }: Notice, identities: boolean): readonly string[] {
  return devices.map((device) => (identities ? visible(device) : masked(device)))
}

/** Its lines for a person, the devices in one of them. Everything that a terminal would obey or an eye would miss is escaped. */
export function noticeLines(notice: Notice, identities: boolean): readonly string[] {
  const shown = shownDevices(notice, identities)
  const more = shown.length > MOST_DEVICES ? ` and ${shown.length - MOST_DEVICES} more` : ''
  const about = shown.length === 0 ? [] : [`Devices: ${shown.slice(0, MOST_DEVICES).join(', ')}${more}`]
  return [...notice.lines.map((line) => visible(line)), ...about].map((line) => brief(line, LONGEST_LINE))
}

/** What it is, about what, and when: `warning · drift-found · fleet · 2026-11-23T08:00:00Z`. */
export function noticeFooter({ severity, kind, subject, at }: Notice): string {
  return [severity, kind, brief(subject, 200), toRfc3339(at)].join(' · ')
}

/** Where to look, when that is an address a browser may open. */
export function noticeLink({ url }: Notice): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined
  const { protocol, href } = new URL(url)
  return protocol === 'https:' || protocol === 'http:' ? href.replaceAll('|', '%7C') : undefined
}

/** What `simplane notify test` sends. */
export function testNotice(now: Instant): Notice {
  return {
    id: `test-${now}`,
    kind: 'test',
    severity: 'info',
    at: now,
    subject: 'fleet',
    title: 'simplane can reach this channel',
    lines: ['This is a test, sent by hand. Nothing has happened.'],
    data: {},
  }
}
