import { describe, expect } from 'vitest'
import type { StepState } from '../../../src/domain/journal.ts'
import type { StepId } from '../../../src/domain/plan.ts'
import { deviceRecord, keyOf, outcome, seen, step, T0, takeFacts } from '../records.ts'
import { claim, planned, type Promised, save, settle, waiting } from './world.ts'

export function journalPromises(promise: Promised): void {
  describe('claim', () => {
    promise(
      'writes a step as issued before it gives it: command, baseline, deadline',
      async (store, world) => {
        await store.observe('mdm', [seen({ esims: [{ iccid: '1' }, { iccid: '2' }] })], takeFacts)
        const [item] = await store.work(9)
        await save(store, [outcome(item!, [{ step: step('r', 'reset'), attempt: 3 }])])
        const [claimed] = await store.claim(9, ['mdm'], 7, T0 + 1, T0 + 99)
        expect(claimed).toMatchObject({
          state: 'issued',
          attempt: 3,
          run: 7,
          issuedAt: T0 + 1,
          deadline: T0 + 99,
          baseline: ['1', '2'],
          device: 'mdm/d-1',
          step: { id: 'r', state: 'ready' },
          stored: { record: { key: 'mdm/d-1' } },
        })
        expect(claimed?.command).toMatch(/^[0-9a-z]+\.1\.1\.3$/)
        const [kept] = await (await world.reopen()).underWay(T0 + 1, 9)
        expect(kept).toEqual(claimed)
      },
    )

    promise('an unknown eSIM list is no baseline, an empty one is', async (store) => {
      await store.observe(
        'mdm',
        [seen({ id: 'known' }), seen({ id: 'unknown', esims: 'unknown' })],
        takeFacts,
      )
      await save(
        store,
        (await store.work(9)).map((item) => outcome(item, [step(`r-${item.device.record.id}`, 'reset')])),
      )
      const baselines = (await claim(store)).map(({ stored, baseline }) => [stored.record.id, baseline])
      expect(baselines).toEqual([
        ['known', []],
        ['unknown', undefined],
      ])
    })

    promise('gives one step a device, the first, and nothing twice', async (store) => {
      await planned(store, ['a', 'b'], (id) => [step(`${id}1`), step(`${id}2`)])
      expect((await claim(store)).map(({ step: { id } }) => id)).toEqual(['a1', 'b1'])
      expect(await claim(store)).toEqual([])
    })

    promise('gives steps in the order of the plan, not of their numbers', async (store) => {
      await planned(store, ['a'], () => [step('late')])
      await store.enlist('all', T0)
      await save(store, [outcome((await store.work(9))[0]!, [step('early'), step('late')])])
      expect((await claim(store)).map(({ step: { id } }) => id)).toEqual(['early'])
    })

    promise(
      'leaves alone what is held, behind a held one, not due, of another driver, or to be planned',
      async (store) => {
        const held = step('h', 'reset', {
          state: 'held',
          heldBy: ['would-strand'],
          holdsFor: { codes: ['would-strand'] },
        })
        await planned(store, ['held', 'later', 'listed', 'free'], (id) => {
          if (id === 'held')
            return [held, step('behind', 'install', { state: 'held', heldBy: ['would-strand'] })]
          return [{ step: step(id), attempt: 1, ...(id === 'later' ? { notBefore: T0 + 10 } : {}) }]
        })
        const [listed] = await store.get([keyOf('listed')])
        await store.enlist([listed!.dev], T0)
        expect(await store.claim(9, ['other'], 1, T0, T0)).toEqual([])
        expect(await store.claim(9, [], 1, T0, T0)).toEqual([])
        expect((await claim(store)).map(({ step: { id } }) => id)).toEqual(['free'])
        expect((await claim(store, T0 + 10)).map(({ step: { id } }) => id)).toEqual(['later'])
      },
    )

    promise('takes at most what was asked for', async (store) => {
      await planned(store, ['a', 'b', 'c'], (id) => [step(id)])
      expect((await claim(store, T0, 2)).length).toBe(2)
      expect((await claim(store, T0, 2)).length).toBe(1)
    })
  })

  describe('settle', () => {
    promise('an accepted step is asked about when its time has come', async (store) => {
      await planned(store, ['a'], () => [step('a')])
      const [it] = await claim(store)
      expect((await store.underWay(T0, 9)).map(({ n }) => n)).toEqual([1])
      await settle(store, it!, 'accepted', { pollAt: T0 + 30, deadline: T0 + 500 })
      expect(await store.underWay(T0 + 29, 9)).toEqual([])
      const [later] = await store.underWay(T0 + 30, 9)
      expect(later).toMatchObject({
        state: 'accepted',
        pollAt: T0 + 30,
        deadline: T0 + 500,
        command: it!.command,
      })
    })

    for (const state of ['proven', 'failed', 'expired', 'lost', 'unproven'] satisfies StepState[]) {
      promise(
        `${state}: the device and its siblings are planned, and a late answer changes nothing`,
        async (store) => {
          await store.observe(
            'mdm',
            [seen({ serialNumber: 'S1' }), seen({ id: 'd-2', serialNumber: 's1' }), seen({ id: 'd-3' })],
            takeFacts,
          )
          await save(
            store,
            (await store.work(9)).map((item) =>
              outcome(item, item.device.record.id === 'd-1' ? [step('a')] : []),
            ),
          )
          const [it] = await claim(store)
          const error = { code: 'E1', message: 'no room', permanent: true }
          await settle(store, it!, state, { at: T0 + 5, proof: 'observed', error })
          expect(await waiting(store)).toEqual(['d-1', 'd-2'])
          expect((await store.steps(it!.dev, 9))[0]).toMatchObject({
            state,
            settledAt: T0 + 5,
            proof: 'observed',
            error,
          })
          await settle(store, it!, 'accepted', { at: T0 + 9, record: deviceRecord({ name: 'late' }) })
          expect((await store.steps(it!.dev, 9))[0]).toMatchObject({ state, settledAt: T0 + 5 })
          expect((await store.get([keyOf('d-1')]))[0]?.record.name).toBe('LT-d-1')
          expect(await store.underWay(T0 + 999, 9)).toEqual([])
        },
      )
    }

    promise('a step that was not taken goes back, to be issued again under the same id', async (store) => {
      await planned(store, ['a'], () => [step('a')])
      const [first] = await claim(store)
      await settle(store, first!, 'ready', { pollAt: T0 + 60 })
      expect(await store.workSize()).toBe(0)
      const [row] = await store.steps(first!.dev, 9)
      expect(row).toMatchObject({ state: 'ready', attempt: 1, notBefore: T0 + 60 })
      expect(row).not.toHaveProperty('issuedAt')
      expect(row).not.toHaveProperty('command')
      expect(await claim(store, T0 + 59)).toEqual([])
      expect((await claim(store, T0 + 60)).map(({ command }) => command)).toEqual([first!.command])
    })

    promise('a step whose effect is there already is proven without being issued', async (store) => {
      const [item] = await planned(store, ['a'], () => [step('a')])
      await settle(store, { dev: item!.device.dev, n: 1 }, 'proven', { proof: 'already' })
      const [row] = await store.steps(item!.device.dev, 9)
      expect(row).toMatchObject({ state: 'proven', proof: 'already' })
      expect(row).not.toHaveProperty('issuedAt')
    })

    promise('the record is replaced in the same transaction', async (store) => {
      const [item] = await planned(store, ['d-1'], () => [step('a')])
      const [it] = await claim(store)
      await settle(store, it!, 'proven', { record: { ...item!.device.record, provisionedBefore: true } })
      expect((await store.get([keyOf('d-1')]))[0]).toMatchObject({
        version: 2,
        record: { provisionedBefore: true },
      })
    })

    promise('a record deleted by its step is gone, and the live one is planned', async (store) => {
      await store.observe(
        'mdm',
        [seen({ id: 'live', serialNumber: 'S1' }), seen({ id: 'twin', serialNumber: 'S1' })],
        takeFacts,
      )
      const remove = step('x', 'delete-record', { action: 'clear-stale-record', record: keyOf('twin') })
      await save(
        store,
        (await store.work(9)).map((item) => outcome(item, item.device.record.id === 'live' ? [remove] : [])),
      )
      const [it] = await claim(store)
      await settle(store, it!, 'proven', { deleted: keyOf('twin') })
      expect((await store.scan(0, 9)).map(({ record }) => record.id)).toEqual(['live'])
      expect(await waiting(store)).toEqual(['live'])
    })
  })

  describe('nextDue', () => {
    promise('is the earliest poll, issue or visit, and nothing when there is none', async (store) => {
      expect(await store.nextDue(T0)).toBeUndefined()
      const items = await planned(store, ['a', 'b', 'c'], (id) => {
        if (id === 'a') return [step('a'), step('behind')]
        return id === 'b' ? [{ step: step('b'), attempt: 1, notBefore: T0 + 300 }] : []
      })
      await store.visitAt([{ dev: items[2]!.device.dev, at: T0 + 400 }])
      expect(await store.nextDue(T0 + 7)).toBe(T0 + 7)
      const [it] = await claim(store)
      expect(await store.nextDue(T0 + 7)).toBe(T0 + 7)
      await settle(store, it!, 'accepted', { pollAt: T0 + 200 })
      expect(await store.nextDue(T0)).toBe(T0 + 200)
      await settle(store, it!, 'proven')
      expect(await store.nextDue(T0)).toBe(T0 + 300)
      const [last] = await claim(store, T0 + 300)
      await settle(store, last!, 'failed')
      expect(await store.nextDue(T0)).toBe(T0 + 400)
    })
  })

  describe('tries', () => {
    promise('failed, expired and unproven ones are given newest first, until forgotten', async (store) => {
      const [item] = await planned(store, ['a'])
      const { dev } = item!.device
      const error = { code: 'E', message: 'no', permanent: false }
      for (const [at, state] of (['failed', 'lost', 'expired', 'proven', 'unproven'] as const).entries()) {
        await store.enlist('all', T0)
        await save(
          store,
          [outcome((await store.work(9))[0]!, [{ step: step('same'), attempt: at + 1 }])],
          T0,
          `r${at}`,
        )
        const [it] = await claim(store)
        await settle(store, it!, state, { at: T0 + at, ...(state === 'failed' ? { error } : {}) })
      }
      const same = { dev, id: 'same' as StepId }
      const tries = await store.tries([same, { dev, id: 'other' as StepId }, { dev: 999, id: same.id }])
      expect(tries).toEqual([
        { dev, id: 'same', state: 'unproven', revision: 'r4', attempt: 5, settledAt: T0 + 4 },
        { dev, id: 'same', state: 'expired', revision: 'r2', attempt: 3, settledAt: T0 + 2 },
        { dev, id: 'same', state: 'failed', revision: 'r0', attempt: 1, settledAt: T0, error },
      ])
      await save(store, [outcome((await store.work(9))[0]!)])
      expect(await store.forgetTries([dev, 999])).toBe(1)
      expect(await store.tries([same])).toEqual([])
      expect(await waiting(store)).toEqual(['a'])
      expect(await store.forgetTries('all')).toBe(0)
      expect((await store.steps(dev, 99)).length).toBe(5)
    })

    promise('can be forgotten everywhere at once', async (store) => {
      await planned(store, ['a', 'b', 'c'], (id) => (id === 'c' ? [] : [step(id)]))
      for (const it of await claim(store)) await settle(store, it, 'failed')
      expect(await store.forgetTries('all')).toBe(2)
    })
  })

  describe('steps', () => {
    promise('of a device are given newest first, at most as many as asked for', async (store) => {
      const [item] = await planned(store, ['a'], () => [step('1'), step('2'), step('3')])
      expect((await store.steps(item!.device.dev, 2)).map(({ n }) => n)).toEqual([3, 2])
      expect(await store.steps(999, 2)).toEqual([])
    })
  })
}
