import { describe, expect } from 'vitest'
import type { StepState } from '../../../src/domain/journal.ts'
import type { PlannedStep, StepKind } from '../../../src/domain/plan.ts'
import type { Store } from '../../../src/domain/store.ts'
import type { StepHistory } from '../../../src/domain/work-store.ts'
import { keyOf, seen, step, T0, takeFacts } from '../records.ts'
import { claim, devOf, listed, planAgain, planned, type Promised, runStep, settle, waiting } from './world.ts'

export function historyOfStepsPromises(promise: Promised): void {
  describe('the history that a device is planned with', () => {
    promise('is empty before anything was done', async (store) => {
      await planned(store, ['a'], () => [step('planned')])
      expect(await historyOf(store, 'a')).toEqual({ tries: [], approved: [] })
    })

    promise(
      'has failed, expired and unproven tries, newest first, until they are forgotten',
      async (store) => {
        await planned(store, ['a', 'b'])
        const dev = await devOf(store, 'a')
        const error = { code: 'E', message: 'no', permanent: false }
        await runStep(store, 'b', step('of b'), 'failed', { at: T0 + 3 })
        for (const [at, state] of (['failed', 'lost', 'expired', 'proven', 'unproven'] as const).entries()) {
          const more = { at: T0 + at, ...(state === 'failed' ? { error } : {}) }
          const row = { step: step(at === 2 ? 'other' : 'same'), attempt: at + 1 }
          await runStep(store, 'a', row, state, more, { revision: `r${at}` })
        }
        expect((await historyOf(store, 'a')).tries).toEqual([
          { dev, id: 'same', state: 'unproven', revision: 'r4', attempt: 5, settledAt: T0 + 4 },
          { dev, id: 'other', state: 'expired', revision: 'r2', attempt: 3, settledAt: T0 + 2 },
          { dev, id: 'same', state: 'failed', revision: 'r0', attempt: 1, settledAt: T0, error },
        ])
        await planAgain(store, 'a')
        expect(await store.forgetTries([dev, 999])).toBe(1)
        expect(await waiting(store)).toEqual(['b', 'a'])
        expect((await historyOf(store, 'a')).tries).toEqual([])
        expect((await historyOf(store, 'b')).tries.length).toBe(1)
        expect((await store.steps(dev, 99)).length).toBe(5)
      },
    )

    promise('loses its tries everywhere at once, where there are any', async (store) => {
      await planned(store, ['a', 'b', 'c'], (id) => (id === 'c' ? [] : [step(id)]))
      for (const it of await claim(store)) await settle(store, it, 'failed')
      expect(await store.forgetTries('all')).toBe(2)
      expect(await store.forgetTries('all')).toBe(0)
      expect((await historyOf(store, 'a')).tries).toEqual([])
    })

    promise('knows when a step was proven last, and when one last ended unanswered', async (store) => {
      await planned(store, ['a', 'b'])
      const ends: readonly (readonly [StepState, Partial<StepHistory>])[] = [
        ['failed', {}],
        ['lost', {}],
        ['proven', { provenAt: T0 + 2 }],
        ['expired', { provenAt: T0 + 2, unansweredAt: T0 + 3 }],
        ['failed', { provenAt: T0 + 2, unansweredAt: T0 + 3 }],
        ['unproven', { provenAt: T0 + 2, unansweredAt: T0 + 5 }],
        ['proven', { provenAt: T0 + 6, unansweredAt: T0 + 5 }],
      ]
      for (const [at, [state, known]] of ends.entries()) {
        await runStep(store, 'a', step('u', 'uninstall'), state, { at: T0 + at })
        const { tries: _tries, ...rest } = await historyOf(store, 'a')
        expect(rest).toEqual({ ...known, approved: [] })
      }
      await store.forgetTries('all')
      expect(await historyOf(store, 'a')).toEqual({
        tries: [],
        provenAt: T0 + 6,
        unansweredAt: T0 + 5,
        approved: [],
      })
      expect(await historyOf(store, 'b')).toEqual({ tries: [], approved: [] })
    })

    promise('knows the eSIM reset that no install followed, once they are proven', async (store, world) => {
      await planned(store, ['a'])
      const story: readonly (readonly [StepKind, StepState, number | undefined])[] = [
        ['install', 'proven', undefined],
        ['reset', 'failed', undefined],
        ['reset', 'proven', T0 + 2],
        ['install', 'failed', T0 + 2],
        ['uninstall', 'proven', T0 + 2],
        ['reset', 'unproven', T0 + 2],
        ['reset', 'proven', T0 + 6],
        ['install', 'proven', undefined],
        ['reset', 'proven', T0 + 8],
      ]
      for (const [at, [kind, state, erasedAt]] of story.entries()) {
        await runStep(store, 'a', step(`${at}`, kind), state, { at: T0 + at })
        expect([at, (await historyOf(store, 'a')).erasedAt]).toEqual([at, erasedAt])
      }
      expect((await historyOf(await world.reopen(), 'a')).erasedAt).toBe(T0 + 8)
    })

    promise('goes by when steps were proven, not by when they were planned first', async (store) => {
      await planned(store, ['a'])
      await planAgain(store, 'a', [step('i')])
      await planAgain(store, 'a', [step('r', 'reset'), step('i')])
      const [reset] = await claim(store)
      await settle(store, reset!, 'proven', { at: T0 + 1 })
      await planAgain(store, 'a', [step('i')])
      const [install] = await claim(store)
      await settle(store, install!, 'proven', { at: T0 + 2 })
      expect(await historyOf(store, 'a')).toEqual({ tries: [], provenAt: T0 + 2, approved: [] })
    })

    promise('is that of the record, should it go and come back', async (store) => {
      await planned(store, ['a'])
      await runStep(store, 'a', step('r', 'reset'), 'proven', { at: T0 + 1 })
      await store.putRecord(keyOf('a'), undefined)
      await store.observe('mdm', [seen({ id: 'a' })], takeFacts)
      expect(await historyOf(store, 'a')).toMatchObject({ provenAt: T0 + 1, erasedAt: T0 + 1 })
    })

    promise('has nothing of a settlement that is void', async (store) => {
      await planned(store, ['a'], () => [step('r', 'reset')])
      await settle(store, { dev: await devOf(store, 'a'), n: 1 }, 'proven')
      expect(await historyOf(store, 'a')).toEqual({ tries: [], approved: [] })
    })
  })

  describe('what is over', () => {
    promise('is forgotten, and changes nothing of what plans depend on', async (store, world) => {
      await planned(store, ['a', 'b', 'c'])
      const story: readonly (readonly [PlannedStep, StepState])[] = [
        [step('i0'), 'proven'],
        [step('r1', 'reset'), 'proven'],
        [step('u2', 'uninstall'), 'unproven'],
        [step('u3', 'uninstall'), 'proven'],
        [step('u4', 'uninstall'), 'proven'],
        [step('i5'), 'failed'],
        [step('i6'), 'lost'],
      ]
      for (const [at, [each, state]] of story.entries())
        await runStep(store, 'a', each, state, { at: T0 + at })
      await runStep(store, 'b', step('old'), 'expired', { at: T0 })
      await store.forgetTries([await devOf(store, 'b')])
      await runStep(store, 'b', step('new'), 'failed', { at: T0 + 50 })
      await runStep(store, 'c', step('sent'), 'accepted', { pollAt: T0 })
      await planAgain(store, 'b', [step('planned')])
      const before = await histories(store)
      expect(await left(store)).toEqual({ a: 'i0 r1 u2 u3 u4 i5 i6', b: 'old new planned', c: 'sent' })
      expect(await store.prune(T0, 99)).toBe(0)
      expect(await store.prune(T0 + 50, 1)).toBe(1)
      while ((await store.prune(T0 + 50, 1)) > 0);
      expect(await left(store)).toEqual({ a: 'r1 u2 u4 i5', b: 'new planned', c: 'sent' })
      expect(await histories(store)).toEqual(before)
      const reopened = await world.reopen()
      expect(await histories(reopened)).toEqual(before)
      expect(await reopened.prune(T0 + 50, 99)).toBe(0)
    })
  })
}

async function historyOf(store: Store, id: string): Promise<StepHistory> {
  await store.enlist([await devOf(store, id)], T0)
  const item = (await listed(store)).find(({ device }) => device.record.id === id)
  if (item === undefined) throw new Error(`${id} is not on the worklist`)
  return item.history
}

async function histories(store: Store): Promise<readonly StepHistory[]> {
  return (await store.audit(0, 99, T0)).items.map(({ history }) => history)
}

/** The steps of every device, oldest first. */
async function left(store: Store): Promise<Record<string, string>> {
  const all: Record<string, string> = {}
  for (const { dev, record } of await store.scan(0, 99)) {
    const steps = await store.steps(dev, 99)
    all[record.id] = steps
      .toReversed()
      .map((each) => each.step.id)
      .join(' ')
  }
  return all
}
