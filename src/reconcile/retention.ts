import type { Log } from '../domain/log.ts'
import type { RetentionStore } from '../domain/retention-store.ts'
import { DAY, SECOND, type Duration, type Instant } from '../domain/time.ts'

/** Rows of each kind that one transaction forgets: whoever waits to write waits for no more. */
const SLICE = 1_000
/** Transactions at a time: a backlog is worked off between passes, which do not wait for all of it. */
const SLICES = 10
/** How soon to go on where something is left. */
const GO_ON: Duration = 10 * SECOND

/** What forgetting needs. */
export type RetentionParts = {
  readonly store: RetentionStore
  readonly log: Log
  /** How long what is over is remembered. */
  readonly history: Duration
}

/**
 * Forgets what is over for longer than `history` and decides nothing any more, in slices that are transactions of
 * their own; an interrupted one is taken up by the next call. Gives when to call again: soon while something is left,
 * else in a day.
 */
export async function forgetOld({ store, log, history }: RetentionParts, now: Instant): Promise<Instant> {
  const before = now - history
  let forgotten = 0
  for (let slice = 0; slice < SLICES; slice += 1) {
    const rows = await store.prune(before, SLICE)
    forgotten += rows
    if (rows >= SLICE) continue
    if (forgotten > 0) log.info('forgot', forgottenText(forgotten, history), { rows: forgotten })
    return now + DAY
  }
  log.info('forgot', `${forgottenText(forgotten, history)}, more to go`, { rows: forgotten })
  return now + GO_ON
}

function forgottenText(rows: number, history: Duration): string {
  return `${rows} rows of history older than ${Math.floor(history / DAY)} days`
}
