import { describe, expect, it } from 'vitest'
import { DEFAULT_POLICY, type BudgetedKind, type Policy } from '../../src/domain/desired.ts'
import type { DeviceRecord } from '../../src/domain/device.ts'
import type { Plan } from '../../src/domain/plan.ts'
import type { FleetQuestion } from '../../src/plan/fleet.ts'
import { DAY } from '../../src/domain/time.ts'
import { NOW, record } from './builders.ts'
import { ENTRIES, ESIMS, wantedByLabel, wanting } from './model-fleet.ts'
import { planOf, spokenOn } from './spoken.ts'

const BY_DEFAULT = { budgets: DEFAULT_POLICY.budgets }
const NONE_USED: Readonly<Record<BudgetedKind, number>> = {
  reset: 0,
  uninstall: 0,
  retire: 0,
  'delete-record': 0,
}

function fleet(count: number, changes: Partial<DeviceRecord>): DeviceRecord[] {
  return Array.from({ length: count }, (_, at) => record(`d-${String(at).padStart(4, '0')}`, changes))
}

/** So many devices that need nothing, to make the fleet large. */
function others(count: number, changes: Partial<DeviceRecord> = {}): DeviceRecord[] {
  return Array.from({ length: count }, (_, at) => record(`z-${at}`, changes))
}

function plan(
  records: readonly DeviceRecord[],
  budgets: Partial<Policy> = BY_DEFAULT,
  more: Partial<FleetQuestion> = {},
): Plan {
  return planOf(wantedByLabel(budgets), records, more)
}

/** How many steps of the kind are ready. */
function ready(of: Plan, kind: BudgetedKind): number {
  return of.devices
    .flatMap((device) => device.steps)
    .filter((step) => step.kind === kind && step.state === 'ready').length
}

const RESETTING = { ...wanting('c-fresh'), installed: [ENTRIES.c], esims: [ESIMS.c] }
const UNINSTALLING = { installed: [ENTRIES.xk] }
const RETIRING = { ...wanting('retire') }

describe('the budgets by default', () => {
  it.each([
    ['reset', RESETTING, 30, 5],
    ['reset', RESETTING, 600, 6],
    ['reset', RESETTING, 699, 6],
    ['uninstall', UNINSTALLING, 40, 20],
    ['uninstall', UNINSTALLING, 420, 21],
    ['retire', RETIRING, 30, 5],
    ['retire', RETIRING, 600, 6],
  ] as const)('let %s happen on the larger of a number and a share', (kind, changes, active, allowed) => {
    const changing = fleet(30, changes)
    expect(ready(plan([...changing, ...others(active - 30)]), kind)).toBe(Math.min(30, allowed))
  })

  it('let five stale records go', () => {
    const pairs = fleet(8, wanting('c')).flatMap((live) => [
      live,
      {
        ...live,
        ...record(`old-${live.id}`, { registration: 'wiped', enrolledAt: NOW - 200 * DAY }),
        serialNumber: live.serialNumber ?? '',
        eid: live.eid ?? '',
      },
    ])
    expect(ready(plan(pairs), 'delete-record')).toBe(5)
  })

  it('are shares of the active devices, not of the records', () => {
    const retired = others(900, { registration: 'retired', esims: [] })
    expect(ready(plan([...fleet(30, RESETTING), ...retired]), 'reset')).toBe(5)
  })

  it('limit neither install nor update nor release', () => {
    const installing = plan(fleet(50, wanting('c')))
    expect(installing.summary).toMatchObject({ steps: 50, held: 0 })
    expect(plan(fleet(50, wanting('release'))).summary).toMatchObject({ steps: 50, held: 0 })
    expect(
      plan(fleet(50, { ...wanting('c'), installed: [ENTRIES.flags], esims: [ESIMS.c] })).summary,
    ).toMatchObject({ held: 0 })
  })
})

describe('a written budget', () => {
  const of = (reset: Policy['budgets']['reset']): Partial<Policy> => ({
    budgets: { ...DEFAULT_POLICY.budgets, reset },
  })

  it.each([
    ['unlimited', 'unlimited', 40],
    ['perDay alone', { perDay: 3 }, 3],
    ['share alone', { share: 500 }, 2],
    ['the larger of both', { perDay: 3, share: 1000 }, 4],
    ['nothing at all', {}, 0],
    ['zero', { perDay: 0 }, 0],
  ] as const)('of %s allows what it says', (_says, budget, allowed) => {
    expect(ready(plan(fleet(40, RESETTING), of(budget)), 'reset')).toBe(allowed)
  })
})

describe('a step that is over budget', () => {
  it('is held with all that come after it, and what comes before proceeds', () => {
    const changing = fleet(6, { ...wanting('release'), installed: [ENTRIES.c], esims: [ESIMS.c] })
    const result = plan(changing)
    expect(spokenOn(result, 'd-0004')).toEqual(['uninstall c', 'reset', 'release'])
    expect(spokenOn(result, 'd-0005')).toEqual([
      'uninstall c',
      'reset [budget-exceeded]',
      'release [budget-exceeded]',
    ])
    expect(result.holds).toMatchObject([{ code: 'budget-exceeded', step: 'reset', devices: 1 }])
  })

  it('waits because of the devices before it by key, whatever the order of the records', () => {
    const result = plan(fleet(8, RESETTING).reverse())
    const held = result.devices.filter((device) => device.steps.some((step) => step.state === 'held'))
    expect(held.map((device) => device.device)).toEqual([
      'simulator/d-0005',
      'simulator/d-0006',
      'simulator/d-0007',
    ])
  })

  it('counts what was used in the last 24 hours, and never less than nothing', () => {
    const used = (reset: number) => ({ used: { ...NONE_USED, reset } })
    expect(ready(plan(fleet(8, RESETTING), BY_DEFAULT, used(2)), 'reset')).toBe(3)
    expect(ready(plan(fleet(8, RESETTING), BY_DEFAULT, used(5)), 'reset')).toBe(0)
    expect(ready(plan(fleet(8, RESETTING), BY_DEFAULT, used(99)), 'reset')).toBe(0)
  })

  it('leaves its budget to others where another reason holds it', () => {
    const stranded = fleet(5, { ...RESETTING, otherConnectivity: 'no' })
    const free = Array.from({ length: 5 }, (_, at) => record(`e-${at}`, RESETTING))
    expect(ready(plan([...stranded, ...free]), 'reset')).toBe(5)
  })

  it('does not take the budget of another kind', () => {
    const result = plan([
      ...fleet(8, RESETTING),
      ...Array.from({ length: 8 }, (_, at) => record(`e-${at}`, RETIRING)),
    ])
    expect([ready(result, 'reset'), ready(result, 'retire')]).toEqual([5, 5])
  })

  it('proceeds once it is approved, and counts', () => {
    const changing = fleet(7, RESETTING)
    const wanted = plan(changing).devices[0]?.steps[0]?.id
    const approvedLast = plan(changing).devices[6]?.steps[0]?.id
    const approved = (id: string) => id === approvedLast
    const result = plan(changing, BY_DEFAULT, { context: { approved } })
    expect(spokenOn(result, 'd-0006')).toEqual(['reset', 'install c'])
    expect(spokenOn(result, 'd-0005')).toEqual(['reset [budget-exceeded]', 'install c [budget-exceeded]'])
    const first = plan(
      changing,
      { budgets: { ...DEFAULT_POLICY.budgets, reset: { perDay: 1 } } },
      { context: { approved: (id) => id === wanted } },
    )
    expect(ready(first, 'reset')).toBe(1)
  })
})
