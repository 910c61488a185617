import { describe, expect } from 'vitest'
import type { PlannedStep } from '../../../src/domain/plan.ts'
import type { DeviceOutcome, WorkItem } from '../../../src/domain/work-store.ts'
import { inGroups, keyOf, outcome, step, T0 } from '../records.ts'
import { claim, planned, type Promised, save, type TestedStore, waiting } from './world.ts'

export function groupPromises(promise: Promised): void {
  describe('groups', () => {
    promise('members are counted, and leavers are named until they are judged', async (store) => {
      const items = await planned(store, ['a', 'b', 'c'], () => [], inGroups('all', 'sales'))
      expect(await store.memberships()).toEqual([
        { group: 'all', members: 3, left: [] },
        { group: 'sales', members: 3, left: [] },
      ])
      const devs = devsOf(items)
      await planAgain(store, inGroups('all'), devs.slice(1))
      expect((await store.memberships())[1]).toEqual({ group: 'sales', members: 1, left: devs.slice(1) })
      await planAgain(store, inGroups('all', 'sales'), [devs[1]!])
      expect((await store.memberships())[1]).toEqual({ group: 'sales', members: 2, left: [devs[2]] })
      await store.judgeGroup('sales', false)
      expect((await store.memberships())[1]).toEqual({ group: 'sales', members: 2, left: [] })
      expect(await store.shrunk(devs)).toEqual(new Map())
    })

    promise(
      'a step planned before its group was judged is not issued until it is planned again',
      async (store) => {
        const items = await planned(store, ['a', 'b'], () => [], inGroups('sales'))
        await planAgain(store, inGroups(), devsOf(items), ['u'])
        await store.judgeGroup('sales', true)
        expect(await waiting(store)).toEqual(['a', 'b'])
        expect(await claim(store)).toEqual([])
      },
    )

    promise(
      'those who left when a group shrank stay marked until they are in sync or back',
      async (store) => {
        const items = await planned(store, ['a', 'b'], () => [], inGroups('sales'))
        const devs = devsOf(items)
        await planAgain(store, inGroups(), devs)
        await store.judgeGroup('sales', true)
        expect(await store.memberships()).toEqual([])
        expect(await store.shrunk([...devs, 999])).toEqual(new Map(devs.map((dev) => [dev, ['sales']])))
        await store.judgeGroup('sales', false)
        expect((await store.shrunk(devs)).size).toBe(2)
        await planAgain(store, inGroups('sales'), [devs[0]!])
        expect([...(await store.shrunk(devs)).keys()]).toEqual([devs[1]])
        await planAgain(store, { ...inGroups(), status: { verdict: 'in-sync', findings: [] } }, [devs[1]!])
        expect(await store.shrunk(devs)).toEqual(new Map())
      },
    )

    promise('a forgotten record is a member less, and nobody who left', async (store) => {
      await planned(store, ['a', 'b'], () => [], inGroups('sales'))
      await store.putRecord(keyOf('a'), undefined)
      expect(await store.memberships()).toEqual([{ group: 'sales', members: 1, left: [] }])
    })

    promise('judging a group that nobody knows does nothing', async (store) => {
      await store.judgeGroup('nobody', true)
      expect(await store.memberships()).toEqual([])
    })
  })
}

function devsOf(items: readonly WorkItem[]): number[] {
  return items.map(({ device }) => device.dev)
}

async function planAgain(
  store: TestedStore,
  overrides: Partial<DeviceOutcome>,
  devs: readonly number[],
  steps: readonly string[] = [],
): Promise<void> {
  await store.enlist(devs, T0)
  const items = (await store.work(99)).filter(({ device }) => devs.includes(device.dev))
  const stepsOf = ({ device }: WorkItem): PlannedStep[] =>
    steps.map((id) => step(`${device.record.id}-${id}`))
  await save(
    store,
    items.map((item) => outcome(item, stepsOf(item), overrides)),
  )
}
