import { describe, expect } from 'vitest'
import type { StepId } from '../../../src/domain/plan.ts'
import type { Store } from '../../../src/domain/store.ts'
import { step, T0 } from '../records.ts'
import {
  approve,
  claim,
  devOf,
  listed,
  planAgain,
  planned,
  planNothing,
  type Promised,
  settle,
  waiting,
} from './world.ts'

export function approvalPromises(promise: Promised): void {
  describe('approvals', () => {
    const stranding = step('r', 'reset', {
      state: 'held',
      heldBy: ['would-strand'],
      holdsFor: { codes: ['would-strand'] },
    })
    const approval = {
      hold: 'h-1',
      codes: ['would-strand' as const],
      by: 'ann',
      reason: 'stands beside it',
      at: T0,
      expiresAt: T0 + 100,
    }

    async function approveOf(store: Store, hold = 'h-1'): ReturnType<Store['approve']> {
      const dev = await devOf(store, 'a')
      const steps = ['r', 'x'].map((id) => ({ dev, id: id as StepId }))
      return store.approve({ ...approval, hold, steps })
    }

    promise('bind their step ids until they expire, and their devices are planned', async (store, world) => {
      await planned(store, ['a', 'b'], (id) => (id === 'a' ? [stranding] : []))
      const given = await approveOf(store)
      expect(given).toEqual({ ...approval, id: given.id, steps: ['r', 'x'] })
      expect(await waiting(store)).toEqual(['a'])
      const reopened = await world.reopen()
      expect(await reopened.approved(T0 + 99)).toEqual(new Set(['r', 'x']))
      expect(await reopened.approved(T0 + 100)).toEqual(new Set())
      expect(await reopened.approvals(9)).toEqual([given])
    })

    promise(
      'have their devices planned when they expire, however often those were planned since',
      async (store) => {
        await planned(store, ['a', 'b'], () => [stranding])
        await approve(store, 'a', ['r'], T0 + 100)
        await approve(store, 'a', ['x'], T0 + 200)
        await planAgain(store, 'a', [], { visitAt: T0 + 50 })
        expect(await store.enlist('due', T0 + 49)).toBe(0)
        for (const [expiry, visitAt] of [
          [T0 + 50, undefined],
          [T0 + 100, T0 + 900],
          [T0 + 200, undefined],
        ] as const) {
          expect(await store.nextDue(T0)).toBe(expiry)
          expect(await store.enlist('due', expiry - 1)).toBe(0)
          expect(await store.enlist('due', expiry)).toBe(1)
          expect(await waiting(store)).toEqual(['a'])
          await planAgain(store, 'a', [], visitAt === undefined ? {} : { visitAt })
        }
        expect(await store.nextDue(T0)).toBeUndefined()
      },
    )

    promise('do not put off an earlier visit', async (store) => {
      await planned(store, ['a'], () => [stranding], { visitAt: T0 + 7 })
      await approve(store, 'a', ['r'], T0 + 100)
      expect(await store.enlist('due', T0 + 7)).toBe(1)
    })

    promise('are part of what a device is planned with, as long as they stand', async (store, world) => {
      await planned(store, ['a', 'b'], () => [stranding])
      await approve(store, 'a', ['r', 'x'], T0 + 100)
      await approve(store, 'a', ['r'], T0 + 200)
      await store.enlist('all', T0)
      const approvedAt = async (now: number): Promise<readonly (readonly [string, readonly string[]])[]> =>
        (await listed(store, now)).map(({ device, history }) => [
          device.record.id,
          history.approved.toSorted(),
        ])
      expect(await approvedAt(T0 + 99)).toEqual([
        ['a', ['r', 'x']],
        ['b', []],
      ])
      expect(await approvedAt(T0 + 100)).toEqual([
        ['a', ['r']],
        ['b', []],
      ])
      expect(await approvedAt(T0 + 200)).toEqual([
        ['a', []],
        ['b', []],
      ])
      const beside = await world.beside()
      expect((await listed(beside, T0 + 99))[0]?.history.approved.toSorted()).toEqual(['r', 'x'])
    })

    promise('let a step go once: proven, it needs another', async (store) => {
      await planned(store, ['a'], () => [step('r', 'reset')])
      await approveOf(store)
      await planAgain(store, 'a', [step('r', 'reset')])
      const [claimed] = await claim(store)
      expect(await store.approved(T0)).toEqual(new Set(['r', 'x']))
      await settle(store, claimed!, 'proven')
      expect(await store.approved(T0)).toEqual(new Set(['x']))
      expect((await listed(store))[0]?.history.approved).toEqual(['x'])
    })

    promise('stand while a step that was tried in vain is tried again', async (store) => {
      await planned(store, ['a'], () => [step('r', 'reset')])
      await approveOf(store)
      await planAgain(store, 'a', [step('r', 'reset')])
      const [claimed] = await claim(store)
      await settle(store, claimed!, 'failed')
      expect((await listed(store))[0]?.history.approved.toSorted()).toEqual(['r', 'x'])
    })

    promise('are of one device: the same id on another is not approved', async (store) => {
      await planned(store, ['a', 'b'], () => [stranding])
      await approveOf(store)
      await planNothing(store)
      await store.enlist('all', T0)
      expect((await listed(store)).map(({ history }) => history.approved.length)).toEqual([2, 0])
    })

    promise('of nothing are refused', async (store) => {
      await expect(store.approve({ ...approval, steps: [] })).rejects.toMatchObject({ code: 'not-found' })
      expect(await store.approvals(9)).toEqual([])
    })

    promise('are listed newest first', async (store) => {
      await planned(store, ['a'])
      for (const hold of ['h-1', 'h-2', 'h-3']) await approveOf(store, hold)
      expect((await store.approvals(2)).map(({ hold }) => hold)).toEqual(['h-3', 'h-2'])
    })
  })
}
