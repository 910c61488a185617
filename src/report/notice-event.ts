import type { Notice } from '../domain/notice.ts'
import { toRfc3339 } from '../domain/time.ts'
import { noticeLink, shownDevices, wireId } from './notice-words.ts'
import { visible } from './visible.ts'

/**
 * A notice as a CloudEvent in JSON (CloudEvents 1.0, JSON event format). `source`: a URI reference that names this
 * simplane; with the id it is unique.
 */
export function noticeEvent(notice: Notice, source: string, identities: boolean): object {
  const { id, kind, severity, at, subject, title, lines, data } = notice
  const url = noticeLink(notice)
  const devices = shownDevices(notice, identities)
  return {
    specversion: '1.0',
    id: wireId(id),
    source,
    type: `dev.simplane.${kind}.v1`,
    // CloudEvents allows no control characters in an attribute.
    subject: visible(subject),
    time: toRfc3339(at),
    datacontenttype: 'application/json',
    data: {
      severity,
      title: visible(title),
      lines: lines.map((line) => visible(line)),
      ...(url === undefined ? {} : { url }),
      ...(devices.length === 0 ? {} : { devices }),
      details: data,
    },
  }
}
