import { toRfc3339 } from '../domain/time.ts'
import { plainPaint } from './paint.ts'
import type { Paint } from './paint.ts'
import { shortRevision } from './revisions.ts'
import type { HistoryEvent } from './step-events.ts'
import { moment } from './time-format.ts'
import type { TimeFormat } from './time-format.ts'
import { brief } from './visible.ts'
import { columns, wrap } from './width.ts'

const WIDTH = 100

/** Who did what, and what happened, one event a line in the order given. */
export function historyText(
  events: readonly HistoryEvent[],
  time: TimeFormat,
  paint: Paint = plainPaint,
): string {
  if (events.length === 0) return 'Nothing has happened in that time.\n'
  const stamps = events.map((event) => moment(time, event.at))
  const wide = stamps.reduce((most, stamp) => Math.max(most, columns(stamp)), 0)
  const lines = events.flatMap((event, index) => {
    const stamp = (stamps[index] ?? '').padStart(wide)
    const indent = ' '.repeat(wide + 12)
    return wrap(eventText(event), WIDTH - indent.length).map((line, at) =>
      at === 0 ? `${paint.dim(stamp)}  ${kindPaint(event, paint)}  ${line}` : indent + line,
    )
  })
  return `${lines.join('\n')}\n`
}

function kindPaint(event: HistoryEvent, paint: Paint): string {
  const word = event.kind.padEnd(8)
  return event.kind === 'error' || event.kind === 'refused' ? paint.red(word) : paint.bold(word)
}

function eventText(event: HistoryEvent): string {
  const revision =
    event.revision === undefined || event.kind === 'step' ? '' : `${shortRevision(event.revision)} `
  const device = event.device === undefined ? '' : `${brief(event.device, 40)} `
  const actor = event.actor === undefined ? '' : `, by ${brief(event.actor, 40)}`
  return `${revision}${device}${brief(event.message, 400)}${actor}`
}

/** One event as data. */
export function eventJson(event: HistoryEvent) {
  return {
    at: toRfc3339(event.at),
    kind: event.kind,
    message: event.message,
    actor: event.actor ?? null,
    run: event.run ?? null,
    revision: event.revision ?? null,
    device: event.device ?? null,
  }
}

/** What `history -o json` prints. */
export function historyJson(events: readonly HistoryEvent[]) {
  return { apiVersion: 'simplane/v1', kind: 'History', events: events.map(eventJson) }
}
