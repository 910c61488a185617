import type { Database } from 'better-sqlite3'
import type { CommandId, Outcome, SentKind } from '../../domain/driver.ts'
import { SimplaneError } from '../../domain/error.ts'
import type { SpecIdentity } from '../../domain/esim.ts'
import type { Instant } from '../../domain/time.ts'
import { openDatabase } from './database.ts'
import { present, type HostId } from './host.ts'
import type { Known, Origin, Question, Reading, Sent } from './rows.ts'
import { KEPT } from './timing.ts'

/** What the driver sent and learned, on disk when a call returns. Trouble with the file throws `driver-unreachable`. */
export interface Memory extends AsyncDisposable {
  sent(step: CommandId): Sent | undefined
  known(host: HostId): Known
  /** Written before Fleet is told. */
  add(sent: Sent): void
  told(step: CommandId): void
  acknowledged(step: CommandId, at: Instant): void
  /** It is over, for good. */
  ended(step: CommandId, outcome: Outcome): void
  /** Nothing of it arrived. */
  drop(step: CommandId): void
  ask(host: HostId, question: Question): void
  /** What the device showed, and which installs brought what; its open question is answered. */
  learn(host: HostId, reading: Reading, origins: readonly Origin[]): void
}

type RawSent = {
  readonly step: CommandId
  readonly kind: SentKind
  readonly host: HostId
  readonly uuid: string | null
  readonly slot: string | null
  readonly configuration: string | null
  readonly identity: SpecIdentity | null
  readonly sent_at: number
  readonly state: Sent['state']
  readonly baseline: string | null
  readonly acknowledged_at: number | null
  readonly outcome: string | null
}

/** Opens the memory in an SQLite file of its own. */
export function openMemory(path: string, driver: string): Memory {
  const db = openDatabase(path)
  const sql = statements(db)

  function guarded<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw translated(error, driver)
    }
  }

  return {
    sent: (step) => guarded(() => optionally(sql.byStep.get(step), sentOf)),
    known: (host) =>
      guarded(() => {
        const question = sql.question.get(host)
        const reading = sql.reading.get(host)
        return {
          sent: sql.ofHost.all(host).map(sentOf),
          origins: sql.origins.all(host),
          ...(question === undefined ? {} : { question }),
          ...(reading === undefined
            ? {}
            : { reading: { at: reading.at, ...JSON.parse(reading.facts) } as Reading }),
        }
      }),
    add: (sent) =>
      guarded(() => {
        sql.old.run(sent.sentAt - KEPT)
        sql.add.run(
          sent.step,
          sent.kind,
          sent.host,
          sent.uuid ?? null,
          sent.slot ?? null,
          sent.configuration ?? null,
          sent.identity ?? null,
          sent.sentAt,
          sent.state,
          json(sent.baseline),
          json(sent.outcome),
        )
      }),
    told: (step) => guarded(() => void sql.told.run(step)),
    acknowledged: (step, at) => guarded(() => void sql.acknowledged.run(at, step)),
    ended: (step, outcome) => guarded(() => void sql.ended.run(json(outcome), step)),
    drop: (step) => guarded(() => void sql.drop.run(step)),
    ask: (host, { uuid, askedAt, tries }) => guarded(() => void sql.ask.run(host, uuid, askedAt, tries)),
    learn: (host, { at, ...facts }, origins) =>
      guarded(() =>
        db.transaction(() => {
          sql.unask.run(host)
          sql.learn.run(host, at, JSON.stringify(facts))
          for (const { iccid, step, configuration, identity, at: since } of origins)
            sql.originate.run(host, iccid, step, configuration, identity, since)
        })(),
      ),
    async [Symbol.asyncDispose]() {
      db.close()
    },
  }
}

function statements(db: Database) {
  return {
    byStep: db.prepare<[string], RawSent>('select * from command where step = ?'),
    ofHost: db.prepare<[number], RawSent>('select * from command where host = ? order by seq'),
    add: db.prepare(
      `insert into command (step, kind, host, uuid, slot, configuration, identity, sent_at, state, baseline, outcome)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    old: db.prepare('delete from command where sent_at < ?'),
    told: db.prepare(`update command set state = 'told' where step = ?`),
    acknowledged: db.prepare('update command set acknowledged_at = ? where step = ?'),
    ended: db.prepare(`update command set outcome = ? where step = ?`),
    drop: db.prepare('delete from command where step = ?'),
    question: db.prepare<[number], Question>(
      'select uuid, asked_at as askedAt, tries from question where host = ?',
    ),
    ask: db.prepare('insert or replace into question (host, uuid, asked_at, tries) values (?, ?, ?, ?)'),
    unask: db.prepare('delete from question where host = ?'),
    reading: db.prepare<[number], { at: number; facts: string }>(
      'select at, facts from reading where host = ?',
    ),
    learn: db.prepare('insert or replace into reading (host, at, facts) values (?, ?, ?)'),
    origins: db.prepare<[number], Origin>(
      'select iccid, step, configuration, identity, at from origin where host = ? order by at, iccid',
    ),
    originate: db.prepare(
      'insert or ignore into origin (host, iccid, step, configuration, identity, at) values (?, ?, ?, ?, ?, ?)',
    ),
  }
}

function sentOf(raw: RawSent): Sent {
  return {
    step: raw.step,
    kind: raw.kind,
    host: raw.host,
    sentAt: raw.sent_at,
    state: raw.state,
    ...present({
      uuid: raw.uuid ?? undefined,
      slot: raw.slot ?? undefined,
      configuration: raw.configuration ?? undefined,
      identity: raw.identity ?? undefined,
      acknowledgedAt: raw.acknowledged_at ?? undefined,
      baseline: parsed(raw.baseline) as Sent['baseline'],
      outcome: parsed(raw.outcome) as Sent['outcome'],
    }),
  }
}

function parsed(text: string | null): unknown {
  return text === null ? undefined : JSON.parse(text)
}

function json(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

function optionally<A, B>(value: A | undefined, make: (value: A) => B): B | undefined {
  return value === undefined ? undefined : make(value)
}

function translated(error: unknown, driver: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!(error instanceof Error) || !code.startsWith('SQLITE_')) return error
  return new SimplaneError(
    'driver-unreachable',
    `The memory of driver ${driver} cannot be used (${error.message}).`,
    { hint: 'Look at the disk and at the rights of its file.', cause: error },
  )
}
