import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Log } from '../src/domain/log.ts'
import { NO_LOG } from '../src/log/winston.ts'
import { openPlanner } from '../src/planner.ts'
import type { Planner } from '../src/reconcile/ahead.ts'
import { verifyState } from '../src/reconcile/verify.ts'
import { walkPlans } from '../src/reconcile/walk.ts'
import { openPostgres } from '../src/store/postgres/open.ts'
import { LAPTOPS, openWorld, PARIS, type World, type WorldOptions } from './reconcile/world.ts'
import { startPostgres } from './store/postgres-server.ts'

/** More than two batches, so that one is planned while another is written. */
const DEVICES = 2_500

async function plansOf({ store, clock }: World): Promise<unknown> {
  const plans: unknown[] = []
  for await (const { device, steps, waiting } of walkPlans(store, clock.now()))
    plans.push([device.record.key, device.status, device.assignment, steps.map(({ step }) => step), waiting])
  return plans
}

async function planned(given: Pick<WorldOptions, 'planner' | 'store'> = {}): Promise<World> {
  const world = await openWorld({ devices: DEVICES, ...given })
  await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS })
  await world.pass()
  await world.write({ 'acme.yaml': LAPTOPS.replace('smdp.acme', 'smdp.other') })
  await world.pass()
  return world
}

/** Counts the outcomes that a planner gave. */
function counted(planner: Planner): Planner & { readonly outcomes: () => number } {
  let outcomes = 0
  return {
    from: planner.from,
    batch: planner.batch,
    plan: async function* plan(order) {
      for await (const batch of planner.plan(order)) {
        outcomes += batch.parcel.numbers.length
        yield batch
      }
    },
    outcomes: () => outcomes,
  }
}

describe('planning in a thread of its own', { timeout: 60_000 }, () => {
  it('comes to what planning in one thread comes to, and to what planning from scratch does', async () => {
    const planners: ReturnType<typeof counted>[] = []
    const world = await planned({
      planner: (path) => {
        const planner = counted(openPlanner({ kind: 'sqlite', path }, NO_LOG, 1))
        planners.push(planner)
        return planner
      },
    })
    expect(planners.reduce((sum, each) => sum + each.outcomes(), 0)).toBeGreaterThan(12 * DEVICES)
    expect(await plansOf(world)).toEqual(await plansOf(await planned()))
    const inForce = await world.store.inForce()
    if (inForce === undefined) throw new Error('nothing is in force')
    const { signal } = new AbortController()
    const { different, waiting } = await verifyState(world.parts, inForce, { signal })
    expect({ different, waiting }).toEqual({ different: 0, waiting: 0 })
  })

  it('does so on PostgreSQL as well', async () => {
    await using server = await startPostgres()
    const url = await server.database()
    const planner = counted(openPlanner({ kind: 'postgres', url }, NO_LOG, 1))
    const world = await planned({ planner: () => planner, store: () => openPostgres(url) })
    expect(planner.outcomes()).toBeGreaterThan(12 * DEVICES)
    expect(await plansOf(world)).toEqual(await plansOf(await planned()))
  })

  it('is not begun where few wait', async () => {
    const planner = counted(openPlanner({ kind: 'sqlite', path: '/nowhere' }, NO_LOG))
    await planned({ planner: () => planner })
    expect(planner.outcomes()).toBe(0)
  })

  it('may fail: the rest is planned without it, and somebody is told', async () => {
    const told: string[] = []
    const log: Log = { ...NO_LOG, warn: (event, message) => void told.push(`${event}: ${message}`) }
    const world = await planned({
      planner: (path) => openPlanner({ kind: 'sqlite', path: join(path, 'not-here.db') }, log, 1),
    })
    expect(await plansOf(world)).toEqual(await plansOf(await planned()))
    expect(told).toContainEqual(expect.stringMatching(/^planner-failed: Planning goes on in one thread/))
  })

  it('ends with the pass that is broken off', async () => {
    const world = await openWorld({ devices: DEVICES })
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS })
    await world.pass()
    const revision = (await world.store.inForce())?.revision.id ?? ''
    const listed = await world.store.enlist('all', world.clock.now())
    const { drivers, ceiling } = world.parts
    const faces = drivers.map(({ name, capabilities }) => ({ name, capabilities }))
    const order = { revision, now: world.clock.now(), ceiling, drivers: faces, batch: 10 }
    const planner = openPlanner({ kind: 'sqlite', path: join(world.folder, 'simplane.db') }, NO_LOG)
    let batches = 0
    for await (const { parcel } of planner.plan(order)) {
      expect(parcel.numbers.length).toBeGreaterThan(0)
      batches += 1
      if (batches === 3) break
    }
    expect(batches).toBe(3)
    expect(await world.store.workSize()).toBe(listed)
    const other = planner.plan({ ...order, revision: 'another' })
    expect(await Array.fromAsync(other)).toEqual([])
  })
})
