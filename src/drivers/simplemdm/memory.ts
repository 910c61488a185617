import type { CommandId, Outcome } from '../../domain/driver.ts'
import { SimplaneError } from '../../domain/error.ts'
import { DAY, type Duration, type Instant } from '../../domain/time.ts'
import { openDatabase } from './database.ts'
import type { DeviceId } from './device.ts'

/** An install that SimpleMDM was told of, or is about to be. */
export type Sent = {
  readonly step: CommandId
  readonly device: DeviceId
  readonly sentAt: Instant
  /** When the device was last seen before; 0: never. */
  readonly seenAt: Instant
  /** `sending`: whether SimpleMDM has it is not known, and never will be. `over`: it is not even told. */
  readonly state: 'sending' | 'told' | 'over'
  /** Once it is final. */
  readonly outcome?: Outcome
}

/** What the driver sent, on disk when a call returns. Trouble with the file throws `driver-unreachable`. */
export interface Memory extends AsyncDisposable {
  sent(step: CommandId): Sent | undefined
  /** Written before SimpleMDM is told. */
  add(sent: Omit<Sent, 'state' | 'outcome'>): void
  told(step: CommandId): void
  /** Final, and whether it was told at all. */
  ended(step: CommandId, outcome: Outcome, state: 'told' | 'over'): void
  /** Nothing of it arrived. */
  drop(step: CommandId): void
}

/** How long commands are remembered. */
const KEPT: Duration = 60 * DAY

type RawSent = Omit<Sent, 'outcome'> & { readonly outcome: string | null }

/** Opens the memory in an SQLite file of its own. */
export function openMemory(path: string, driver: string): Memory {
  const db = openDatabase(path)
  const byStep = db.prepare<[string], RawSent>(
    'select step, device, sent_at as sentAt, seen_at as seenAt, state, outcome from command where step = ?',
  )
  const old = db.prepare('delete from command where sent_at < ?')
  const add = db.prepare(
    `insert into command (step, device, sent_at, seen_at, state) values (?, ?, ?, ?, 'sending')`,
  )
  const told = db.prepare(`update command set state = 'told' where step = ?`)
  const ended = db.prepare('update command set outcome = ?, state = ? where step = ?')
  const drop = db.prepare('delete from command where step = ?')

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
        const raw = byStep.get(step)
        if (raw === undefined) return undefined
        const { outcome, ...rest } = raw
        return outcome === null ? rest : { ...rest, outcome: JSON.parse(outcome) as Outcome }
      }),
    add: ({ step, device, sentAt, seenAt }) =>
      guarded(() => {
        old.run(sentAt - KEPT)
        add.run(step, device, sentAt, seenAt)
      }),
    told: (step) => guarded(() => void told.run(step)),
    ended: (step, outcome, state) => guarded(() => void ended.run(JSON.stringify(outcome), state, step)),
    drop: (step) => guarded(() => void drop.run(step)),
    async [Symbol.asyncDispose]() {
      db.close()
    },
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
