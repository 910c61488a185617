import type { Source } from '../../../src/domain/source.ts'
import type { Store } from '../../../src/domain/store.ts'
import type { Parts } from '../../../src/reconcile/parts.ts'
import { openPostgres, type PostgresStore } from '../../../src/store/postgres/open.ts'
import { fleetDriver } from '../bed/driver.ts'
import { benchClock, partsOf, pass } from '../bed/parts.ts'
import { startServer, type PostgresServer } from '../bed/postgres.ts'
import { memorySource } from '../bed/source.ts'
import { documentsOf } from '../data/documents.ts'
import { fleetOf, type Fleet, type Look } from '../data/fleet.ts'
import { sample } from '../data/random.ts'
import type { Bed, Figure, Opened } from '../figure.ts'
import { barePostgres, type BarePostgres } from '../floors/bare-postgres.ts'
import { Stopwatch } from '../measure.ts'

const FLOOR = 'bare rows read, bare steps written in batches, same commits, one client'

/** The same passes on PostgreSQL, on this machine, through a socket. */
export const POSTGRES: readonly Figure[] = [
  {
    name: 'postgres-first-plan',
    title: 'PostgreSQL: first plan',
    unit: 'ms',
    goal: 30_000,
    stages: [],
    floor: FLOOR,
    runs: 3,
    open: firstPlan,
  },
  {
    name: 'postgres-edit-small',
    title: 'PostgreSQL: a configuration of 1,000 devices edited',
    unit: 'ms',
    goal: 150,
    stages: [],
    floor: FLOOR,
    open: smallEdit,
  },
]

async function firstPlan(bed: Bed): Promise<Opened> {
  const fleet = fleetOf(bed.devices)
  const server = bed.stack.use(await startServer())
  await recorded(server, fleet, { phase: 'bare' }, false)
  const bare = bareOnce(bed, server)
  return {
    async run() {
      await server.drop('run')
      const url = await server.create('run', 'stage')
      const watch = new Stopwatch()
      const counts = await withParts(
        url,
        fleet,
        { phase: 'bare' },
        memorySource(documentsOf(fleet.shape)),
        (onePass) => watch.time(onePass),
      )
      return { value: watch.milliseconds, did: { planned: counts.planned, steps: counts.steps } }
    },
    async floor() {
      const everybody = Array.from({ length: bed.devices }, (_, at) => at + 1)
      return { value: await (await bare()).plan(everybody, 1), did: {} }
    },
  }
}

/** Each run on a fresh copy, after another small edit. */
async function smallEdit(bed: Bed): Promise<Opened> {
  const fleet = fleetOf(bed.devices)
  const { shape } = fleet
  const look: Look = { phase: 'served' }
  const server = bed.stack.use(await startServer())
  await recorded(server, fleet, look, true)
  const bare = bareOnce(bed, server)
  return {
    async run() {
      await server.drop('run')
      const url = await server.create('run', 'stage')
      const watch = new Stopwatch()
      const source = memorySource(documentsOf(shape, { moved: ['laptops-rehearsal'] }))
      const counts = await withParts(url, fleet, look, source, async (onePass) => {
        await onePass()
        source.write(documentsOf(shape, { moved: ['laptops-rehearsal', 'laptops-pilot'] }))
        return watch.time(onePass)
      })
      return { value: watch.milliseconds, did: { planned: counts.planned, steps: counts.steps } }
    },
    async floor() {
      const { from, until } = shape.pilot
      const devs = sample(until - from, bed.devices, 1).map((at) => at + 1)
      return { value: await (await bare()).plan(devs, 2), did: {} }
    },
  }
}

type Counts = { readonly planned: number; readonly steps: number }

/** The store of a process that leads: every write of a plan checks that it still does. */
async function openLeading(url: string): Promise<PostgresStore> {
  const store = await openPostgres(url)
  if ((await store.leadership.lead()) === undefined) throw new Error('another process leads')
  return store
}

function partsAt(
  url: string,
  given: { readonly store: Store; readonly source: Source; readonly fleet: Fleet; readonly look: Look },
): Parts {
  const { store, source, fleet, look } = given
  const place = { kind: 'postgres', url } as const
  return partsOf({ store, source, driver: fleetDriver(fleet, look), clock: benchClock(), place })
}

/** The database every run begins with: the fleet observed once and, where it is asked for, planned. */
async function recorded(server: PostgresServer, fleet: Fleet, look: Look, planned: boolean): Promise<void> {
  const url = await server.create('stage')
  {
    await using store = await openLeading(url)
    const source = memorySource(documentsOf(fleet.shape))
    const parts = partsAt(url, { store, source, fleet, look })
    await pass(parts, { read: planned, observe: true })
  }
  await server.settle('stage')
}

async function withParts(
  url: string,
  fleet: Fleet,
  look: Look,
  source: Source,
  use: (onePass: () => Promise<Counts>) => Promise<Counts>,
): Promise<Counts> {
  await using store = await openLeading(url)
  const parts = partsAt(url, { store, source, fleet, look })
  return await use(async () => (await pass(parts, { read: true, observe: false })).counts)
}

/** The floor's own database, made after the memory of the runs was read. */
function bareOnce(bed: Bed, server: PostgresServer): () => Promise<BarePostgres> {
  let bare: Promise<BarePostgres> | undefined
  return () => {
    bare ??= server
      .create('bare')
      .then((url) => barePostgres(url, bed.devices))
      .then((opened) => bed.stack.use(opened))
    return bare
  }
}
