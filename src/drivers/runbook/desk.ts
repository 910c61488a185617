import type { Database } from 'better-sqlite3'
import type { CommandId, SentKind } from '../../domain/driver.ts'
import { SimplaneError } from '../../domain/error.ts'
import { openDatabase } from './database.ts'
import type { Closing, Task, TaskDevice, TaskFailure, TaskText } from './task.ts'

/** A task before it has a number. */
export type Draft = Omit<Task, 'id'>

/** What persons are asked to do, in an SQLite file that the service and the command line share. */
export interface Desk extends Disposable {
  /** Oldest first; of one driver, or of all. */
  tasks(which: 'open' | 'all', driver?: string): readonly Task[]
  ofCommand(command: CommandId): Task | undefined
  /** Open tasks of a driver, by device. */
  openByDevice(driver: string): ReadonlyMap<string, readonly Task[]>
  /** Writes a task; open ones of the same device are dropped, for the newest wish counts. */
  add(draft: Draft): Task
  /** Closes an open task with what became of it. Throws `not-found`, and `usage` for one that is not open any more. */
  close(id: string, as: 'done' | 'cannot', closing: Closing): Task
  /** Not wanted any more. One that is not open stays as it is. */
  drop(id: string, failure: TaskFailure): void
}

type Raw = {
  readonly seq: number
  readonly command: CommandId
  readonly driver: string
  readonly kind: SentKind
  readonly device: string
  readonly facts: string
  readonly text: string
  readonly asked_at: number
  readonly due: number
  readonly state: Task['state']
  readonly closed: string | null
  readonly failure: string | null
}

/** Opens the tasks, or none where there is no file yet. Throws `driver-unreachable` or `store-newer`. */
export function openDesk(path: string): Desk {
  const db = openDatabase(path)
  const sql = prepare(db)

  function once<T>(work: () => T): T {
    try {
      return db.transaction(work).immediate()
    } catch (error) {
      throw translated(error, path)
    }
  }

  return {
    tasks: (which, driver) =>
      once(() => {
        const rows = which === 'open' ? sql.open.all() : sql.all.all()
        return rows.map(taskOf).filter((task) => driver === undefined || task.driver === driver)
      }),
    ofCommand: (command) =>
      once(() => {
        const raw = sql.ofCommand.get(command)
        return raw === undefined ? undefined : taskOf(raw)
      }),
    openByDevice: (driver) =>
      once(() => {
        const open = sql.open
          .all()
          .map(taskOf)
          .filter((task) => task.driver === driver)
        return Map.groupBy(open, (task) => task.device.id)
      }),
    add: (draft) =>
      once(() => {
        const { command, driver, kind, device, askedAt, by, state, closed, failure, ...text } = draft
        if (state === 'open') sql.supersede.run(JSON.stringify(SUPERSEDED), driver, device.id)
        sql.add.run(
          command,
          driver,
          kind,
          device.id,
          JSON.stringify(device),
          JSON.stringify(text),
          askedAt,
          by,
          state,
          closed === undefined ? null : JSON.stringify(closed),
          failure === undefined ? null : JSON.stringify(failure),
        )
        const raw = sql.ofCommand.get(command)
        if (raw === undefined) throw new Error('a task that was just written is not there')
        return taskOf(raw)
      }),
    close: (id, as, closing) =>
      once(() => {
        const raw = sql.bySeq.get(numberOf(id))
        if (raw === undefined) throw new SimplaneError('not-found', `There is no task ${id}.`, { hint: LIST })
        if (raw.state !== 'open') throw notOpen(taskOf(raw))
        const failure = as === 'done' ? null : JSON.stringify(cannot(closing))
        sql.close.run(as, JSON.stringify(closing), failure, raw.seq)
        return { ...taskOf(raw), state: as, closed: closing }
      }),
    drop: (id, failure) => once(() => void sql.drop.run(JSON.stringify(failure), numberOf(id))),
    [Symbol.dispose]: () => void db.close(),
  }
}

const LIST = 'simplane tasks lists them.'
const SUPERSEDED: TaskFailure = {
  code: 'superseded',
  message: 'A newer task for the device took its place.',
  permanent: false,
}

function cannot({ who, evidence }: Closing): TaskFailure {
  return {
    code: 'cannot-be-done',
    message: `${who} says that it cannot be done: ${evidence}`,
    permanent: true,
  }
}

function notOpen(task: Task): SimplaneError {
  const { id, state, closed, failure } = task
  if (state === 'done' || state === 'cannot')
    return new SimplaneError(
      'usage',
      `Task ${id} was closed by ${closed?.who ?? 'somebody'} already; nothing was changed.`,
    )
  return new SimplaneError(
    'usage',
    `Task ${id} is not wanted any more (${failure?.message ?? 'dropped'}); nothing was changed.`,
    {
      hint: `If it was done all the same: close the task that took its place, where there is one. ${LIST}`,
    },
  )
}

function prepare(db: Database) {
  return {
    all: db.prepare<[], Raw>("select * from task where state <> 'refused' order by seq"),
    open: db.prepare<[], Raw>("select * from task where state = 'open' order by seq"),
    bySeq: db.prepare<[number], Raw>("select * from task where seq = ? and state <> 'refused'"),
    ofCommand: db.prepare<[string], Raw>('select * from task where command = ?'),
    add: db.prepare(
      `insert into task (command, driver, kind, device, facts, text, asked_at, due, state, closed, failure)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    supersede: db.prepare(
      "update task set state = 'dropped', failure = ? where driver = ? and device = ? and state = 'open'",
    ),
    close: db.prepare('update task set state = ?, closed = ?, failure = ? where seq = ?'),
    drop: db.prepare("update task set state = 'dropped', failure = ? where seq = ? and state = 'open'"),
  }
}

function numberOf(id: string): number {
  const [, digits = ''] = /^t-(\d{1,12})$/.exec(id.trim().toLowerCase()) ?? []
  return digits === '' ? -1 : Number(digits)
}

function taskOf(raw: Raw): Task {
  return {
    id: `t-${raw.seq}`,
    command: raw.command,
    driver: raw.driver,
    kind: raw.kind,
    device: JSON.parse(raw.facts) as TaskDevice,
    ...(JSON.parse(raw.text) as TaskText),
    askedAt: raw.asked_at,
    by: raw.due,
    state: raw.state,
    ...(raw.closed === null ? {} : { closed: JSON.parse(raw.closed) as Closing }),
    ...(raw.failure === null ? {} : { failure: JSON.parse(raw.failure) as TaskFailure }),
  }
}

function translated(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!(error instanceof Error) || !code.startsWith('SQLITE_')) return error
  return new SimplaneError('driver-unreachable', `The tasks in ${path} cannot be used (${error.message}).`, {
    hint: 'Look at the disk and at the rights of the file.',
    cause: error,
  })
}
