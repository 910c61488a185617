import type { Database } from 'better-sqlite3'
import type { CommandId, SentKind } from '../../domain/driver.ts'
import type { Instant } from '../../domain/time.ts'

/** One line of a device's own log. Only `done` changed anything; `duplicate` is the second delivery of one command. */
export type LogEntry = {
  /** The MDM's id of the device: `d-7`. */
  readonly device: string
  readonly at: Instant
  readonly command: CommandId
  readonly kind: SentKind
  readonly configuration?: string
  readonly result: 'done' | 'failed' | 'not-now' | 'duplicate'
  /** Why it failed. */
  readonly code?: string
}

type RawEntry = {
  readonly device: number
  readonly at: number
  readonly command: string
  readonly kind: string
  readonly configuration: string | null
  readonly result: string
  readonly code: string | null
}

/** What the devices were told and did, in order. */
export type DeviceLog = ReturnType<typeof deviceLog>

export function deviceLog(db: Database) {
  const columns = 'device, at, command, kind, configuration, result, code'
  const insert = db.prepare(`insert into log (${columns}) values (?, ?, ?, ?, ?, ?, ?)`)
  const all = db.prepare<[], RawEntry>(`select ${columns} from log order by seq`)
  const ofDevice = db.prepare<[number], RawEntry>(`select ${columns} from log where device = ? order by seq`)
  const executed = db.prepare<[], { n: number }>("select count(*) as n from log where result = 'done'")
  const effects = db.prepare<[string], { n: number }>(
    "select count(*) as n from log where command = ? and result = 'done'",
  )

  return {
    append(device: number, entry: Omit<LogEntry, 'device'>): void {
      const { at, command, kind, configuration, result, code } = entry
      insert.run(device, at, command, kind, configuration ?? null, result, code ?? null)
    },
    entries: (device?: number): readonly LogEntry[] =>
      (device === undefined ? all.all() : ofDevice.all(device)).map(logEntry),
    /** How often a command took effect; with no command, how many effects there were in all. */
    effects: (command?: string): number =>
      (command === undefined ? executed.get() : effects.get(command))?.n ?? 0,
  }
}

function logEntry(raw: RawEntry): LogEntry {
  return {
    device: `d-${raw.device}`,
    at: raw.at,
    command: raw.command as CommandId,
    kind: raw.kind as SentKind,
    result: raw.result as LogEntry['result'],
    ...(raw.configuration === null ? {} : { configuration: raw.configuration }),
    ...(raw.code === null ? {} : { code: raw.code }),
  }
}
