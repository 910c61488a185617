import { age } from '../report/ages.ts'
import { counted } from '../report/numbers.ts'
import { moment } from '../report/time-format.ts'
import { brief } from '../report/visible.ts'
import type { DatabaseContents, PutBack } from '../store/put-back.ts'
import type { RecordedSince } from '../store/sqlite/contents.ts'
import type { Present } from '../store/sqlite/present.ts'
import { contentsJson, contentsLine } from './database-file.ts'
import type { Io } from './io.ts'

type Paths = { readonly file: string; readonly store: string }

/** What a person sees before a store is replaced: both, and what is in one of them only. */
export function lossText(
  io: Pick<Io, 'time' | 'clock'>,
  { file, store }: Paths,
  backup: DatabaseContents,
  present: Present | undefined,
): string {
  const from = backup.takenAt ?? backup.newest
  const old = from === undefined ? '' : `, ${age(io.clock.now() - from)} old`
  const lines = [`Backup   ${file}${old}`, ...contentsLines(backup, io)]
  if (present === undefined)
    return `${[...lines, `Store    ${store}: there is none, nothing is lost`].join('\n')}\n`
  lines.push(`Store    ${store}`)
  if (present.kind === 'unreadable') {
    lines.push(`         cannot be read (${present.why}): nobody can tell what is lost with it`)
    return `${lines.join('\n')}\n`
  }
  lines.push(...contentsLines(present.contents, io))
  lines.push(`Lost     ${lost(present.since)}`)
  return `${lines.join('\n')}\n`
}

/** What a database holds and recorded last, below a line that names it. */
export function contentsLines(contents: DatabaseContents, io: Pick<Io, 'time'>): readonly string[] {
  const { lastRun, lastEvent } = contents
  const run =
    lastRun === undefined
      ? []
      : [`last run ${lastRun.id} (${lastRun.trigger}) ${moment(io.time, lastRun.at)}`]
  const event =
    lastEvent === undefined
      ? []
      : [`last event ${moment(io.time, lastEvent.at)} ${brief(lastEvent.message, 60)}`]
  return [contentsLine(contents, io), ...run, ...event].map((line) => `         ${line}`)
}

function lost({ runs, events, approvals, issued }: RecordedSince): string {
  if (runs + events + approvals + issued === 0) return 'nothing was recorded since the backup'
  const parts = [
    counted(runs, 'run'),
    counted(events, 'event'),
    counted(approvals, 'approval'),
    counted(issued, 'step sent', 'steps sent'),
  ]
  return `recorded since the backup: ${parts.join(', ')}`
}

export type Restored = {
  /** Absent: other tools put it back. */
  readonly file?: string
  readonly store: string
  readonly kept: string | undefined
  readonly backup: DatabaseContents
  readonly putBack: PutBack
  /** The replaced store could be read: what it knew of retirements was carried over. */
  readonly known: boolean
}

/** What is so now, and what to do next. */
export function restoredText(
  { backup, putBack, known }: Restored,
  kept: string | undefined,
  { file, store }: Paths,
): string {
  const lines = [`Restored ${store} from ${file}: ${counted(backup.devices, 'device')}.`]
  if (kept !== undefined) lines.push(`Replaced ${kept}: delete it when it is needed no more.`)
  lines.push('', ...putBackLines(putBack, known))
  return `${lines.join('\n')}\n`
}

/** What became of the past, and what to do next. `known`: it is known when each Retirement was first applied. */
export function putBackLines({ unproven, expired, approvals }: PutBack, known: boolean): readonly string[] {
  const lines = [
    'Every device is planned again once its MDM has been read whole; nothing destructive is sent before.',
  ]
  if (unproven > 0)
    lines.push(
      `${counted(unproven, 'eSIM reset or retirement was', 'eSIM resets or retirements were')} under way at the backup: not sent again by itself, see simplane devices --finding unproven.`,
    )
  if (expired > 0)
    lines.push(
      `${counted(expired, 'other step was', 'other steps were')} under way: planned again from what the devices show.`,
    )
  if (approvals > 0)
    lines.push(
      `${counted(approvals, 'approval has', 'approvals have')} ended: approve again what is still held.`,
    )
  lines.push(
    '',
    'To look before anything is sent, set limits: { mode: propose } in simplane.yaml, start the service, and read',
    'simplane status and simplane plan.',
  )
  if (!known)
    lines.push(
      'It is not known when a Retirement merged after the backup was first applied: of each such one look at',
      'enrolledBefore first, so that nobody who was enrolled anew since is taken for its target.',
    )
  return lines
}

/** For programs. */
export function restoredJson({ file, store, kept, backup, putBack }: Omit<Restored, 'known'>): object {
  return {
    apiVersion: 'simplane/v1',
    kind: 'Restore',
    file: file ?? null,
    store,
    kept: kept ?? null,
    backup: contentsJson(backup),
    notSentAgain: putBack.unproven,
    plannedAgain: putBack.expired,
    approvalsEnded: putBack.approvals,
  }
}
