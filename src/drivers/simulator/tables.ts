import type { Database } from 'better-sqlite3'
import type { Command, Outcome, Submission } from '../../domain/driver.ts'
import type { Instant } from '../../domain/time.ts'
import type { SimulatedDevice } from './device.ts'

/** A row of `device`. */
export type DeviceRow = {
  readonly id: number
  readonly online?: boolean
  readonly seenAt?: Instant
  readonly device: SimulatedDevice
  /** What the MDM still believes while the device is offline. */
  readonly reported?: SimulatedDevice
}

/** A row of `command`: one command that the MDM accepted or refused. */
export type CommandRow = {
  readonly seq: number
  readonly device: number
  readonly command: Command
  readonly submission: Submission
  readonly tries: number
  readonly due?: Instant
  readonly state: 'pending' | 'not-now' | 'settled'
  readonly outcome?: Outcome
  readonly hidden: number
  readonly again: boolean
}

type RawDevice = {
  readonly id: number
  readonly online: number | null
  readonly seen_at: number | null
  readonly state: string
  readonly reported: string | null
}

type RawCommand = {
  readonly seq: number
  readonly device: number
  readonly command: string
  readonly submission: string
  readonly tries: number
  readonly due: number | null
  readonly state: CommandRow['state']
  readonly outcome: string | null
  readonly hidden: number
  readonly again: number
}

/** Reads and writes the rows of a simulated world. Opens no transaction: whoever calls does. */
export type Tables = ReturnType<typeof tables>

export function tables(db: Database) {
  const columns = 'seq, device, command, submission, tries, due, state, outcome, hidden, again'
  const sql = {
    meta: db.prepare<[string], { value: string }>('select value from meta where key = ?'),
    setMeta: db.prepare(
      'insert into meta (key, value) values (?, ?) on conflict do update set value = excluded.value',
    ),
    device: db.prepare<[number], RawDevice>('select * from device where id = ?'),
    page: db.prepare<[number, number], RawDevice>('select * from device where id > ? order by id limit ?'),
    insertDevice: db.prepare(
      'insert into device (id, online, seen_at, state, reported) values (?, ?, ?, ?, ?)',
    ),
    updateDevice: db.prepare(
      'update device set online = ?, seen_at = ?, state = ?, reported = ? where id = ?',
    ),
    deleteDevice: db.prepare('delete from device where id = ?'),
    staleReports: db.prepare<[], RawDevice>('select * from device where reported is not null'),
    countDevices: db.prepare("update meta set value = value + ? where key = 'records'"),
    command: db.prepare<[string], RawCommand>(`select ${columns} from command where id = ?`),
    due: db.prepare<[Instant], RawCommand>(
      `select ${columns} from command where due is not null and due <= ? order by due, seq limit 1`,
    ),
    anyDue: db.prepare<[Instant], { one: number }>(
      'select 1 as one from command where due is not null and due <= ? limit 1',
    ),
    lastDue: db.prepare<[number], { due: number | null }>(
      "select max(due) as due from command where device = ? and state <> 'settled'",
    ),
    insertCommand: db.prepare(
      'insert into command (id, device, command, submission, due, state, outcome) values (?, ?, ?, ?, ?, ?, ?)',
    ),
    updateCommand: db.prepare(
      'update command set tries = ?, due = ?, state = ?, outcome = ?, hidden = ?, again = ? where seq = ?',
    ),
    unparkDevice: db.prepare(
      "update command set due = ? where device = ? and due is null and state <> 'settled'",
    ),
    unparkAll: db.prepare("update command set due = ? where due is null and state <> 'settled'"),
    toldAgain: db.prepare('update command set told = told + 1 where id = ?'),
    told: db.prepare<[string], { told: number }>('select told from command where id = ?'),
    toldAll: db.prepare<[], { told: number }>('select coalesce(sum(told), 0) as told from command'),
  }

  return {
    meta: (key: string): string | undefined => sql.meta.get(key)?.value,
    setMeta: (key: string, value: string): void => void sql.setMeta.run(key, value),

    device: (id: number): DeviceRow | undefined => optionally(sql.device.get(id), deviceRow),
    page: (after: number, limit: number): readonly DeviceRow[] => sql.page.all(after, limit).map(deviceRow),
    staleReports: (): readonly DeviceRow[] => sql.staleReports.all().map(deviceRow),
    insertDevice: (row: DeviceRow): void => void sql.insertDevice.run(row.id, ...deviceColumns(row)),
    updateDevice: (row: DeviceRow): void => void sql.updateDevice.run(...deviceColumns(row), row.id),
    deleteDevice: (id: number): void => void sql.deleteDevice.run(id),
    /** The number of records is kept, not counted: counting a million takes longer than reading a page. */
    addToCount: (difference: number): void => void sql.countDevices.run(difference),

    command: (id: string): CommandRow | undefined => optionally(sql.command.get(id), commandRow),
    nextDue: (now: Instant): CommandRow | undefined => optionally(sql.due.get(now), commandRow),
    anyDue: (now: Instant): boolean => sql.anyDue.get(now) !== undefined,
    lastDue: (device: number): Instant | undefined => sql.lastDue.get(device)?.due ?? undefined,
    insertCommand: (
      row: Pick<CommandRow, 'device' | 'command' | 'submission' | 'due' | 'state' | 'outcome'>,
    ): void =>
      void sql.insertCommand.run(
        row.command.id,
        row.device,
        JSON.stringify(row.command),
        JSON.stringify(row.submission),
        row.due ?? null,
        row.state,
        row.outcome === undefined ? null : JSON.stringify(row.outcome),
      ),
    updateCommand: (row: CommandRow): void =>
      void sql.updateCommand.run(
        row.tries,
        row.due ?? null,
        row.state,
        row.outcome === undefined ? null : JSON.stringify(row.outcome),
        row.hidden,
        row.again ? 1 : 0,
        row.seq,
      ),
    /** Offers what waits to a device, or to every device, that may be checking in again. */
    unpark: (due: Instant, device?: number): void =>
      void (device === undefined ? sql.unparkAll.run(due) : sql.unparkDevice.run(due, device)),
    toldAgain: (id: string): void => void sql.toldAgain.run(id),
    told: (id?: string): number => (id === undefined ? sql.toldAll.get() : sql.told.get(id))?.told ?? 0,
  }
}

