import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RetentionStore } from '../../src/domain/retention-store.ts'
import type { Store } from '../../src/domain/store.ts'
import { DAY, MINUTE } from '../../src/domain/time.ts'
import { NO_LOG } from '../../src/log/winston.ts'
import { forgetOld } from '../../src/reconcile/retention.ts'
import { openStore } from '../../src/store/sqlite/open.ts'
import { step, T0 } from '../conformance/records.ts'
import { claim, planAgain, planned, settle } from '../conformance/store/world.ts'
import { temporaryFolder } from '../store/sqlite-world.ts'

const HISTORY = 90 * DAY

describe('forgetting', () => {
  it('takes what is over for longer than the history is kept, and leaves what is younger', () =>
    withStore(async (store) => {
      const now = T0 + HISTORY
      await note(store, [now - HISTORY - 1, now - HISTORY, now - 1])
      expect(await forgetOld({ store, log: NO_LOG, history: HISTORY }, now)).toBe(now + DAY)
      expect((await store.history({ limit: 9 })).map(({ at }) => at)).toEqual([now - 1, now - HISTORY])
      expect(await forgetOld({ store, log: NO_LOG, history: HISTORY }, now)).toBe(now + DAY)
      expect((await store.history({ limit: 9 })).length).toBe(2)
    }))

  it('works a large backlog off in slices, and asks to go on soon until it is gone', () =>
    withStore(async (store) => {
      const now = T0 + HISTORY + 1
      await note(
        store,
        Array.from({ length: 25_500 }, () => T0 - MINUTE),
      )
      const slices: number[] = []
      const watched: RetentionStore = {
        async prune(before, limit) {
          const rows = await store.prune(before, limit)
          slices.push(rows)
          return rows
        },
      }
      const parts = { store: watched, log: NO_LOG, history: HISTORY }
      let next = now
      let calls = 0
      while (next < now + DAY) {
        next = await forgetOld(parts, next)
        calls += 1
        expect(calls).toBeLessThan(10)
      }
      expect(calls).toBe(3)
      expect(Math.max(...slices)).toBe(1_000)
      expect(slices.reduce((sum, rows) => sum + rows, 0)).toBe(25_500)
      expect(await store.history({ limit: 9 })).toEqual([])
    }))

  it('keeps what still decides something, however old', () =>
    withStore(async (store) => {
      await planned(store, ['d-1', 'd-2'], (id) => [step(`${id}-reset`, 'reset')])
      for (const sent of await claim(store)) {
        const unproven = sent.stored.record.id === 'd-1'
        await settle(store, sent, unproven ? 'unproven' : 'proven')
      }
      await planAgain(store, 'd-2', [step('d-2-install')])
      const now = T0 + 10 * HISTORY
      await forgetOld({ store, log: NO_LOG, history: HISTORY }, now)
      const { items } = await store.work(9, now)
      expect(items.map(({ device, history }) => [device.record.id, history.tries.length])).toEqual([
        ['d-1', 1],
      ])
      expect((await store.counts()).open.ready).toBe(1)
      await store.enlist('all', now)
      const again = (await store.work(9, now)).items
      expect(again.map(({ history }) => [history.tries.length, history.erasedAt])).toEqual([
        [1, undefined],
        [0, T0],
      ])
    }))

  it('is taken up where it was interrupted', () =>
    withStore(async (store) => {
      await note(
        store,
        Array.from({ length: 2_500 }, () => T0),
      )
      const now = T0 + HISTORY + 1
      let calls = 0
      const failing: RetentionStore = {
        async prune(before, limit) {
          calls += 1
          if (calls === 2) throw new Error('the disk is full')
          return await store.prune(before, limit)
        },
      }
      const parts = { store: failing, log: NO_LOG, history: HISTORY }
      await expect(forgetOld(parts, now)).rejects.toThrow('the disk is full')
      expect((await store.history({ limit: 9_999 })).length).toBe(1_500)
      expect(await forgetOld(parts, now)).toBe(now + DAY)
      expect(await store.history({ limit: 9 })).toEqual([])
    }))
})

async function note(store: Store, moments: readonly number[]): Promise<void> {
  await store.record(moments.map((at) => ({ at, kind: 'approve', message: 'approved h-1' })))
}

async function withStore(check: (store: Store) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder()
  await using store = await openStore(join(folder.path, 'simplane.db'))
  await check(store)
}
