import type { Driver } from '../../../src/domain/driver.ts'
import { FULL_CAPABILITIES } from '../../../src/plan/context.ts'
import { DRIVER, type Fleet, type Look } from '../data/fleet.ts'

const PAGE = 1_000

/** An MDM in memory that lists the made-up fleet; it takes every command and never says what became of it. */
export function fleetDriver(fleet: Fleet, look: Look): Driver {
  const { devices } = fleet.shape
  return {
    name: DRIVER,
    capabilities: FULL_CAPABILITIES,
    async observe(cursor) {
      const from = cursor === undefined ? 0 : Number(cursor)
      const next = from + PAGE
      const observations = fleet.page(from, PAGE, look)
      return { observations, total: devices, ...(next < devices ? { next: String(next) } : {}) }
    },
    look: async (id) => fleet.observation(Number(id.slice(2)), look),
    submit: async () => ({ kind: 'accepted' }),
    outcome: async () => ({ kind: 'pending' }),
    [Symbol.asyncDispose]: async () => undefined,
  }
}
