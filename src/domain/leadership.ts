import type { Duration } from './time.ts'

/**
 * Which of several processes on one store reads, plans and keeps house; every one of them may execute. Only the leader's
 * plans are written: each of its writes carries its term, and a term that is over is refused with `not-leading`.
 */
export interface Leadership extends AsyncDisposable {
  /**
   * Tries to lead, or makes sure that it still does; gives the term, which grows with every change of leader.
   * `undefined`: another process leads.
   */
  lead(): Promise<number | undefined>
  /** Who leads, for a message; absent: nobody, or nobody knows. */
  leader(): Promise<string | undefined>
  /** How long to wait before asking `lead` again. Absent: once leading, always leading. */
  readonly renewEvery?: Duration
}

/** One process alone works on the store: it leads. */
export const ALONE: Leadership = {
  lead: async () => 1,
  leader: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
}
