import picomatch from 'picomatch'
import type { Notice, NoticeSeverity } from '../domain/notice.ts'
import type { ChannelSettings } from '../settings/notify.ts'

const RANK: Readonly<Record<NoticeSeverity, number>> = { info: 0, warning: 1, error: 2 }

/** Which notices a channel asks for. */
export function wants({
  events,
  severity,
  subjects,
}: Pick<ChannelSettings, 'events' | 'severity' | 'subjects'>): (notice: Notice) => boolean {
  const kinds: ReadonlySet<string> = new Set(events)
  const about = subjects.includes('**') ? () => true : picomatch([...subjects], { dot: true })
  return (notice) =>
    kinds.has(notice.kind) && RANK[notice.severity] >= RANK[severity] && about(notice.subject)
}
