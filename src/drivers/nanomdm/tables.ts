import type { Database } from 'better-sqlite3'
import type { CommandId } from '../../domain/driver.ts'
import type { SpecIdentity } from '../../domain/esim.ts'
import { DAY, type Instant } from '../../domain/time.ts'
import type { AnswerStatus } from './event.ts'
import type { Device, History, Origin, Reading, Sent } from './rows.ts'

type RawDevice = {
  readonly seq: number
  readonly id: string
  readonly user_enrolled: number
  readonly told: string
  readonly authenticated_at: number | null
  readonly first_token_at: number | null
  readonly token_at: number | null
  readonly connected_at: number | null
  readonly left_at: number | null
}

type RawCommand = {
  readonly seq: number
  readonly uuid: string
  readonly device: number
  readonly step: CommandId | null
  readonly configuration: string | null
  readonly identity: SpecIdentity | null
  readonly sent_at: number
  readonly state: Sent['state']
  readonly tries: number
  readonly status: AnswerStatus | null
  readonly answered_at: number | null
  readonly heard_at: number | null
  readonly error: string | null
}

type RawReading = {
  readonly device: number
  readonly at: number
  readonly heard_at: number
  readonly question: number | null
  readonly iccids: string
}

/** How long readings and unanswered questions are kept: longer than any webhook is late. */
const KEPT = 14 * DAY
/** How long questions are that were answered: longer than the plan of an install before them is looked for. */
const ANSWERED_KEPT = 2 * DAY
/** How long installs are: longer than anything they could have brought is looked for. */
const INSTALLS_KEPT = 60 * DAY

/** Reads and writes the rows. Opens no transaction: whoever writes does. */
export type Tables = ReturnType<typeof tables>

export function tables(db: Database) {
  const sql = {
    device: db.prepare<[string], RawDevice>('select * from device where id = ?'),
    bySeq: db.prepare<[number], RawDevice>('select * from device where seq = ?'),
    page: db.prepare<[number, number], RawDevice>('select * from device where seq > ? order by seq limit ?'),
    count: db.prepare<[], { n: number }>('select count(*) as n from device'),
    addDevice: db.prepare('insert into device (id, user_enrolled) values (?, ?)'),
    setDevice: db.prepare(
      `update device set user_enrolled = ?, told = ?, authenticated_at = ?, first_token_at = ?, token_at = ?,
         connected_at = ?, left_at = ? where seq = ?`,
    ),
    byUuid: db.prepare<[string], RawCommand>('select * from command where uuid = ?'),
    byStep: db.prepare<[string], RawCommand>('select * from command where step = ?'),
    ofDevices: db.prepare<[number, number], RawCommand>(
      'select * from command where device between ? and ? order by device, seq',
    ),
    addCommand: db.prepare(
      `insert into command (uuid, device, step, configuration, identity, sent_at, state, tries)
         values (?, ?, ?, ?, ?, ?, 'sending', ?)`,
    ),
    setState: db.prepare('update command set state = ?, error = ? where seq = ?'),
    setAnswer: db.prepare(
      'update command set status = ?, answered_at = ?, heard_at = ?, error = ? where seq = ?',
    ),
    dropCommand: db.prepare('delete from command where seq = ?'),
    oldCommands: db.prepare(
      `delete from command where device = ? and sent_at < (case when step is not null then ?
         when status is null or status = 'NotNow' then ? else ? end)`,
    ),
    readings: db.prepare<[number, number], RawReading>(
      'select * from reading where device between ? and ? order by device, at, iccids',
    ),
    lastReadings: db.prepare<[number], { at: number; iccids: string }>(
      'select at, iccids from reading where device = ? order by at desc, iccids desc limit 3',
    ),
    dropReading: db.prepare('delete from reading where device = ? and at = ? and iccids = ?'),
    addReading: db.prepare(
      'insert or ignore into reading (device, at, heard_at, question, iccids) values (?, ?, ?, ?, ?)',
    ),
    oldReadings: db.prepare('delete from reading where device = ? and at < ?'),
    origins: db.prepare<[number, number], Origin & { readonly device: number }>(
      'select * from origin where device between ? and ? order by device, at, iccid',
    ),
    addOrigin: db.prepare(
      `insert into origin (device, iccid, configuration, identity, command, at) values (?, ?, ?, ?, ?, ?)
         on conflict do update set configuration = excluded.configuration, identity = excluded.identity,
           command = excluded.command, at = excluded.at`,
    ),
    dropOrigins: db.prepare('delete from origin where device = ? and at > ?'),
  }

  return {
    device: (id: string): Device | undefined => optionally(sql.device.get(id), deviceOf),
    deviceBySeq: (seq: number): Device | undefined => optionally(sql.bySeq.get(seq), deviceOf),
    page: (after: number, limit: number): readonly Device[] => sql.page.all(after, limit).map(deviceOf),
    /** Everything that is known of the devices from one seq to another: commands in queue order, readings oldest first. */
    history: (from: number, to: number): ((device: number) => History) => {
      const sent = Map.groupBy(sql.ofDevices.all(from, to).map(sentOf), (each) => each.device)
      const readings = Map.groupBy(sql.readings.all(from, to), (each) => each.device)
      const origins = Map.groupBy(sql.origins.all(from, to), (each) => each.device)
      return (device) => ({
        sent: sent.get(device) ?? [],
        readings: (readings.get(device) ?? []).map(readingOf),
        origins: origins.get(device) ?? [],
      })
    },
    countDevices: (): number => sql.count.get()?.n ?? 0,
    addDevice: (id: string, userEnrolled: boolean): void => void sql.addDevice.run(id, userEnrolled ? 1 : 0),
    setDevice: (device: Device): void =>
      void sql.setDevice.run(
        device.userEnrolled ? 1 : 0,
        JSON.stringify(device.told),
        device.authenticatedAt ?? null,
        device.firstTokenAt ?? null,
        device.tokenAt ?? null,
        device.connectedAt ?? null,
        device.leftAt ?? null,
        device.seq,
      ),

    byUuid: (uuid: string): Sent | undefined => optionally(sql.byUuid.get(uuid), sentOf),
    byStep: (step: CommandId): Sent | undefined => optionally(sql.byStep.get(step), sentOf),
    addSent: (sent: Pick<Sent, 'uuid' | 'device' | 'install' | 'sentAt' | 'tries'>): void => {
      const { uuid, device, install, sentAt, tries } = sent
      const { step = null, configuration = null, identity = null } = install ?? {}
      sql.oldCommands.run(device, sentAt - INSTALLS_KEPT, sentAt - KEPT, sentAt - ANSWERED_KEPT)
      sql.addCommand.run(uuid, device, step, configuration, identity, sentAt, tries)
    },
    setState: (seq: number, state: Sent['state'], error?: Sent['error']): void =>
      void sql.setState.run(state, error === undefined ? null : JSON.stringify(error), seq),
    setAnswer: (
      seq: number,
      { status, at, heardAt }: NonNullable<Sent['answer']>,
      error?: Sent['error'],
    ): void =>
      void sql.setAnswer.run(status, at, heardAt, error === undefined ? null : JSON.stringify(error), seq),
    dropSent: (seq: number): void => void sql.dropCommand.run(seq),

    /** false: it was known. The newest of a device is never forgotten; of equal ones in a row the first and the last stay. */
    addReading: (device: number, { at, heardAt, question, iccids }: Reading): boolean => {
      const added =
        sql.addReading.run(device, at, heardAt, question ?? null, JSON.stringify(iccids)).changes > 0
      if (!added) return false
      sql.oldReadings.run(device, at - KEPT)
      const [last, middle, first] = sql.lastReadings.all(device)
      if (middle !== undefined && middle.iccids === last?.iccids && middle.iccids === first?.iccids)
        sql.dropReading.run(device, middle.at, middle.iccids)
      return true
    },

    /** Puts these in the place of all that were first seen after `since`. */
    setOrigins: (device: number, since: Instant, origins: readonly Origin[]): void => {
      sql.dropOrigins.run(device, since)
      for (const { iccid, configuration, identity, command, at } of origins)
        sql.addOrigin.run(device, iccid, configuration, identity, command, at)
    },
  }
}

