import type { Database } from 'better-sqlite3'
import type { CommandId, SentKind } from '../../domain/driver.ts'
import { SimplaneError } from '../../domain/error.ts'
import type { EsimSpec, SpecIdentity } from '../../domain/esim.ts'
import { DAY, type Instant } from '../../domain/time.ts'
import { openDatabase } from './database.ts'
import type { Attributes } from './device.ts'
import { originOf } from './facts.ts'
import type { Assigned, Failure, Memory, SeenIccid, Sent } from './rows.ts'

/** How long what is over is kept: longer than anything it could have brought is looked for. */
const KEPT = 60 * DAY

/** What the driver asked for and saw, on disk; each method is one transaction. Trouble throws `driver-unreachable`. */
export interface Notebook extends Disposable {
  memory(device: string): Memory
  command(id: CommandId): Sent | undefined
  /** Devices with a command that is not over. */
  busy(): ReadonlySet<string>
  add(sent: Omit<Sent, 'seq' | 'position'>): Sent
  drop(seq: number): void
  /** Notes how far a command is. */
  change(sent: Sent): void
  /** Notes what a device is pointed at from now on. */
  assign(device: string, assigned: Assigned): void
  /** Notes the SIMs that a check-in showed, and where new ones came from; those of which that cannot be said yet wait. */
  noteIccids(device: string, iccids: readonly string[], seenAt: Instant): void
}

type RawCommand = {
  readonly seq: number
  readonly id: CommandId
  readonly device: string
  readonly kind: SentKind
  readonly configuration: string | null
  readonly spec: string | null
  readonly record: string | null
  readonly sent_at: number
  readonly writes: string
  readonly position: number
  readonly written_at: number | null
  readonly state: Sent['state']
  readonly ended_at: number | null
  readonly error: string | null
}

type RawAssigned = {
  readonly value: string
  readonly configuration: string | null
  readonly before: string
  readonly before_configuration: string | null
  readonly changed_at: number
}

type RawIccid = {
  readonly iccid: string
  readonly seen_at: number
  readonly configuration: string | null
  readonly identity: SpecIdentity | null
}

/** Opens the notebook in an SQLite file of its own. */
export function openNotebook(path: string, driver: string): Notebook {
  const db = openDatabase(path)
  const sql = prepare(db)

  function once<T>(work: () => T): T {
    try {
      return db.transaction(work).immediate()
    } catch (error) {
      throw translated(error, driver)
    }
  }

  function memoryOf(device: string): Memory {
    const assigned = sql.assigned.get(device)
    return {
      ...(assigned === undefined ? {} : { assigned: assignedOf(assigned) }),
      sent: sql.ofDevice.all(device).map(sentOf),
      iccids: sql.iccids.all(device).map(iccidOf),
    }
  }

  return {
    memory: (device) => reading(driver, () => memoryOf(device)),
    command: (id) => reading(driver, () => optionally(sql.command.get(id), sentOf)),
    busy: () => reading(driver, () => new Set(sql.busy.all().map(({ device }) => device))),
    add: (sent) =>
      once(() => {
        sql.forget.run(sent.device, sent.sentAt - KEPT)
        const spec = sent.spec === undefined ? null : JSON.stringify(sent.spec)
        sql.add.run(
          sent.id,
          sent.device,
          sent.kind,
          sent.configuration ?? null,
          spec,
          sent.record ?? null,
          sent.sentAt,
          JSON.stringify(sent.writes),
          sent.state,
          sent.endedAt ?? null,
          sent.error === undefined ? null : JSON.stringify(sent.error),
        )
        const row = sql.command.get(sent.id)
        if (row === undefined) throw new Error('a command that was just written is not there')
        return sentOf(row)
      }),
    drop: (seq) => once(() => void sql.drop.run(seq)),
    change: (sent) =>
      once(() => {
        const error = sent.error === undefined ? null : JSON.stringify(sent.error)
        const { position, writtenAt = null, state, endedAt = null, seq } = sent
        sql.change.run(position, writtenAt, state, endedAt, error, seq)
      }),
    assign: (device, { value, configuration, before, beforeConfiguration, changedAt }) =>
      once(
        () =>
          void sql.assign.run(
            device,
            value,
            configuration ?? null,
            before,
            beforeConfiguration ?? null,
            changedAt,
          ),
      ),
    noteIccids(device, iccids, seenAt) {
      const nothingNew = reading(driver, () => {
        const known = new Set(sql.iccids.all(device).map(({ iccid }) => iccid))
        return sql.simsSince.get(device) !== undefined && iccids.every((each) => known.has(each))
      })
      if (nothingNew) return
      once(() => {
        const since = sql.simsSince.get(device)?.sims_since
        if (since === undefined) sql.addDevice.run(device, seenAt)
        const known = new Set(sql.iccids.all(device).map(({ iccid }) => iccid))
        for (const iccid of iccids.filter((each) => !known.has(each))) {
          const origin = originOf(memoryOf(device), seenAt, since)
          if (origin === 'not-yet') continue
          sql.addIccid.run(device, iccid, seenAt, origin?.configuration ?? null, origin?.identity ?? null)
        }
      })
    },
    [Symbol.dispose]: () => void db.close(),
  }
}

