import type { Settlement } from '../../../src/domain/journal-store.ts'
import type { Store } from '../../../src/domain/store.ts'
import { HOUR, MINUTE } from '../../../src/domain/time.ts'
import { remember } from '../../../src/plan/remember.ts'
import { afterProof } from '../../../src/plan/settled.ts'
import type { TestClock } from '../../clock.ts'
import { drawn } from '../data/random.ts'
import { DRIVER, type Fleet } from '../data/fleet.ts'

const CLAIM = 1_000

/** Sends `count` steps and gives what will become of each: proven, with the record as it then is, in no order. */
export async function answersTo(
  store: Store,
  fleet: Fleet,
  clock: TestClock,
  count: number,
): Promise<Settlement[]> {
  const settlements: Settlement[] = []
  while (settlements.length < count) {
    const now = clock.now()
    const claimed = await store.claim(
      Math.min(CLAIM, count - settlements.length),
      [DRIVER],
      1,
      now,
      now + HOUR,
    )
    if (claimed.length === 0) throw new Error(`only ${settlements.length} of ${count} steps were ready`)
    for (const { dev, n, step, stored, lease } of claimed) {
      const served = fleet.facts(Number(stored.record.id.slice(2)), { phase: 'served', later: HOUR })
      const record = afterProof(remember(stored.record, served), step, now, now + MINUTE)
      settlements.push({
        dev,
        n,
        state: 'proven',
        at: now + MINUTE,
        proof: 'observed',
        record,
        ...(lease === undefined ? {} : { lease }),
      })
    }
  }
  return shuffled(settlements)
}

function shuffled<T>(items: readonly T[]): T[] {
  const all = [...items]
  for (let at = all.length - 1; at > 0; at -= 1) {
    const other = drawn(at + 1, at, 11)
    const held = all[at] as T
    all[at] = all[other] as T
    all[other] = held
  }
  return all
}
