import { MINUTE } from '../../../src/domain/time.ts'
import { MERGE } from '../../../src/reconcile/observe.ts'
import { openStore } from '../../../src/store/sqlite/open.ts'
import { benchClock } from '../bed/parts.ts'
import { copyStage } from '../bed/stages.ts'
import { DRIVER, fleetOf } from '../data/fleet.ts'
import { sample } from '../data/random.ts'
import type { Bed, Figure, Opened, Reading } from '../figure.ts'
import { bareFleet, type BareFleet } from '../floors/bare-fleet.ts'
import { Stopwatch } from '../measure.ts'
import { join } from 'node:path'
import { rmSync } from 'node:fs'

const PAGE = 1_000

/** Pages of an inventory on their way into the store, made before the watch starts. */
export const OBSERVATIONS: readonly Figure[] = [
  {
    name: 'observe-unchanged-order',
    title: 'unchanged observations, listing order',
    unit: '/s',
    goal: 100_000,
    stages: ['served'],
    floor: 'bare row read, last seen written, same commits',
    open: (bed) => seenAgain(bed, { changed: false, random: false, part: 0.25 }),
  },
  {
    name: 'observe-unchanged-random',
    title: 'unchanged observations, random order',
    unit: '/s',
    goal: 50_000,
    stages: ['served'],
    floor: 'bare row read, last seen written, same commits',
    open: (bed) => seenAgain(bed, { changed: false, random: true, part: 0.1 }),
  },
  {
    name: 'observe-changed-order',
    title: 'changed observations, listing order',
    unit: '/s',
    goal: 25_000,
    stages: ['served'],
    floor: 'bare row and text written, worklist entered, same commits',
    open: (bed) => seenAgain(bed, { changed: true, random: false, part: 0.1 }),
  },
  {
    name: 'observe-changed-random',
    title: 'changed observations, random order',
    unit: '/s',
    goal: 8_000,
    stages: ['served'],
    floor: 'bare row and text written, worklist entered, same commits',
    open: (bed) => seenAgain(bed, { changed: true, random: true, part: 0.05 }),
  },
  {
    name: 'observe-first',
    title: 'first inventory',
    unit: '/s',
    goal: 10_000,
    stages: [],
    floor: 'bare rows and texts inserted, same commits',
    runs: 3,
    cold: true,
    open: firstInventory,
  },
]

type Question = {
  readonly changed: boolean
  readonly random: boolean
  /** Share of the fleet that a run looks at. */
  readonly part: number
}

async function seenAgain(bed: Bed, { changed, random, part }: Question): Promise<Opened> {
  const { devices } = bed
  const fleet = fleetOf(devices)
  const store = bed.stack.use(await openStore(copyStage(bed.cache, 'served', bed.folder)))
  const count = Math.max(1, Math.round(devices * part))
  let turn = 0
  let bare: BareFleet | undefined

  /** Each run another part of the fleet in listing order, or another sample. */
  const chosen = (): readonly number[] => {
    turn += 1
    if (random) return sample(count, devices, turn)
    return Array.from({ length: count }, (_, at) => (turn * count + at) % devices)
  }

  return {
    async run() {
      const devs = chosen()
      const look = { phase: 'served' as const, later: turn * MINUTE, edition: changed ? turn : 0 }
      const listing = await store.beginListing(DRIVER, benchClock().now())
      const watch = new Stopwatch()
      let moved = 0
      for (let at = 0; at < devs.length; at += PAGE) {
        const page = devs.slice(at, at + PAGE).map((dev) => fleet.observation(dev, look))
        moved += (await watch.time(() => store.observe(DRIVER, page, MERGE, listing))).changed
      }
      return { value: watch.rate(count), did: { observed: count, changed: moved } }
    },
    async floor() {
      bare ??= bed.stack.use(bareFleet(bed.folder, devices, changed ? factsOf(fleet) : ''))
      const devs = chosen().map((at) => at + 1)
      const took = changed ? await bare.change(devs) : await bare.see(devs)
      return { value: (count / took) * 1_000, did: {} }
    },
  }
}

async function firstInventory(bed: Bed): Promise<Opened> {
  const { devices } = bed
  const fleet = fleetOf(devices)
  const path = join(bed.folder, 'first.db')

  async function run(): Promise<Reading> {
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
    await using store = await openStore(path)
    const now = benchClock().now()
    const watch = new Stopwatch()
    const listing = await watch.time(() => store.beginListing(DRIVER, now))
    let changed = 0
    for (let from = 0; from < devices; from += PAGE) {
      const page = fleet.page(from, PAGE, { phase: 'served' })
      changed += (await watch.time(() => store.observe(DRIVER, page, MERGE, listing))).changed
    }
    await watch.time(() => store.endListing(DRIVER, listing, true, now))
    return { value: watch.rate(devices), did: { observed: devices, changed } }
  }

  return {
    run,
    async floor() {
      using bare = bareFleet(bed.folder, 1, factsOf(fleet))
      return { value: (devices / (await bare.insert(devices))) * 1_000, did: {} }
    },
  }
}

/** A text as long as what is recorded of a device. */
function factsOf(fleet: ReturnType<typeof fleetOf>): string {
  return JSON.stringify(fleet.record(0, { phase: 'served' }))
}