function prepare(db: Database) {
  return {
    command: db.prepare<[string], RawCommand>('select * from command where id = ?'),
    ofDevice: db.prepare<[string], RawCommand>('select * from command where device = ? order by seq'),
    busy: db.prepare<[], { device: string }>(
      "select distinct device from command where state in ('open', 'withdrawing') and kind not in ('retire', 'delete-record')",
    ),
    add: db.prepare(
      `insert into command (id, device, kind, configuration, spec, record, sent_at, writes, state, ended_at, error)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    drop: db.prepare('delete from command where seq = ?'),
    change: db.prepare(
      'update command set position = ?, written_at = ?, state = ?, ended_at = ?, error = ? where seq = ?',
    ),
    forget: db.prepare(
      "delete from command where device = ? and state not in ('open', 'withdrawing') and sent_at < ?",
    ),
    assigned: db.prepare<[string], RawAssigned>('select * from assigned where device = ?'),
    assign: db.prepare('insert or replace into assigned values (?, ?, ?, ?, ?, ?)'),
    simsSince: db.prepare<[string], { sims_since: number }>('select sims_since from device where id = ?'),
    addDevice: db.prepare('insert into device (id, sims_since) values (?, ?)'),
    iccids: db.prepare<[string], RawIccid>('select * from iccid where device = ? order by iccid'),
    addIccid: db.prepare('insert into iccid values (?, ?, ?, ?, ?)'),
  }
}

function sentOf(raw: RawCommand): Sent {
  return {
    seq: raw.seq,
    id: raw.id,
    device: raw.device,
    kind: raw.kind,
    sentAt: raw.sent_at,
    writes: JSON.parse(raw.writes) as readonly Attributes[],
    position: raw.position,
    state: raw.state,
    ...(raw.configuration === null ? {} : { configuration: raw.configuration }),
    ...(raw.spec === null ? {} : { spec: JSON.parse(raw.spec) as EsimSpec }),
    ...(raw.record === null ? {} : { record: raw.record }),
    ...(raw.written_at === null ? {} : { writtenAt: raw.written_at }),
    ...(raw.ended_at === null ? {} : { endedAt: raw.ended_at }),
    ...(raw.error === null ? {} : { error: JSON.parse(raw.error) as Failure }),
  }
}

function assignedOf(raw: RawAssigned): Assigned {
  return {
    value: raw.value,
    before: raw.before,
    changedAt: raw.changed_at,
    ...(raw.configuration === null ? {} : { configuration: raw.configuration }),
    ...(raw.before_configuration === null ? {} : { beforeConfiguration: raw.before_configuration }),
  }
}

function iccidOf({ iccid, seen_at: seenAt, configuration, identity }: RawIccid): SeenIccid {
  const origin = configuration === null || identity === null ? undefined : { configuration, identity }
  return { iccid, seenAt, ...(origin === undefined ? {} : { origin }) }
}

function optionally<Raw, Row>(raw: Raw | undefined, convert: (raw: Raw) => Row): Row | undefined {
  return raw === undefined ? undefined : convert(raw)
}

function reading<T>(driver: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw translated(error, driver)
  }
}

function translated(error: unknown, driver: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!(error instanceof Error) || !code.startsWith('SQLITE_')) return error
  return new SimplaneError(
    'driver-unreachable',
    `The memory of driver ${driver} cannot be used (${error.message}).`,
    {
      hint: 'Look at the disk and at the rights of its file.',
      cause: error,
    },
  )
}