function deviceColumns(row: DeviceRow): readonly (string | number | null)[] {
  return [
    onlineColumn(row.online),
    row.seenAt ?? null,
    JSON.stringify(row.device),
    row.reported === undefined ? null : JSON.stringify(row.reported),
  ]
}

function onlineColumn(online: boolean | undefined): number | null {
  if (online === undefined) return null
  return online ? 1 : 0
}

function deviceRow(raw: RawDevice): DeviceRow {
  return {
    id: raw.id,
    device: JSON.parse(raw.state) as SimulatedDevice,
    ...(raw.online === null ? {} : { online: raw.online === 1 }),
    ...(raw.seen_at === null ? {} : { seenAt: raw.seen_at }),
    ...(raw.reported === null ? {} : { reported: JSON.parse(raw.reported) as SimulatedDevice }),
  }
}

function commandRow(raw: RawCommand): CommandRow {
  return {
    seq: raw.seq,
    device: raw.device,
    command: JSON.parse(raw.command) as Command,
    submission: JSON.parse(raw.submission) as Submission,
    tries: raw.tries,
    state: raw.state,
    hidden: raw.hidden,
    again: raw.again === 1,
    ...(raw.due === null ? {} : { due: raw.due }),
    ...(raw.outcome === null ? {} : { outcome: JSON.parse(raw.outcome) as Outcome }),
  }
}

function optionally<Raw, Row>(raw: Raw | undefined, convert: (raw: Raw) => Row): Row | undefined {
  return raw === undefined ? undefined : convert(raw)
}
