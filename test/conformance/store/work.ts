import { describe, expect } from 'vitest'
import { keyOf, outcome, seen, step, T0, takeFacts } from '../records.ts'
import {
  claim,
  devOf,
  listed,
  planAgain,
  planned,
  planNothing,
  type Promised,
  save,
  settle,
  waiting,
} from './world.ts'

export function workPromises(promise: Promised): void {
  describe('the worklist', () => {
    promise('gives devices in order of entry, the oldest first', async (store) => {
      await store.observe(
        'mdm',
        ['a', 'b', 'c'].map((id) => seen({ id })),
        takeFacts,
      )
      const { items } = await store.work(2, T0)
      expect(items.map(({ device }) => device.record.id)).toEqual(['a', 'b'])
      await store.enlist([await devOf(store, 'a')], T0)
      expect(await waiting(store)).toEqual(['b', 'c', 'a'])
      expect(await store.workSize()).toBe(3)
      await save(
        store,
        items.map((item) => outcome(item)),
      )
      expect(await waiting(store)).toEqual(['c', 'a'])
    })

    promise('gives what entered after another, for who reads ahead of the writing', async (store) => {
      await store.observe(
        'mdm',
        ['a', 'b', 'c'].map((id) => seen({ id })),
        takeFacts,
      )
      const after = async (end?: number): Promise<readonly string[]> =>
        (await store.work(2, T0, end)).items.map(({ device }) => device.record.id)
      const first = (await store.work(1, T0)).end
      const second = (await store.work(1, T0, first)).end
      expect(await after(first)).toEqual(['b', 'c'])
      expect(await after(second)).toEqual(['c'])
      const { end } = await store.work(9, T0, second)
      expect(await store.work(9, T0, end)).toMatchObject({ items: [], end })
      await store.enlist([await devOf(store, 'a')], T0)
      expect(await after(end)).toEqual(['a'])
      expect(await after(second)).toEqual(['c', 'a'])
      expect(await after()).toEqual(['b', 'c'])
      await store.enlist('all', T0)
      const everybody: string[] = []
      for (let at = await store.work(1, T0); at.items.length > 0; at = await store.work(1, T0, at.end))
        everybody.push(...at.items.map(({ device }) => device.record.id))
      expect(everybody.toSorted()).toEqual(['a', 'b', 'c'])
    })

    promise('takes these or all, and says how many', async (store) => {
      await planned(store, ['a', 'b', 'c'])
      expect(await store.enlist([await devOf(store, 'b'), 999], T0)).toBe(1)
      expect(await waiting(store)).toEqual(['b'])
      expect(await store.enlist([], T0)).toBe(0)
      expect(await store.enlist('all', T0)).toBe(3)
      expect(await store.workSize()).toBe(3)
    })

    promise('keeps a device with a step under way out of sight, and counts it', async (store) => {
      await planned(store, ['d-1'], () => [step('one')])
      const [issued] = await claim(store)
      await store.enlist('all', T0)
      expect(await waiting(store)).toEqual([])
      expect(await store.workSize()).toBe(1)
      await settle(store, issued!, 'accepted')
      expect(await waiting(store)).toEqual([])
      await settle(store, issued!, 'proven')
      expect(await waiting(store)).toEqual(['d-1'])
    })

    promise(
      'gives with a batch whoever shares a serial number or EID with one of it, once',
      async (store) => {
        await store.observe(
          'mdm',
          [
            seen({ id: 'a', serialNumber: 's1 ', eid: '8904a' }),
            seen({ id: 'same-serial', serialNumber: 'S1' }),
            seen({ id: 'same-both', serialNumber: 'S1', eid: '8904A' }),
            seen({ id: 'b', serialNumber: '****', eid: '0000' }),
            seen({ id: 'masked', serialNumber: '****', eid: '0000' }),
          ],
          takeFacts,
        )
        await store.observe('other', [seen({ driver: 'other', id: 'c', eid: '8904A' })], takeFacts)
        await planNothing(store)
        expect((await store.work(9, T0)).siblings).toEqual([])
        const ids = async (): Promise<readonly string[]> => {
          const { items, siblings } = await store.work(9, T0)
          expect(new Set(items.map(({ device }) => device.dev)).size).toBe(items.length)
          return siblings.map(({ record }) => record.id).toSorted()
        }
        await store.enlist([await devOf(store, 'a'), await devOf(store, 'b')], T0)
        expect(await ids()).toEqual(['c', 'same-both', 'same-serial'])
        await store.enlist([await devOf(store, 'same-both')], T0)
        expect(await ids()).toEqual(['c', 'same-serial'])
      },
    )
  })

  describe('visits', () => {
    promise(
      'a device is planned when the visit that its plan asked for has come, once',
      async (store, world) => {
        await planned(store, ['a', 'b'], () => [], { visitAt: T0 + 10 })
        await planAgain(store, 'b', [], { visitAt: T0 + 50 })
        const reopened = await world.reopen()
        expect(await reopened.nextDue(T0)).toBe(T0 + 10)
        expect(await reopened.enlist('due', T0 + 9)).toBe(0)
        expect(await reopened.enlist('due', T0 + 10)).toBe(1)
        expect(await reopened.enlist('due', T0 + 10)).toBe(0)
        expect(await waiting(reopened)).toEqual(['a'])
        expect(await reopened.enlist('due', T0 + 99)).toBe(1)
      },
    )

    promise('the newest plan says when: earlier, later or never', async (store) => {
      await planned(store, ['a'], () => [], { visitAt: T0 + 10 })
      for (const visitAt of [T0 + 50, T0 + 5]) {
        await planAgain(store, 'a', [], { visitAt })
        expect(await store.nextDue(T0)).toBe(visitAt)
      }
      await planAgain(store, 'a')
      expect(await store.nextDue(T0)).toBeUndefined()
      expect(await store.enlist('due', T0 + 99)).toBe(0)
    })

    promise('a plan that is not written asks for none', async (store) => {
      await store.observe('mdm', [seen()], takeFacts)
      const [item] = await listed(store)
      await store.observe('mdm', [seen({ name: 'changed' })], takeFacts)
      await save(store, [outcome(item!, [], { visitAt: T0 + 10 })])
      expect(await store.nextDue(T0)).toBeUndefined()
    })

    promise('nobody visits a record that is forgotten', async (store) => {
      await planned(store, ['a'], () => [], { visitAt: T0 + 10 })
      await store.putRecord(keyOf('a'), undefined)
      expect(await store.nextDue(T0)).toBeUndefined()
      expect(await store.enlist('due', T0 + 10)).toBe(0)
    })
  })

  describe('circumstances', () => {
    promise('have everybody planned when they are the first, or others than before', async (store, world) => {
      await planned(store, ['a', 'b'])
      for (const [text, changed] of [
        ['v1', true],
        ['v1', false],
        ['v2', true],
        ['v1', true],
      ] as const) {
        expect(await store.planUnder(text)).toBe(changed)
        expect(await waiting(store)).toEqual(changed ? ['a', 'b'] : [])
        await planNothing(store)
      }
      expect(await (await world.reopen()).planUnder('v1')).toBe(false)
    })
  })
}
