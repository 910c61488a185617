import type { Database } from 'better-sqlite3'
import type { CommandId, Outcome } from '../../domain/driver.ts'
import { SimplaneError } from '../../domain/error.ts'
import type { SpecIdentity } from '../../domain/esim.ts'
import type { Instant } from '../../domain/time.ts'
import { openDatabase } from './database.ts'
import type { DeviceId, Uuid } from './device.ts'
import { present } from './json.ts'
import type { Known, Origin, Question, Sent } from './rows.ts'
import { KEPT } from './timing.ts'

/** What the driver sent and learned, on disk when a call returns. Trouble with the file throws `driver-unreachable`. */
export interface Memory extends AsyncDisposable {
  sent(step: CommandId): Sent | undefined
  known(device: DeviceId): Known
  /** Is this command of Jamf Pro's one of ours already? */
  isOurs(uuid: Uuid): boolean
  /** Written before Jamf Pro is told. */
  add(sent: Sent): void
  /** It is about to be told once more. */
  again(step: CommandId, at: Instant): void
  told(step: CommandId, uuid: Uuid): void
  acknowledged(step: CommandId, at: Instant): void
  /** Final, and whether it was told at all. */
  ended(step: CommandId, outcome: Outcome, state: 'told' | 'over'): void
  /** Nothing of it arrived. */
  drop(step: CommandId): void
  ask(device: DeviceId, question: Question): void
  /** The device said what it holds. */
  answered(device: DeviceId): void
  learn(device: DeviceId, origins: readonly Origin[]): void
}

type RawSent = {
  readonly step: CommandId
  readonly device: DeviceId
  readonly management: Uuid
  readonly uuid: Uuid | null
  readonly configuration: string
  readonly identity: SpecIdentity
  readonly sent_at: number
  readonly state: Sent['state']
  readonly others: string
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
    sent: (step) =>
      guarded(() => {
        const raw = sql.byStep.get(step)
        return raw === undefined ? undefined : sentOf(raw)
      }),
    known: (device) =>
      guarded(() => ({
        sent: sql.ofDevice.all(device).map(sentOf),
        origins: sql.origins.all(device),
        ...present({ question: sql.question.get(device) }),
      })),
    isOurs: (uuid) => guarded(() => sql.byUuid.get(uuid) !== undefined),
    add: (sent) =>
      guarded(() => {
        sql.old.run(sent.sentAt - KEPT)
        sql.add.run(
          sent.step,
          sent.device,
          sent.managementId,
          sent.configuration,
          sent.identity,
          sent.sentAt,
          sent.state,
          JSON.stringify(sent.others),
          sent.baseline === undefined ? null : JSON.stringify(sent.baseline),
        )
      }),
    again: (step, at) => guarded(() => void sql.again.run(at, step)),
    told: (step, uuid) => guarded(() => void sql.told.run(uuid, step)),
    acknowledged: (step, at) => guarded(() => void sql.acknowledged.run(at, step)),
    ended: (step, outcome, state) => guarded(() => void sql.ended.run(JSON.stringify(outcome), state, step)),
    drop: (step) => guarded(() => void sql.drop.run(step)),
    ask: (device, { inventoryAt, askedAt, tries }) =>
      guarded(() => void sql.ask.run(device, inventoryAt, askedAt, tries)),
    answered: (device) => guarded(() => void sql.unask.run(device)),
    learn: (device, origins) =>
      guarded(() =>
        db.transaction(() => {
          for (const { iccid, step, configuration, identity, at } of origins)
            sql.originate.run(device, iccid, step, configuration, identity, at)
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
    byUuid: db.prepare<[string], { step: string }>('select step from command where uuid = ?'),
    ofDevice: db.prepare<[number], RawSent>('select * from command where device = ? order by seq'),
    add: db.prepare(
      `insert into command (step, device, management, configuration, identity, sent_at, state, others, baseline)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    old: db.prepare('delete from command where sent_at < ?'),
    again: db.prepare('update command set sent_at = ? where step = ?'),
    told: db.prepare(`update command set state = 'told', uuid = ? where step = ?`),
    acknowledged: db.prepare('update command set acknowledged_at = ? where step = ?'),
    ended: db.prepare('update command set outcome = ?, state = ? where step = ?'),
    drop: db.prepare('delete from command where step = ?'),
    question: db.prepare<[number], Question>(
      'select inventory_at as inventoryAt, asked_at as askedAt, tries from question where device = ?',
    ),
    ask: db.prepare(
      'insert or replace into question (device, inventory_at, asked_at, tries) values (?, ?, ?, ?)',
    ),
    unask: db.prepare('delete from question where device = ?'),
    origins: db.prepare<[number], Origin>(
      'select iccid, step, configuration, identity, at from origin where device = ? order by at, iccid',
    ),
    originate: db.prepare(
      'insert or ignore into origin (device, iccid, step, configuration, identity, at) values (?, ?, ?, ?, ?, ?)',
    ),
  }
}

function sentOf(raw: RawSent): Sent {
  return {
    step: raw.step,
    device: raw.device,
    managementId: raw.management,
    configuration: raw.configuration,
    identity: raw.identity,
    sentAt: raw.sent_at,
    state: raw.state,
    others: JSON.parse(raw.others) as Sent['others'],
    ...present({
      uuid: raw.uuid ?? undefined,
      acknowledgedAt: raw.acknowledged_at ?? undefined,
      baseline: raw.baseline === null ? undefined : (JSON.parse(raw.baseline) as readonly string[]),
      outcome: raw.outcome === null ? undefined : (JSON.parse(raw.outcome) as Outcome),
    }),
  }
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
