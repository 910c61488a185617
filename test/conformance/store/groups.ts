import { describe, expect } from 'vitest'
import { inGroups, keyOf, step, T0 } from '../records.ts'
import { claim, devOf, planAgain, planned, type Promised, settle, waiting } from './world.ts'

export function groupPromises(promise: Promised): void {
  describe('groups', () => {
    promise('who left one is counted beside who stays, until that is judged', async (store) => {
      await planned(store, ['a', 'b', 'c'], () => [], inGroups('all', 'sales'))
      expect(await store.departures()).toEqual([])
      for (const id of ['b', 'c']) await planAgain(store, id, [], inGroups('all'))
      expect(await store.departures()).toEqual([{ group: 'sales', members: 1, left: 2 }])
      await planAgain(store, 'b', [], inGroups('all', 'sales'))
      await planAgain(store, 'a', [], inGroups('sales'))
      expect(await store.departures()).toEqual([
        { group: 'all', members: 2, left: 1 },
        { group: 'sales', members: 2, left: 1 },
      ])
      await store.judgeGroup('sales', false)
      expect(await store.departures()).toEqual([{ group: 'all', members: 2, left: 1 }])
      expect(await store.shrunk([1, 2, 3])).toEqual(new Map())
    })

    promise('a group that nobody is left in is judged as well', async (store) => {
      await planned(store, ['a'], () => [], inGroups('sales'))
      await planAgain(store, 'a', [], inGroups())
      expect(await store.departures()).toEqual([{ group: 'sales', members: 0, left: 1 }])
    })

    promise('steps of a device that left are not issued until that is judged', async (store) => {
      await planned(store, ['a', 'b'], () => [], inGroups('sales'))
      await planAgain(store, 'a', [step('u', 'uninstall')], inGroups())
      await planAgain(store, 'b', [step('i')], inGroups('sales'))
      expect((await claim(store)).map(({ step: { id } }) => id)).toEqual(['i'])
      await store.judgeGroup('sales', false)
      expect(await waiting(store)).toEqual([])
      expect((await claim(store)).map(({ step: { id } }) => id)).toEqual(['u'])
    })

    promise('what cannot be issued for that is no reason to look again', async (store) => {
      await planned(store, ['a'], () => [], inGroups('sales'))
      await planAgain(store, 'a', [step('u', 'uninstall')], inGroups())
      expect(await store.nextDue(T0)).toBeUndefined()
    })

    promise(
      'judged shrunk, whoever left is planned again and nothing of it is issued before',
      async (store) => {
        await planned(store, ['a', 'b', 'c'], () => [], inGroups('sales'))
        for (const id of ['a', 'b']) await planAgain(store, id, [step(`u${id}`, 'uninstall')], inGroups())
        await store.judgeGroup('sales', true)
        expect(await waiting(store)).toEqual(['a', 'b'])
        expect(await claim(store)).toEqual([])
        expect(await store.departures()).toEqual([])
      },
    )

    promise(
      'judged shrunk, it stays said of those who left until they are in sync or back',
      async (store) => {
        await planned(store, ['a', 'b'], () => [], inGroups('sales', 'alps'))
        for (const id of ['a', 'b']) await planAgain(store, id, [step(`u${id}`, 'uninstall')], inGroups())
        for (const group of ['sales', 'alps']) await store.judgeGroup(group, true)
        const [a, b] = [await devOf(store, 'a'), await devOf(store, 'b')]
        const names = ['alps', 'sales']
        expect(await store.shrunk([a, b, 999])).toEqual(
          new Map([
            [a, names],
            [b, names],
          ]),
        )
        await store.judgeGroup('sales', false)
        expect((await store.shrunk([a, b])).size).toBe(2)
        await planAgain(store, 'a', [step('ua', 'uninstall')], inGroups('sales'))
        expect(await store.shrunk([a])).toEqual(new Map([[a, ['alps']]]))
        await planAgain(store, 'b', [], { ...inGroups(), status: { verdict: 'in-sync', findings: [] } })
        expect(await store.shrunk([b])).toEqual(new Map())
      },
    )

    promise('who leaves again after a judgement is judged again', async (store) => {
      await planned(store, ['a'], () => [], inGroups('sales'))
      for (const groups of [inGroups(), inGroups('sales'), inGroups()]) {
        await planAgain(store, 'a', [step('u', 'uninstall')], groups)
        if (groups.assignment.groups.length === 0) {
          expect(await store.departures()).toEqual([{ group: 'sales', members: 0, left: 1 }])
          await store.judgeGroup('sales', true)
        }
      }
      expect([...(await store.shrunk([await devOf(store, 'a')])).values()]).toEqual([['sales']])
    })

    promise('a step that is under way when its device leaves a group goes on', async (store) => {
      await planned(store, ['a'], () => [step('i')], inGroups('sales'))
      const [issued] = await claim(store)
      await settle(store, issued!, 'accepted', { pollAt: T0 + 1 })
      await store.judgeGroup('sales', true)
      expect((await store.underWay(T0 + 1, 9)).length).toBe(1)
    })

    promise('a forgotten record is a member less, and nobody who left', async (store) => {
      await planned(store, ['a', 'b', 'c'], () => [], inGroups('sales'))
      await planAgain(store, 'c', [], inGroups())
      await store.putRecord(keyOf('a'), undefined)
      expect(await store.departures()).toEqual([{ group: 'sales', members: 1, left: 1 }])
      await store.putRecord(keyOf('c'), undefined)
      expect(await store.departures()).toEqual([])
    })

    promise('judging a group that nobody knows does nothing', async (store) => {
      await planned(store, ['a'], () => [step('i')])
      await store.judgeGroup('nobody', true)
      expect(await store.departures()).toEqual([])
      expect((await claim(store)).length).toBe(1)
    })
  })
}
