import { dirname, join, relative, resolve } from 'node:path'
import { SimplaneError } from '../domain/error.ts'
import { toRfc3339, type Instant } from '../domain/time.ts'
import { count } from '../report/numbers.ts'
import { shortRevision } from '../report/revisions.ts'
import { moment } from '../report/time-format.ts'
import { brief } from '../report/visible.ts'
import type { DatabaseContents } from '../store/put-back.ts'
import type { Setting } from '../app.ts'
import type { Io } from './io.ts'

/**
 * The file of the SQLite database. Throws `usage` for PostgreSQL, whose own tools do better what `command` does.
 */
export function databaseFile({ settings, base }: Setting, command: 'backup' | 'restore'): string {
  if (settings.store.kind === 'sqlite') return resolve(base, settings.store.path)
  const what = command === 'backup' ? 'backed up' : 'put back'
  throw new SimplaneError(
    'usage',
    `The store is in PostgreSQL, which is ${what} with its own tools; nothing was done.`,
    {
      hint: 'Use pg_dump and pg_restore, or base backups with point-in-time recovery. Once the database was put back: simplane restore, without a FILE (docs/operating.md, "Looking after the data").',
    },
  )
}

/** Where backups go by themselves: `backups/simplane-20261125T080000Z.db` beside the store. */
export function defaultBackup(store: string, now: Instant): string {
  return join(dirname(store), 'backups', `simplane-${compactTime(now)}.db`)
}

/** A moment as part of a file name, in UTC: `20261125T080000Z`. */
export function compactTime(now: Instant): string {
  return toRfc3339(Math.floor(now / 1_000) * 1_000).replaceAll(/[-:]/g, '')
}

/** A path as a person in the working folder writes it. */
export function shownPath({ cwd }: Pick<Io, 'cwd'>, path: string): string {
  const short = relative(cwd, path)
  return short.startsWith('..') || short === '' ? path : short
}

/** `42 devices, revision 1f3c9aa "Move laptops", up to Sat 28 Nov 20:00:00`. */
export function contentsLine(contents: DatabaseContents, io: Pick<Io, 'time'>): string {
  const { devices, revision, newest } = contents
  const subject = revision?.subject === undefined ? '' : ` "${brief(revision.subject, 40)}"`
  const parts = [
    `${count(devices)} ${devices === 1 ? 'device' : 'devices'}`,
    revision === undefined ? 'no revision yet' : `revision ${shortRevision(revision.id)}${subject}`,
    ...(newest === undefined ? [] : [`up to ${moment(io.time, newest)}`]),
  ]
  return parts.join(', ')
}

/** For programs. */
export function contentsJson(contents: DatabaseContents): object {
  const { bytes, format, devices, revision, takenAt, newest, lastRun, lastEvent } = contents
  return {
    bytes,
    format,
    devices,
    revision: revision?.id ?? null,
    takenAt: timeJson(takenAt),
    newest: timeJson(newest),
    lastRun:
      lastRun === undefined ? null : { id: lastRun.id, trigger: lastRun.trigger, at: toRfc3339(lastRun.at) },
    lastEvent:
      lastEvent === undefined
        ? null
        : { kind: lastEvent.kind, message: lastEvent.message, at: toRfc3339(lastEvent.at) },
  }
}

function timeJson(instant: Instant | undefined): string | null {
  return instant === undefined ? null : toRfc3339(instant)
}
