import { STORY } from './crash-story.ts'
import { openCrashWorld, type CrashWorld, type Death, type End } from './crash-world.ts'
import { randomFrom } from './random.ts'

/** Every step there is: a tale that does not come to all of them shows less than it says. */
export const EVERY_STEP = ['install', 'update', 'uninstall', 'reset', 'delete-record', 'retire']

export type Told = { readonly seed: number; readonly deaths: readonly string[]; readonly end: End }

/** Lives through the story, killed so often, spread over its chapters. `url`: on PostgreSQL. */
export async function tell(seed: number, kills: number, url?: string): Promise<Told> {
  await using world = await openCrashWorld(url)
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

/** The kinds of steps that devices tell of. */
export function effectsOf(end: End | undefined): string[] {
  return [
    ...new Set(
      Object.values(end?.devices ?? {}).flatMap((device) =>
        'log' in device ? (device.log as string[]) : [],
      ),
    ),
  ].map((line) => line.split(' ')[0] ?? '')
}
