import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PlannedStep } from '../../src/domain/plan.ts'
import { planAhead, type Planner } from '../../src/reconcile/ahead.ts'
import { planRecorded } from '../../src/reconcile/plan-recorded.ts'
import { verifyState } from '../../src/reconcile/verify.ts'
import { walkPlans } from '../../src/reconcile/walk.ts'
import { openStore } from '../../src/store/sqlite/open.ts'
import { beginHistory, happen, type Happening, histories } from './histories.ts'
import type { World } from './world.ts'

/** More histories, or another seed, to look for what these do not show. */
const RUNS = Number(process.env['SIMPLANE_HISTORIES'] ?? 30)
const SEED = process.env['SIMPLANE_HISTORIES_SEED']

/** What went wrong once: steps that are only reported are cut by an incomplete inventory too. */
const KNOWN: [Happening[]][] = [
  [
    [
      { kind: 'policy', device: 3 },
      { kind: 'server', device: 1 },
      { kind: 'unreachable', device: 8 },
    ],
  ],
]

function spoken({ id, kind, state, heldBy }: PlannedStep): string {
  return `${kind} ${id} ${state} [${heldBy.join(' ')}]`
}

/** A device with a step under way keeps its place in the budgets of its next ones; a plan from scratch knows no places. */
function withoutBudgets(plans: Record<string, string[]>): Record<string, string[]> {
  const without = (step: string): string =>
    step
      .replace(/ ?budget-exceeded/, '')
      .replace(/ held \[\]$/, ' ready []')
      .replace('[ ', '[')
  return Object.fromEntries(Object.entries(plans).map(([device, steps]) => [device, steps.map(without)]))
}

/** The journal's unissued steps, by device; what follows a step under way is planned again when that has settled. */
async function incremental({ store, clock }: World): Promise<Record<string, string[]>> {
  const planned: Record<string, string[]> = {}
  for await (const { device, steps, underWay } of walkPlans(store, clock.now())) {
    if (!underWay && steps.length > 0) planned[device.record.key] = steps.map(({ step }) => spoken(step))
  }
  return planned
}

async function fromScratch(
  { parts, store }: World,
  { desired, emptySource }: InForce,
): Promise<Record<string, string[]>> {
  const { plan } = await planRecorded(parts, { desired, emptySource, changes: [], findings: [] })
  const gaveUp = new Set<string>()
  for (const code of ['retry-exhausted', 'unproven'] as const) {
    for (const { record } of await store.devices({ finding: code }, 1_000)) gaveUp.add(record.key)
  }
  // What earlier tries say of a step is not in a plan from scratch.
  const steps = plan.devices.filter(({ device }) => !gaveUp.has(device))
  return Object.fromEntries(steps.map((each) => [each.device, each.steps.map(spoken)]))
}

type InForce = NonNullable<Awaited<ReturnType<World['store']['inForce']>>>

/** Hands over what another thread would, copied as between threads, from a store of its own. */
function elsewhere(path: string): Planner {
  return {
    from: 1,
    batch: 3,
    plan: async function* plan(order) {
      await using store = await openStore(path, { readonly: true })
      for await (const batch of planAhead(store, order)) yield structuredClone(batch)
    },
  }
}

describe.each([
  { how: 'in turn', given: {} },
  { how: 'ahead of the writing', given: { planner: elsewhere } },
])('planning what changed, $how', ({ given }) => {
  it(
    'gives exactly the plan of planning everything, whatever happened: revisions, observations, outcomes, people, time',
    { timeout: 1_200_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(histories, async (history) => {
          const told = await beginHistory(given)
          const { world } = told
          for (const happening of history) {
            await happen(told, happening)
            await world.pass()
            const inForce = await world.store.inForce()
            if (inForce === undefined) continue
            const { underWay } = await world.store.unsettled()
            const compared = underWay > 0 ? withoutBudgets : (same: Record<string, string[]>) => same
            const scratch = compared(await fromScratch(world, inForce))
            expect(compared(await incremental(world)), happening.kind).toEqual(scratch)
            const { signal } = new AbortController()
            const verified = await verifyState(world.parts, inForce, { signal })
            expect(verified.differences, happening.kind).toEqual([])
            expect(verified.waiting, happening.kind).toBe(verified.underWay > 0 ? verified.waiting : 0)
          }
        }),
        { numRuns: RUNS, examples: KNOWN, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
      )
    },
  )
})
