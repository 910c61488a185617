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

export function comingPromises(promise: Promised): void {
  describe('putRecord', () => {
    promise('replaces a record, which enters the worklist; the same again changes nothing', async (store) => {
      const [item] = await planned(store, ['d-1'])
      const record = { ...item!.device.record, provisionedBefore: true }
      await store.putRecord(record.key, record)
      expect(await waiting(store)).toEqual(['d-1'])
      await store.putRecord(record.key, record)
      expect((await store.get([record.key]))[0]).toMatchObject({
        version: 2,
        record: { provisionedBefore: true },
      })
    })

    promise(
      'forgets a deleted record: nothing waits for it, nothing of it is sent, its siblings are planned',
      async (store) => {
        await store.observe(
          'mdm',
          [seen({ id: 'twin', serialNumber: 'S1' }), seen({ id: 'live', serialNumber: 'S1' })],
          takeFacts,
        )
        await save(
          store,
          (await listed(store)).map((item) =>
            outcome(item, [step(`s-${item.device.record.id}`)], { visitAt: T0 + 1 }),
          ),
        )
        await store.enlist([await devOf(store, 'twin')], T0)
        await store.putRecord(keyOf('twin'), undefined)
        expect(await store.get([keyOf('twin')])).toEqual([])
        expect(await store.find('twin', 9)).toEqual([])
        expect(await waiting(store)).toEqual(['live'])
        expect(await store.enlist('due', T0 + 1)).toBe(1)
        expect(await waiting(store)).toEqual(['live'])
        expect((await claim(store)).map(({ step: { id } }) => id)).toEqual([])
        await store.putRecord(keyOf('never'), undefined)
      },
    )

    promise(
      'keeps the number, and the journal of what was done, should the record come back',
      async (store) => {
        const [item] = await planned(store, ['d-1'], () => [step('one'), step('two')])
        const [issued] = await claim(store)
        await settle(store, issued!, 'proven', { deleted: keyOf('d-1') })
        const history = await store.steps(item!.device.dev, 9)
        expect(history.map(({ state, device }) => [state, device])).toEqual([['proven', 'mdm/d-1']])
        const [again] = await planned(store, ['d-1'], () => [step('three')])
        expect(again!.device.dev).toBe(item!.device.dev)
        expect((await store.steps(item!.device.dev, 9)).map(({ n }) => n)).toEqual([3, 1])
      },
    )
  })

  describe('inventories', () => {
    promise('a complete one says who is gone, once; whoever is seen again is gone no more', async (store) => {
      const first = await store.beginListing('mdm', T0)
      await store.observe('mdm', [seen(), seen({ id: 'd-2' })], takeFacts, first)
      expect(await store.endListing('mdm', first, true, T0 + 1)).toEqual({ gone: 0 })
      await planNothing(store)
      for (const at of [T0 + 10, T0 + 20]) {
        const next = await store.beginListing('mdm', at)
        await store.observe('mdm', [seen()], takeFacts, next)
        expect(await store.endListing('mdm', next, true, at)).toEqual({ gone: at === T0 + 10 ? 1 : 0 })
      }
      expect((await store.get([keyOf('d-1'), keyOf('d-2')])).map(({ goneSince }) => goneSince)).toEqual([
        undefined,
        T0 + 10,
      ])
      expect(await waiting(store)).toEqual(['d-2'])
      await planNothing(store)
      await store.observe('mdm', [seen({ id: 'd-2' })], takeFacts, await store.beginListing('mdm', T0 + 30))
      expect((await store.get([keyOf('d-2')]))[0]).not.toHaveProperty('goneSince')
      expect(await waiting(store)).toEqual(['d-2'])
    })

    promise('an incomplete one makes nobody gone, and says nothing of other drivers', async (store) => {
      await store.observe('other', [seen({ driver: 'other' })], takeFacts)
      await store.observe('mdm', [seen()], takeFacts)
      expect(await store.endListing('mdm', await store.beginListing('mdm', T0), false, T0)).toEqual({
        gone: 0,
      })
      expect(await store.endListing('mdm', await store.beginListing('mdm', T0), true, T0)).toEqual({
        gone: 1,
      })
      expect((await store.get([keyOf('d-1', 'other')]))[0]).not.toHaveProperty('goneSince')
    })

    promise('a look at one device during an inventory counts as seen', async (store) => {
      await store.observe('mdm', [seen()], takeFacts)
      const listing = await store.beginListing('mdm', T0)
      await store.observe('mdm', [seen()], takeFacts)
      expect(await store.endListing('mdm', listing, true, T0)).toEqual({ gone: 0 })
    })

    promise(
      'one that is complete at last, or no longer, has whoever it holds up planned again',
      async (store) => {
        const cut = {
          status: {
            findings: [{ code: 'inventory-incomplete' as const, severity: 'info' as const, message: 'cut' }],
          },
        }
        await store.observe('other', [seen({ driver: 'other' })], takeFacts)
        await planned(store, ['steps', 'cut', 'quiet'], (id) => [step(id)].filter(() => id === 'steps'))
        await planAgain(store, 'cut', [], cut)
        for (const [complete, planning] of [
          [false, []],
          [true, ['cut', 'steps']],
          [true, []],
          [false, ['cut', 'steps']],
          [false, []],
        ] as const) {
          const listing = await store.beginListing('mdm', T0)
          const page = ['steps', 'cut', 'quiet'].map((id) => seen({ id }))
          await store.observe('mdm', page, takeFacts, listing)
          await store.endListing('mdm', listing, complete, T0)
          expect([complete, ...(await waiting(store)).toSorted()]).toEqual([complete, ...planning])
          for (const id of planning)
            await planAgain(store, id, id === 'steps' ? [step(id)] : [], id === 'cut' ? cut : {})
        }
      },
    )

    promise('the newest, the newest ended and the newest complete one are remembered', async (store) => {
      const complete = await store.beginListing('mdm', T0)
      await store.endListing('mdm', complete, true, T0 + 1)
      const ends: number[] = []
      for (const at of [T0 + 2, T0 + 3]) {
        ends.push(await store.beginListing('mdm', at))
        await store.endListing('mdm', ends.at(-1)!, false, at)
      }
      const open = await store.beginListing('mdm', T0 + 9)
      expect(await store.inventories()).toEqual([
        { driver: 'mdm', listing: complete, startedAt: T0, endedAt: T0 + 1, complete: true },
        { driver: 'mdm', listing: ends[1], startedAt: T0 + 3, endedAt: T0 + 3, complete: false },
        { driver: 'mdm', listing: open, startedAt: T0 + 9, complete: false },
      ])
    })

    promise('ending what never began is refused and makes nobody gone', async (store) => {
      await store.observe('mdm', [seen()], takeFacts)
      await expect(store.endListing('mdm', 77, true, T0)).rejects.toMatchObject({ code: 'internal' })
      expect((await store.scan(0, 9))[0]).not.toHaveProperty('goneSince')
    })
  })
}
