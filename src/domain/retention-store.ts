import type { Instant } from './time.ts'

export interface RetentionStore {
  /**
   * Forgets what is over since before `before` and decides nothing any more, at most `limit` rows of each kind a call:
   * runs and events; refused and superseded revisions but the newest; approvals that are spent or expired; settled
   * steps, but a device's tries that nobody forgot and the newest proven ones that its history rests on; notices. Gives
   * how many rows went; fewer than `limit`: nothing is left to forget.
   */
  prune(before: Instant, limit: number): Promise<number>
}
