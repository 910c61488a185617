import type { Mode } from '../domain/desired.ts'
import type { Driver } from '../domain/driver.ts'
import type { Finding } from '../domain/finding.ts'
import type { Leadership } from '../domain/leadership.ts'
import type { Log } from '../domain/log.ts'
import type { Change, Hold } from '../domain/plan.ts'
import type { Head, Source } from '../domain/source.ts'
import type { FleetCounts } from '../domain/read-store.ts'
import type { Store } from '../domain/store.ts'
import type { Clock, Duration } from '../domain/time.ts'
import type { Planner } from './ahead.ts'
import type { Tally } from './tally.ts'

/** What the reconciler works with: ports only. */
export type Parts = {
  readonly store: Store
  readonly source: Source
  /** In the order of the settings, which breaks ties between records of one hardware. */
  readonly drivers: readonly Driver[]
  readonly clock: Clock
  readonly log: Log
  readonly screen: Screen
  /** Globs of files in the source that are no documents. */
  readonly ignore: readonly string[]
  /** The operator's ceiling on every mode. */
  readonly ceiling: Mode
  /** The program's version: another one plans everybody anew. */
  readonly program: string
  /** How long what is over is remembered. */
  readonly history: Duration
  /** May this process plan, or another one? Where one alone works on the store, it always may. */
  readonly leadership: Leadership
  /** Plans ahead where many wait; absent: planning and writing take turns. */
  readonly planner?: Planner
}

export type ReadReport = {
  readonly head: Head
  readonly documents: number
  readonly kinds: Readonly<Record<'configurations' | 'groups' | 'retirements' | 'policies', number>>
}

/** Told what a pass does, for whoever watches it. Every method may be left empty; none may throw. */
export interface Screen {
  /** Does it show the whole fleet? Counting that walks it: `planned` and `settled` are called only when it does. */
  readonly showsFleet: boolean
  /** The source said that these files changed. */
  changed(paths: readonly string[]): void
  read(report: ReadReport): void
  /** Nothing of the revision is in force; what was read before stays. `text`: a file of the refused revision. */
  refused(findings: readonly Finding[], text: (file: string) => string | undefined): void
  observed(report: {
    readonly devices: number
    readonly byPlatform: Readonly<Record<string, number>>
    readonly complete: boolean
  }): void
  planned(report: PassPlan): void
  progress(report: { readonly proven: number; readonly total: number }): void
  settled(report: {
    readonly counts: FleetCounts
    readonly idle: boolean
    readonly milliseconds: number
  }): void
  trouble(message: string): void
}

/** What one pass planned. */
export type PassPlan = {
  readonly counts: FleetCounts
  readonly tally: Tally
  /** What waits for a person, each with the first device it holds. */
  readonly holds: readonly { readonly hold: Hold; readonly example: string }[]
  readonly changes: readonly Change[]
}

/** A screen nobody watches. */
export const NO_SCREEN: Screen = {
  showsFleet: false,
  changed: () => undefined,
  read: () => undefined,
  refused: () => undefined,
  observed: () => undefined,
  planned: () => undefined,
  progress: () => undefined,
  settled: () => undefined,
  trouble: () => undefined,
}
