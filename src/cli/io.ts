import type { Clock } from '../domain/time.ts'
import type { Paint } from '../report/paint.ts'
import type { TimeFormat } from '../report/time-format.ts'

/** Everything of the outside world that a command touches: handed in by main.ts, and by tests. */
export type Io = {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal
  /** Results. */
  out(text: string): void
  /** Resolves once whoever reads the results has caught up: what has no bound is not to pile up here. Absent: at once. */
  readonly drained?: () => Promise<void>
  /** Everything else: progress, questions, trouble. */
  err(text: string): void
  /** Is stderr a terminal: may it show progress? */
  readonly terminal: boolean
  /** Styles for what goes to stdout; honours NO_COLOR. */
  readonly paint: Paint
  readonly time: TimeFormat
  /** Asks a person; `undefined`: nobody is there to answer. */
  ask(question: string): Promise<string | undefined>
  /** Who is at the keyboard, for the history. */
  readonly actor: string
  /** Of the program. */
  readonly version: string
}

/** contracts.md section 4. */
export const EXIT = { done: 0, error: 1, changes: 2, held: 3, usage: 64, interrupted: 130 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
