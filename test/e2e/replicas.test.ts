import { describe, expect, it } from 'vitest'
import { postgresForThisFile } from '../store/postgres-world.ts'
import { STORY } from './crash-story.ts'
import type { End } from './crash-world.ts'
import { randomFrom } from './random.ts'
import { openReplicas } from './replica-world.ts'

const server = postgresForThisFile()
/** A new seed, to look for what this does not show. */
const SEED = Number(process.env['SIMPLANE_CRASH_SEED'] ?? 20261125)

describe('three services on one PostgreSQL database', () => {
  it(
    'do no step twice and lose none while leaders and others are killed or paused, again and again',
    { timeout: 600_000 },
    async () => {
      const [calm, stirred] = [await tell(1, 0), await tell(3, SEED)]
      const told = `seed ${SEED}: ${stirred.deeds.join('; ')}`
      expect(stirred.deeds.filter((deed) => deed.includes('leader')).length, told).toBeGreaterThan(3)
      expect(stirred.terms, told).toBeGreaterThan(3)
      expect(stirred.end.open, told).toMatchObject({ ready: 0, underWay: 0 })
      expect(stirred.end.twice, told).toEqual([])
      expect(stirred.end, told).toEqual(calm.end)
    },
  )
})

type Told = { readonly end: End; readonly deeds: readonly string[]; readonly terms: number }

/** Lives through the story; with a seed, processes are killed and paused all the while. */
async function tell(processes: number, seed: number): Promise<Told> {
  await using world = await openReplicas(await server().database(), processes)
  const random = randomFrom(seed)
  const deeds: string[] = []
  const over = new AbortController()
  const chaos = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const leader = await world.leading()
      const aimed = leader !== undefined && random() < 0.6
      const index = aimed ? leader : Math.floor(random() * processes)
      const who = index === leader ? `leader ${index}` : `${index}`
      if (random() < 0.5) {
        deeds.push(`killed ${who}`)
        await world.kill(index)
      } else {
        // Some pauses end before anybody misses the process, some long after another one leads.
        const ms = Math.round(200 + random() * 4_800)
        deeds.push(`paused ${who} for ${ms} ms`)
        await world.pause(index, ms)
      }
    }
  }
  const stirring = seed === 0 ? Promise.resolve() : chaos()
  try {
    for (const chapter of STORY) {
      await world.begin(chapter)
      await world.settled()
    }
  } finally {
    over.abort()
    await stirring
  }
  await world.settled()
  const end = await world.end()
  return { end, deeds, terms: await world.terms() }
}
