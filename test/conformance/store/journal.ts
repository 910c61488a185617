import { describe, expect } from 'vitest'
import type { DeviceRecord } from '../../../src/domain/device.ts'
import type { StepState } from '../../../src/domain/journal.ts'
import type { ClaimedStep } from '../../../src/domain/journal-store.ts'
import { DAY } from '../../../src/domain/time.ts'
import { deviceRecord, keyOf, outcome, seen, step, T0, takeFacts } from '../records.ts'
import { claim, devOf, listed, planAgain, planned, type Promised, save, settle, waiting } from './world.ts'

export function journalPromises(promise: Promised): void {
  describe('claim', () => {
    promise(
      'writes a step as issued before it gives it: command, baseline, deadline',
      async (store, world) => {
        await store.observe('mdm', [seen({ esims: [{ iccid: '1' }, { iccid: '2' }] })], takeFacts)
        const [item] = await listed(store)
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
        const [kept] = await (await world.reopen()).underWay(LATER, 9)
        expect(asIssued(kept!)).toEqual(asIssued(claimed!))
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
        (await listed(store)).map((item) => outcome(item, [step(`r-${item.device.record.id}`, 'reset')])),
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
      await save(store, [outcome((await listed(store))[0]!, [step('early'), step('late')])])
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
        await store.enlist([await devOf(store, 'listed')], T0)
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
      await settle(store, it!, 'accepted', { pollAt: T0 + 30, deadline: T0 + 500 })
      expect(await store.underWay(T0 + 29, 9)).toEqual([])
      const [later] = await store.underWay(T0 + 30, 9)
      expect(later).toMatchObject({
        state: 'accepted',
        deadline: T0 + 500,
        command: it!.command,
      })
    })

    promise('a step of which nothing was heard since it was issued is asked about as well', async (store) => {
      await planned(store, ['a', 'b'], (id) => [step(id)])
      const issued = await claim(store)
      const asked = await store.underWay(LATER, 1)
      const rest = await store.underWay(LATER + DAY, 9)
      expect(asked.length).toBe(1)
      expect(rest.map(({ command }) => command).toSorted()).toEqual(
        issued.map(({ command }) => command).toSorted(),
      )
      await settle(store, rest[0]!, 'accepted', { pollAt: LATER + 2 * DAY })
      await settle(store, rest[1]!, 'issued', { pollAt: LATER + 3 * DAY })
      expect((await store.underWay(LATER + 2 * DAY, 9)).map(({ dev }) => dev)).toEqual([rest[0]!.dev])
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
            (await listed(store)).map((item) =>
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

    promise(
      'a step that is not under way stays as it is, and so does the record: the settlement is void',
      async (store) => {
        await planned(store, ['a', 'b'], (id) => [step(`1${id}`), step(`2${id}`)])
        const dev = await devOf(store, 'a')
        const record = deviceRecord({ id: 'a', name: 'void' })
        for (const state of ['proven', 'failed', 'accepted', 'ready'] as const)
          await settle(store, { dev, n: 1 }, state, { record, deleted: keyOf('b') })
        expect((await store.steps(dev, 9)).map(({ n, state }) => [n, state])).toEqual([
          [2, 'ready'],
          [1, 'ready'],
        ])
        expect((await store.scan(0, 9)).map((each) => each.record.name)).toEqual(['LT-a', 'LT-b'])
        expect(await store.workSize()).toBe(0)
        await settle(store, { dev: 999, n: 1 }, 'proven', { record })
        const [claimed] = await claim(store)
        await settle(store, claimed!, 'ready', { pollAt: T0 })
        await settle(store, claimed!, 'proven', { record })
        expect((await store.steps(dev, 9)).map(({ state }) => state)).toEqual(['ready', 'ready'])
        expect(await store.workSize()).toBe(0)
      },
    )

    promise('one batch is written whole, void ones apart', async (store) => {
      await planned(store, ['a', 'b', 'c'], (id) => (id === 'c' ? [] : [step(id)]))
      const [a, b] = await claim(store)
      const settlements = [a!, { ...b!, n: 7 }, b!].map(({ dev, n, lease }, at) => ({
        dev,
        n,
        ...(lease === undefined ? {} : { lease }),
        state: 'proven' as const,
        at: T0 + at,
      }))
      await store.settle(settlements)
      expect(await waiting(store)).toEqual(['a', 'b'])
      expect((await store.steps(b!.dev, 9)).map(({ settledAt }) => settledAt)).toEqual([T0 + 2])
    })

    promise('what is said of a step again and again counts until it ends', async (store) => {
      const [item] = await planned(store, ['a'], () => [step('s', 'reset')])
      const [it] = await claim(store)
      const named = (name: string): DeviceRecord => ({ ...item!.device.record, name })
      const { dev, n, lease } = it!
      const said = [
        { state: 'accepted', deadline: T0 + 500, record: named('first') },
        { state: 'proven', at: T0 + 2, record: named('second') },
        { state: 'proven', at: T0 + 3, record: named('late') },
      ] as const
      await store.settle(
        said.map((each) => ({ dev, n, at: T0 + 1, ...each, ...(lease === undefined ? {} : { lease }) })),
      )
      expect(await store.steps(dev, 9)).toMatchObject([
        { state: 'proven', deadline: T0 + 500, settledAt: T0 + 2 },
      ])
      const [again] = await listed(store)
      expect(again).toMatchObject({
        device: { version: item!.device.version + 2, record: { name: 'second' } },
        history: { provenAt: T0 + 2, erasedAt: T0 + 2 },
      })
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
        (await listed(store)).map((item) => outcome(item, item.device.record.id === 'live' ? [remove] : [])),
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
      await planned(store, ['a', 'b', 'c'], (id) => {
        if (id === 'a') return [step('a'), step('behind')]
        return id === 'b' ? [{ step: step('b'), attempt: 1, notBefore: T0 + 300 }] : []
      })
      await planAgain(store, 'c', [], { visitAt: T0 + 400 })
      expect(await store.nextDue(T0 + 7)).toBe(T0 + 7)
      const [it] = await claim(store)
      await settle(store, it!, 'accepted', { pollAt: T0 + 200 })
      expect(await store.nextDue(T0)).toBe(T0 + 200)
      await settle(store, it!, 'proven')
      expect(await store.nextDue(T0)).toBe(T0 + 300)
      const [last] = await claim(store, T0 + 300)
      await settle(store, last!, 'failed')
      expect(await store.nextDue(T0)).toBe(T0 + 400)
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

/** Long after whatever was given to somebody to ask about is given to the next one. */
const LATER = T0 + DAY

/** Who asks about it, and when, is another matter. */
function asIssued({
  lease: _lease,
  pollAt: _pollAt,
  sendBefore: _sendBefore,
  ...rest
}: ClaimedStep): Omit<ClaimedStep, 'lease' | 'pollAt' | 'sendBefore'> {
  return rest
}