function deviceOf(raw: RawDevice): Device {
  return {
    seq: raw.seq,
    id: raw.id,
    userEnrolled: raw.user_enrolled === 1,
    told: JSON.parse(raw.told) as Device['told'],
    ...(raw.authenticated_at === null ? {} : { authenticatedAt: raw.authenticated_at }),
    ...(raw.first_token_at === null ? {} : { firstTokenAt: raw.first_token_at }),
    ...(raw.token_at === null ? {} : { tokenAt: raw.token_at }),
    ...(raw.connected_at === null ? {} : { connectedAt: raw.connected_at }),
    ...(raw.left_at === null ? {} : { leftAt: raw.left_at }),
  }
}

function sentOf(raw: RawCommand): Sent {
  const { seq, uuid, device, step, configuration, identity, sent_at: sentAt, state, tries } = raw
  const install =
    step === null || configuration === null || identity === null
      ? undefined
      : { step, configuration, identity }
  return {
    seq,
    uuid,
    device,
    sentAt,
    state,
    tries,
    ...(install === undefined ? {} : { install }),
    ...(raw.status === null || raw.answered_at === null || raw.heard_at === null
      ? {}
      : { answer: { status: raw.status, at: raw.answered_at, heardAt: raw.heard_at } }),
    ...(raw.error === null ? {} : { error: JSON.parse(raw.error) as NonNullable<Sent['error']> }),
  }
}

function readingOf({ at, heard_at: heardAt, question, iccids }: RawReading): Reading {
  return {
    at,
    heardAt,
    iccids: JSON.parse(iccids) as string[],
    ...(question === null ? {} : { question }),
  }
}

function optionally<Raw, Row>(raw: Raw | undefined, convert: (raw: Raw) => Row): Row | undefined {
  return raw === undefined ? undefined : convert(raw)
}
