import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PlannedStep } from '../../src/domain/plan.ts'
import type { EsimSpec } from '../../src/domain/esim.ts'
import { planRecorded } from '../../src/reconcile/plan-recorded.ts'
import { LAPTOPS, openWorld, PARIS, type World } from './world.ts'

/** What may happen between two passes. Devices are d-1 to d-14, the laptops of Paris. */
type Happening = { readonly kind: (typeof KINDS)[number]; readonly device: number }

const KINDS = [
  'server',
  'keep',
  'erase',
  'nobody',
  'retire',
  'delete-esim',
  'console',
  'reenrol',
  'settle',
  'day',
] as const

const OTHER: EsimSpec = {
  platform: 'windows',
  serverName: 'other.example',
  isDiscoveryServer: false,
  autoEnable: true,
}

const POLICY = `apiVersion: simplane/v1
kind: Policy
metadata: { name: default }
spec: { budgets: { reset: { perDay: 3 }, uninstall: { perDay: 4 } } }
`

const happenings = fc.array(
  fc.record({ kind: fc.constantFrom(...KINDS), device: fc.integer({ min: 1, max: 14 }) }),
  { minLength: 2, maxLength: 7 },
)

async function happen(world: World, { kind, device }: Happening): Promise<void> {
  const id = `d-${device}`
  const active = (await world.simulator.look(id))?.facts.registration === 'active'
  switch (kind) {
    case 'server':
      return world.write({ 'acme.yaml': LAPTOPS.replace('smdp.acme', `smdp.n${device}`) })
    case 'keep':
      return world.write({ 'acme.yaml': `${LAPTOPS}  onRemove: keep-esims\n` })
    case 'erase':
      return world.write({ 'acme.yaml': `${LAPTOPS}  onRemove: erase-all-esims\n` })
    case 'nobody':
      return world.write({ 'acme.yaml': LAPTOPS.replace('to: custom, groups: [paris]', 'to: none') })
    case 'retire':
      return world.write({
        'retire.yaml': `apiVersion: simplane/v1\nkind: Retirement\nmetadata: { name: q4 }\nspec: { devices: ["id:simulator/${id}"] }\n`,
      })
    case 'delete-esim':
      return active ? world.simulator.userDeletesEsim(id) : undefined
    case 'console':
      return active ? world.simulator.consoleInstalls(id, OTHER, 'other') : undefined
    case 'reenrol':
      if ((await world.simulator.look(id))?.facts.registration === 'active')
        world.simulator.wipeAndReenrol(id)
      return
    case 'settle':
      return world.settle()
    case 'day':
      await world.clock.advance(25 * 3_600_000)
  }
}

function spoken({ id, kind, state, heldBy }: PlannedStep): string {
  return `${kind} ${id} ${state} [${heldBy.join(' ')}]`
}

/** The journal's unissued steps, by device. */
async function incremental({ store }: World): Promise<Record<string, string[]>> {
  const planned: Record<string, string[]> = {}
  for (const { dev, record } of await store.scan(0, 1_000)) {
    const open = (await store.steps(dev, 100)).filter(({ state }) => state === 'ready' || state === 'held')
    if (open.length > 0)
      planned[record.key] = open
        .sort((a, b) => a.n - b.n)
        .map(({ step }) => spoken(step))
        .sort()
  }
  return planned
}

async function fromScratch({ parts, store }: World): Promise<Record<string, string[]>> {
  const inForce = await store.inForce()
  if (inForce === undefined) return {}
  const { plan } = await planRecorded(parts, {
    desired: inForce.desired,
    emptySource: inForce.emptySource,
    changes: [],
    findings: [],
  })
  return Object.fromEntries(plan.devices.map(({ device, steps }) => [device, steps.map(spoken).sort()]))
}

describe('planning what changed', () => {
  it('gives exactly the plan of planning everything, budgets and holds included', async () => {
    await fc.assert(
      fc.asyncProperty(happenings, async (story) => {
        const world = await openWorld({ devices: 30 })
        await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': POLICY })
        await world.settle()
        for (const happening of story) {
          await happen(world, happening)
          await world.pass()
          expect(await incremental(world)).toEqual(await fromScratch(world))
        }
      }),
      { numRuns: 25 },
    )
  })
})
