import { describe, expect, it } from 'vitest'
import { postgresForThisFile } from '../store/postgres-world.ts'
import { effectsOf, EVERY_STEP, tell } from './crash-tale.ts'

const server = postgresForThisFile()
const KILLS = 50
/** A new seed, to look for what this does not show. */
const SEED = Number(process.env['SIMPLANE_CRASH_SEED'] ?? 20261125)

describe('kill -9 at any moment, on PostgreSQL', () => {
  it(
    'changes nothing of the end: same states, same effects on every device, no step issued twice',
    { timeout: 480_000 },
    async () => {
      const [calm, killed] = await Promise.all([
        tell(0, 0, await server().database()),
        tell(SEED, KILLS, await server().database()),
      ])
      const { deaths, end } = killed
      const told = `seed ${SEED}, killed: ${deaths.join('; ')}`
      expect(calm.end.open).toMatchObject({ ready: 0, underWay: 0 })
      expect(effectsOf(calm.end)).toEqual(expect.arrayContaining(EVERY_STEP))
      expect(deaths, told).toHaveLength(KILLS)
      expect(end.twice, told).toEqual([])
      expect(end, told).toEqual(calm.end)
    },
  )
})
