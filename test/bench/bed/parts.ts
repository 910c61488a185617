import type { Driver } from '../../../src/domain/driver.ts'
import type { Leadership } from '../../../src/domain/leadership.ts'
import type { Log } from '../../../src/domain/log.ts'
import type { Source } from '../../../src/domain/source.ts'
import type { Store } from '../../../src/domain/store.ts'
import { DAY, MINUTE } from '../../../src/domain/time.ts'
import type { StorePlace } from '../../../src/planner-thread.ts'
import { openPlanner } from '../../../src/planner.ts'
import { NO_SCREEN, type Parts } from '../../../src/reconcile/parts.ts'
import { reconcile, type PassResult } from '../../../src/reconcile/reconcile.ts'
import { testClock, type TestClock } from '../../clock.ts'
import { OBSERVED } from '../data/fleet.ts'

/** Says nothing: what is printed would be measured too. */
const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/** One process alone works on the store. */
const ALONE: Leadership = {
  lead: async () => 1,
  leader: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
}

/** A moment after the fleet was observed: nothing is stale. */
export function benchClock(): TestClock {
  return testClock(OBSERVED + 2 * MINUTE)
}

/** The parts of the reconciler as they run, with nobody watching. */
export function partsOf(given: {
  readonly store: Store
  readonly source: Source
  readonly driver: Driver
  readonly clock: TestClock
  /** Where the store is: another thread plans on it, as in the service. */
  readonly place: StorePlace
}): Parts {
  const { driver, place, ...rest } = given
  return {
    ...rest,
    drivers: [driver],
    log: SILENT,
    screen: NO_SCREEN,
    ignore: [],
    ceiling: 'enforce',
    program: 'bench',
    history: 90 * DAY,
    leadership: ALONE,
    planner: openPlanner(place, SILENT),
  }
}

/** One pass as the service makes it. */
export function pass(
  parts: Parts,
  what: { readonly read: boolean; readonly observe: boolean },
): Promise<PassResult> {
  return reconcile(parts, { trigger: 'bench', ...what, signal: new AbortController().signal })
}
