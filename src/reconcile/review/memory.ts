import type { MemoryStore } from '../../domain/memory-store.ts'
import { DAY, type Duration, type Instant } from '../../domain/time.ts'
import type { Followed, Planned } from './follow.ts'

/** What must outlive the process: which devices each proposal was to change, and how far those merged have come. */
export type Memory = {
  /** Notes what a proposal was last planned to be. */
  planned(planned: Planned): void
  /** The proposals that were planned, by number. */
  open(): ReadonlyMap<number, Planned>
  /** Notes how far a merged one has come. */
  follow(followed: Followed): void
  followed(): readonly Followed[]
  byPull(): ReadonlyMap<number, Followed>
  /** Drops what is over, and what nobody merged for long. */
  forget(now: Instant): void
  /** Writes down what changed. */
  keep(): Promise<void>
}

type Written = {
  readonly version: 1
  readonly planned: readonly Planned[]
  readonly followed: readonly Followed[]
}

const NAME = 'reviews'
/** A rollout that nobody hears of any more after so long waits for devices that stay away. */
const FOLLOWED_FOR: Duration = 30 * DAY
/** More open proposals than this are not remembered all at once: the oldest is dropped. */
const MOST = 200

/** What was remembered; nothing where another version wrote it. */
export async function openMemory(store: MemoryStore): Promise<Memory> {
  const text = await store.remembered(NAME)
  const written = text === undefined ? undefined : readWritten(text)
  const planned = new Map((written?.planned ?? []).map((each) => [each.pull, each]))
  const followed = new Map((written?.followed ?? []).map((each) => [each.pull, each]))
  let kept = text

  return {
    planned(each) {
      planned.delete(each.pull)
      planned.set(each.pull, each)
      const [oldest] = planned.keys()
      if (planned.size > MOST && oldest !== undefined) planned.delete(oldest)
    },
    open: () => planned,
    follow: (each) => void followed.set(each.pull, each),
    followed: () => [...followed.values()],
    byPull: () => followed,
    forget(now) {
      for (const [pull, { at }] of planned) if (now - at > FOLLOWED_FOR) planned.delete(pull)
      for (const [pull, { isDone, since }] of followed) {
        if (!isDone && now - since < FOLLOWED_FOR) continue
        // One that is done is known until it is no news any more, so that it is not followed twice.
        planned.delete(pull)
        if (now - since > 2 * DAY) followed.delete(pull)
      }
    },
    async keep() {
      const now: Written = { version: 1, planned: [...planned.values()], followed: [...followed.values()] }
      const fresh = JSON.stringify(now)
      if (fresh === kept) return
      await store.remember(NAME, fresh)
      kept = fresh
    },
  }
}

function readWritten(text: string): Written | undefined {
  const value = JSON.parse(text) as Partial<Written>
  return value.version === 1 ? (value as Written) : undefined
}
