import type { Stage } from './bed/stages.ts'

/** What a figure counts: milliseconds of one thing, things a second, or peak memory. */
export type Unit = 'ms' | '/s' | 'MB'

/** One measured run. `did`: what was done, in numbers, for whoever checks that it was the right thing. */
export type Reading = { readonly value: number; readonly did: Readonly<Record<string, number>> }

/** Where one figure is measured: a process and a folder of its own. */
export type Bed = {
  /** Size of the fleet. */
  readonly devices: number
  /** For what the figure writes; removed when it is over. */
  readonly folder: string
  /** Databases that all figures of this size begin with; never written to. */
  readonly cache: string
  /** What is closed, in reverse order, when the figure is over. */
  readonly stack: AsyncDisposableStack
}

/** A figure made ready. */
export type Opened = {
  /** Does it once; only what the figure speaks of is in the value. */
  readonly run: () => Promise<Reading>
  /** The least work of the same kind, without our code, in the same unit. */
  readonly floor: () => Promise<Reading>
  /** Peak memory of another process that did the work, in MB; absent: of this one. */
  readonly peak?: () => number
}

export type Figure = {
  /** For `--only`. */
  readonly name: string
  readonly title: string
  readonly unit: Unit
  /** At 1,000,000 devices: at most so many ms, at least so many a second. */
  readonly goal: number
  /** Peak memory in MB it has to stay under. */
  readonly memory?: number
  /** Databases it begins with. */
  readonly stages: readonly Stage[]
  /** What the floor is, in a few words. */
  readonly floor: string
  /** At most so many runs: for what takes minutes. */
  readonly runs?: number
  /** Without a warm-up: what is measured is the first time. */
  readonly cold?: true
  readonly open: (bed: Bed) => Promise<Opened>
}

/** What one figure came to. */
export type Result = {
  readonly name: string
  readonly title: string
  readonly unit: Unit
  readonly goal: number
  readonly values: readonly number[]
  readonly floorOf: string
  readonly floors: readonly number[]
  /** Peak memory of the process that did the work, in MB, before any floor was measured. */
  readonly memory: number
  readonly memoryGoal?: number
  readonly did: Readonly<Record<string, number>>
}
