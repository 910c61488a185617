import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDesired } from '../../src/desired/parse.ts'
import { changesBetween } from '../../src/plan/changes.ts'
import { planProposed, type Proposed } from '../../src/reconcile/review/proposed.ts'
import { walkPlans } from '../../src/reconcile/walk.ts'
import { beginHistory, happen, histories, REVISIONS } from './histories.ts'
import { LAPTOPS, openWorld, PARIS, type World } from './world.ts'

const RUNS = Number(process.env['SIMPLANE_HISTORIES'] ?? 30)

/** What is on disk now, as a proposal; `undefined`: it is not valid. */
async function proposal({ parts, store }: World): Promise<Proposed | undefined> {
  const { revision } = await parts.source.head()
  const { files, findings } = await parts.source.read(revision.id)
  const { desired, findings: own } = parseDesired(files, { ignore: [] })
  if (desired === undefined || [...findings, ...own].some(({ severity }) => severity === 'error'))
    return undefined
  const inForce = await store.inForce()
  const emptySource =
    desired.configurations.length === 0 &&
    inForce !== undefined &&
    (inForce.emptySource || inForce.desired.configurations.length > 0)
  const changes = inForce === undefined ? [] : changesBetween(inForce.desired, desired)
  return { revision: revision.id, desired, emptySource, changes, findings: own }
}

async function proposed(world: World) {
  const wish = await proposal(world)
  if (wish === undefined) return undefined
  const { signal } = new AbortController()
  return await planProposed(world.parts, wish, await world.store.inForce(), signal)
}

type Steps = Readonly<Record<string, readonly string[]>>

/** The planned steps of each device, without those that have one under way. */
async function planned({
  store,
  clock,
}: World): Promise<{ readonly steps: Steps; readonly busy: Set<string> }> {
  const steps: Record<string, readonly string[]> = {}
  const busy = new Set<string>()
  for await (const item of walkPlans(store, clock.now())) {
    if (item.underWay) busy.add(item.device.record.key)
    else if (item.steps.length > 0) steps[item.device.record.key] = item.steps.map(({ step }) => step.id)
  }
  return { steps, busy }
}

function differing(before: Steps, after: Steps): Steps {
  return Object.fromEntries(
    Object.entries(after).filter(([device, ids]) => ids.join(' ') !== (before[device] ?? []).join(' ')),
  )
}

describe('the plan of a proposal', () => {
  it(
    'is what merging it does, whatever happened before: no device more, none less, the same steps',
    { timeout: 600_000 },
    async () => {
      const shown = { revisions: 0, devices: 0, withdrawn: 0 }
      await fc.assert(
        fc.asyncProperty(histories, async (history) => {
          const told = await beginHistory()
          const { world } = told
          for (const happening of history) {
            await happen(told, happening)
            if (!REVISIONS.has(happening.kind)) {
              await world.pass()
              continue
            }
            const before = await planned(world)
            const made = await proposed(world)
            await world.pass()
            if (made === undefined) continue
            const after = await planned(world)
            const merged = differing(before.steps, after.steps)
            const told_ = Object.fromEntries(
              made.plan.devices.map(({ device, steps }) => [device, steps.map(({ id }) => id)]),
            )
            expect(told_, happening.kind).toEqual(merged)
            expect(made.underWay).toBe(before.busy.size)
            const gone = Object.keys(before.steps).filter((device) => after.steps[device] === undefined)
            expect(made.withdrawn, happening.kind).toBe(gone.length)
            shown.revisions += 1
            shown.devices += made.plan.devices.length
            shown.withdrawn += made.withdrawn
          }
        }),
        { numRuns: RUNS },
      )
      // Else it would have compared nothing with nothing.
      expect(Math.min(shown.revisions, shown.devices, shown.withdrawn)).toBeGreaterThan(10)
    },
  )

  it('shows nothing of what is on its way already, and tells what it would call off', async () => {
    const world = await openWorld({ devices: 42 })
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS })
    await world.pass()
    const { steps } = await planned(world)
    expect(Object.keys(steps).length).toBeGreaterThan(5)
    await world.write({ 'other.yaml': '# a comment\n' })
    expect((await proposed(world))?.plan.summary).toMatchObject({ changing: 0, steps: 0 })
    await world.write({ 'acme.yaml': LAPTOPS.replace('to: custom, groups: [paris]', 'to: none') })
    const off = await proposed(world)
    expect(off?.withdrawn).toBeGreaterThan(10)
    expect(off?.plan.summary.byStep.install).toBe(0)
  })

  it('tells which group it touches how, how much of each budget is left, and who was not seen', async () => {
    const world = await openWorld({ devices: 42 })
    await world.write({
      'acme.yaml': LAPTOPS,
      'paris.yaml': PARIS,
      'policy.yaml': `apiVersion: simplane/v1
kind: Policy
metadata: { name: default }
spec: { budgets: { reset: { perDay: 3 }, uninstall: unlimited } }
`,
    })
    await world.settle()
    await world.write({ 'acme.yaml': LAPTOPS.replace('smdp.acme', 'smdp.neo') })
    const made = await proposed(world)
    const resets = made?.plan.summary.byAction['reset-then-redeploy'] ?? 0
    expect(resets).toBeGreaterThan(3)
    expect(made?.groups.get('paris')).toMatchObject({ 'reset-then-redeploy': resets })
    expect(made?.budgets.reset).toMatchObject({ allowed: 3 })
    expect(made?.budgets.uninstall.allowed).toBe(Infinity)
    const { used } = made?.budgets.reset ?? { used: 0 }
    const free = made?.plan.devices.filter(
      ({ steps }) => !steps.some(({ heldBy }) => heldBy.includes('budget-exceeded')),
    )
    expect(
      free?.filter(({ steps }) => steps.some(({ kind, state }) => kind === 'reset' && state === 'ready')),
    ).toHaveLength(Math.max(0, 3 - used))
    expect(made?.plan.changes).toMatchObject([{ path: 'windows.serverName', to: 'smdp.neo.example' }])
    expect(await world.store.unsettled()).toMatchObject({ ready: 0 })
  })
})
