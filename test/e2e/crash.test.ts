import { describe, expect, it } from 'vitest'
import { STORY } from './crash-story.ts'
import { randomFrom } from './random.ts'
import { openCrashWorld, type CrashWorld, type Death, type End } from './crash-world.ts'

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

const EVERY_STEP = ['install', 'update', 'uninstall', 'reset', 'delete-record', 'retire']

type Told = { readonly seed: number; readonly deaths: readonly string[]; readonly end: End }

/** Lives through the story, killed so often, spread over its chapters. */
async function tell(seed: number, kills: number): Promise<Told> {
  await using world = await openCrashWorld()
  const random = randomFrom(seed)
  const deaths: string[] = []
  for (const [at, chapter] of STORY.entries()) {
    await world.begin(chapter)
    const due = Math.round((kills * (at + 1)) / STORY.length) - deaths.length
    try {
      for (const death of await killOften(world, due, random)) deaths.push(`${chapter.title}: ${death}`)
      await world.life()
    } catch (error) {
      throw new Error(`seed ${seed}, in "${chapter.title}", killed before: ${deaths.join('; ')}`, {
        cause: error,
      })
    }
  }
  return { seed, deaths, end: await world.end() }
}

/** Kills so often; once a process came to its end alive there is little left to do, so the next die younger. */
async function killOften(world: CrashWorld, kills: number, random: () => number): Promise<string[]> {
  const deaths: string[] = []
  let most = 500
  while (deaths.length < kills) {
    const death = deathOf(random, most)
    if (await world.life(death)) deaths.push(JSON.stringify(death))
    else most = Math.max(20, most / 3)
  }
  return deaths
}

/** Where a step passes from one hand to the next: between these calls nothing may get lost or be done twice. */
const EDGES = [
  'claim',
  'claim',
  'submit',
  'settle',
  'settle',
  'savePlans',
  'allot',
  'apply',
  'observe',
  'endListing',
] as const

function deathOf(random: () => number, most: number): Death {
  const kind = random()
  if (kind < 0.2) return { after: Math.floor(random() * most) }
  if (kind < 0.6 || most < 100) return { calls: Math.ceil(most ** random()) }
  const call = EDGES[Math.floor(random() * EDGES.length)] ?? 'claim'
  return {
    calls: 1 + Math.floor(random() * (call === 'submit' ? 40 : 4)),
    call,
    side: random() < 0.3 ? 'before' : 'after',
  }
}

function effectsOf(end: End | undefined): string[] {
  return [
    ...new Set(
      Object.values(end?.devices ?? {}).flatMap((device) =>
        'log' in device ? (device.log as string[]) : [],
      ),
    ),
  ].map((line) => line.split(' ')[0] ?? '')
}
