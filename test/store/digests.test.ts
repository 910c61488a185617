import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Merge } from '../../src/domain/fleet-store.ts'
import type { Store } from '../../src/domain/store.ts'
import { MERGE } from '../../src/reconcile/observe.ts'
import { openStore } from '../../src/store/sqlite/open.ts'
import { keyOf, outcome, seen, T0 } from '../conformance/records.ts'
import { save } from '../conformance/store/world.ts'
import { temporaryFolder } from './sqlite-world.ts'

const IDS = ['d-1', 'd-2', 'd-3'] as const

/** Looks at every device in full. */
const THOROUGH: Merge = (before, observation) => MERGE(before, observation)

const sight = fc.record({
  id: fc.constantFrom(...IDS),
  osVersion: fc.constantFrom('10.0.22631', '10.0.26100'),
  installed: fc.constantFrom([] as const, 'unknown' as const),
  esims: fc.constantFrom([] as const, 'unknown' as const),
  esimsComplete: fc.boolean(),
  labels: fc.constantFrom({ site: 'a' }, { site: 'b' }),
})
const page = fc.uniqueArray(sight, { selector: ({ id }) => id, maxLength: 3 })
const event = fc.oneof(
  fc.record({ kind: fc.constant('look' as const), page, later: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ kind: fc.constant('inventory' as const), page, later: fc.constant(1) }),
  fc.record({ kind: fc.constant('plan' as const), awaitsSight: fc.boolean() }),
)

type Event = typeof event extends fc.Arbitrary<infer T> ? T : never

async function happen(store: Store, merge: Merge, what: Event, now: number): Promise<unknown> {
  if (what.kind === 'plan') {
    const { items } = await store.work(9, now)
    await save(
      store,
      items.map((item) => outcome(item, [], { awaitsSight: what.awaitsSight })),
    )
    return undefined
  }
  const observations = what.page.map((each) => seen(each, now + what.later))
  if (what.kind === 'look') return store.observe('mdm', observations, merge)
  const listing = await store.beginListing('mdm', now)
  const { changed } = await store.observe('mdm', observations, merge, listing)
  return { changed, ...(await store.endListing('mdm', listing, true, now)) }
}

async function stateOf(store: Store): Promise<unknown> {
  const { items } = await store.work(9, T0)
  const devices = await store.get(IDS.map((id) => keyOf(id)))
  return {
    waiting: items.map(({ device }) => device.record.id).sort(),
    devices: devices.map(({ dev, version, record, shape, goneSince }) => ({
      dev,
      version,
      record,
      shape,
      goneSince,
    })),
  }
}

it('what a digest spares changes nothing of what is recorded, and of who is planned', async () => {
  await using folder = await temporaryFolder()
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 14 }), async (events) => {
      run += 1
      await using quick = await openStore(join(folder.path, `quick-${run}.db`))
      await using thorough = await openStore(join(folder.path, `thorough-${run}.db`))
      let now = T0
      for (const what of events) {
        expect(await happen(quick, MERGE, what, now)).toEqual(await happen(thorough, THOROUGH, what, now))
        expect(await stateOf(quick)).toEqual(await stateOf(thorough))
        now += 1
      }
    }),
    { numRuns: 20 },
  )
}, 120_000)
