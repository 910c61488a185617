import { describe, expect } from 'vitest'
import { DEFAULT_POLICY, type DesiredState } from '../../../src/domain/desired.ts'
import { NO_COUNTS } from '../../../src/domain/run-store.ts'
import type { Store } from '../../../src/domain/store.ts'
import { step, T0 } from '../records.ts'
import { approve, claim, planAgain, planned, type Promised, runStep, settle } from './world.ts'

const DESIRED: DesiredState = { configurations: [], groups: [], retirements: [], policy: DEFAULT_POLICY }

export function retentionPromises(promise: Promised): void {
  describe('retention', () => {
    promise('runs and events go, the oldest first, a limit of each at a time', async (store) => {
      for (let at = 0; at < 5; at += 1) {
        const run = await store.beginRun('schedule', undefined, T0 + at)
        await store.endRun(run, NO_COUNTS, undefined, T0 + at)
        await store.record([{ at: T0 + at, kind: 'run', message: `${at}` }])
      }
      const kept = async (): Promise<readonly [readonly number[], readonly string[]]> => [
        (await store.runs(9)).map(({ startedAt }) => startedAt - T0),
        (await store.history({ limit: 9 })).map(({ message }) => message),
      ]
      expect(await store.prune(T0 + 3, 2)).toBe(4)
      expect(await kept()).toEqual([
        [4, 3, 2],
        ['4', '3', '2'],
      ])
      expect(await store.prune(T0 + 3, 2)).toBe(2)
      expect(await store.prune(T0 + 3, 2)).toBe(0)
      expect(await kept()).toEqual([
        [4, 3],
        ['4', '3'],
      ])
    })

    promise('a run is over when it has ended', async (store) => {
      const run = await store.beginRun('start', undefined, T0)
      await store.endRun(run, NO_COUNTS, undefined, T0 + 10)
      expect(await store.prune(T0 + 10, 9)).toBe(0)
      expect(await store.prune(T0 + 11, 9)).toBe(1)
    })

    promise('the revision in force and the last one seen stay, however old', async (store, world) => {
      await apply(store, 'r1', T0)
      await refuse(store, 'r2', T0 + 1)
      await apply(store, 'r3', T0 + 2)
      await refuse(store, 'r4', T0 + 3)
      await refuse(store, 'r5', T0 + 4)
      const [inForce, latest] = [await store.inForce(), await store.latest()]
      expect(await store.prune(T0 + 2, 9)).toBe(1)
      expect(await store.prune(T0 + 99, 9)).toBe(2)
      expect(await store.prune(T0 + 99, 9)).toBe(0)
      const reopened = await world.reopen()
      expect(await reopened.inForce()).toEqual(inForce)
      expect(await reopened.latest()).toEqual(latest)
      await apply(reopened, 'r6', T0 + 100)
      expect((await reopened.inForce())?.seq).toBe(6)
    })

    promise('a revision is over when the next good one came, not when it came itself', async (store) => {
      await apply(store, 'r1', T0)
      await apply(store, 'r2', T0 + 50)
      await apply(store, 'r3', T0 + 60)
      expect(await store.prune(T0 + 50, 9)).toBe(0)
      expect(await store.prune(T0 + 51, 9)).toBe(1)
    })

    promise('approvals go when they have expired, or when all their steps are proven', async (store) => {
      await planned(store, ['a', 'b', 'c'])
      await approve(store, 'a', ['a'], T0 + 10)
      await approve(store, 'b', ['b'], T0 + 900)
      await approve(store, 'c', ['c', 'more'], T0 + 900)
      for (const id of ['b', 'c']) await runStep(store, id, step(id, 'reset'), 'proven', { at: T0 + 20 })
      const kept = async (before: number): Promise<readonly (readonly string[])[]> => {
        while ((await store.prune(before, 1)) > 0);
        return (await store.approvals(9)).map(({ steps }) => steps)
      }
      expect(await kept(T0 + 10)).toEqual([['c', 'more'], ['b'], ['a']])
      expect(await kept(T0 + 11)).toEqual([['c', 'more'], ['b']])
      expect(await store.approved(T0 + 11)).toEqual(new Set(['more']))
      expect(await kept(T0 + 500)).toEqual([['c', 'more']])
      expect(await kept(T0 + 901)).toEqual([])
    })

    promise('what is planned, under way or recent stays', async (store) => {
      await planned(store, ['c'])
      await runStep(store, 'c', step('c'), 'lost', { at: T0 + 50 })
      await planAgain(store, 'c')
      await planned(store, ['a', 'b'], (id) => [step(id)])
      const [issued] = await claim(store, T0, 1)
      await settle(store, issued!, 'accepted', { pollAt: T0 + 1 })
      expect(await store.prune(T0 + 50, 9)).toBe(0)
      expect(await store.prune(T0 + 51, 9)).toBe(1)
      expect(await store.unsettled()).toEqual({ ready: 1, held: 0, underWay: 1 })
    })
  })
}

async function apply(store: Store, id: string, at: number): Promise<void> {
  const entry = { revision: { id }, at, findings: [], emptySource: false, rewritten: false }
  await store.apply({ ...entry, desired: DESIRED, reach: 'all' })
}

async function refuse(store: Store, id: string, at: number): Promise<void> {
  await store.refuse({ revision: { id }, at, findings: [], rewritten: false })
}
