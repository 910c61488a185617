import { describe, expect, it } from 'vitest'
import { effectsOf, EVERY_STEP, tell } from './crash-tale.ts'

const SEEDS = [20261123, 4711]
const KILLS = 50

/** A new seed, to look for what these do not show. */
const seeds =
  process.env['SIMPLANE_CRASH_SEED'] === undefined ? SEEDS : [Number(process.env['SIMPLANE_CRASH_SEED'])]

describe('kill -9 at any moment', () => {
  it(
    'changes nothing of the end: same states, same effects on every device, no step issued twice',
    { timeout: 240_000 },
    async () => {
      const [calm, ...killed] = await Promise.all([tell(0, 0), ...seeds.map((seed) => tell(seed, KILLS))])
      expect(calm?.end.open).toMatchObject({ ready: 0, underWay: 0 })
      expect(effectsOf(calm?.end)).toEqual(expect.arrayContaining(EVERY_STEP))
      for (const { seed, deaths, end } of killed) {
        const told = `seed ${seed}, killed: ${deaths.join('; ')}`
        expect(deaths, told).toHaveLength(KILLS)
        expect(end?.twice, told).toEqual([])
        expect(end, told).toEqual(calm?.end)
      }
    },
  )
})
