import { describe, expect } from 'vitest'
import type { Store } from '../../../src/domain/store.ts'
import type { AuditItem } from '../../../src/domain/work-store.ts'
import { inGroups, keyOf, seen, step, T0, takeFacts } from '../records.ts'
import { approve, claim, devOf, planAgain, planned, planNothing, type Promised, runStep } from './world.ts'

export function auditPromises(promise: Promised): void {
  describe('an audit', () => {
    promise('walks every device once, in order, with what is planned for it', async (store, world) => {
      const held = step('z2', 'reset', {
        state: 'held',
        heldBy: ['foreign-esim'],
        holdsFor: { codes: ['foreign-esim'] },
      })
      await planned(store, ['c', 'a', 'b', 'd'], (id) => {
        if (id === 'a') return [step('z2', 'reset'), step('z1')]
        return id === 'b' ? [step('b1'), step('b2')] : []
      })
      await claim(store)
      await planAgain(store, 'c', [held, step('c2')])
      await store.enlist([await devOf(store, 'd')], T0)
      await store.putRecord(keyOf('d'), undefined)
      await store.observe('mdm', [seen({ id: 'e' })], takeFacts)
      const items = await walked(await world.beside())
      expect(
        items.map(({ device, underWay, waiting, steps }) => [
          device.record.id,
          underWay,
          waiting,
          steps.map((each) => [each.step.id, each.state]),
        ]),
      ).toEqual([
        [
          'c',
          false,
          false,
          [
            ['z2', 'held'],
            ['c2', 'ready'],
          ],
        ],
        ['a', true, false, [['z1', 'ready']]],
        ['b', true, false, [['b2', 'ready']]],
        ['e', false, true, []],
      ])
      const [first] = items
      expect(first?.steps).toEqual((await store.steps(first!.device.dev, 9)).toSorted((x, y) => x.n - y.n))
      expect(first?.device).toEqual((await store.get([keyOf('c')]))[0])
    })

    promise('gives steps in the order of the plan, not of their numbers', async (store) => {
      await planned(store, ['a'], () => [step('late')])
      await planAgain(store, 'a', [step('early'), step('late')])
      expect((await walked(store))[0]?.steps.map((each) => each.step.id)).toEqual(['early', 'late'])
    })

    promise(
      'gives with each device what the worklist would give, and whoever is its sibling',
      async (store) => {
        await store.observe(
          'mdm',
          [seen({ id: 'a', serialNumber: 'S1' }), seen({ id: 'b', serialNumber: 's1' })],
          takeFacts,
        )
        await planNothing(store)
        await runStep(store, 'a', step('r', 'reset'), 'proven')
        await planNothing(store)
        await runStep(store, 'a', step('i'), 'failed')
        await planAgain(store, 'a', [], inGroups('sales'))
        await planAgain(store, 'a', [], inGroups())
        await store.judgeGroup('sales', true)
        await approve(store, 'a', ['x'])
        await store.enlist('all', T0)
        const page = await store.audit(0, 1, T0)
        const [listed] = (await store.work(1, T0)).items
        expect(listed?.device.record.id).toBe('a')
        const { seq: _seq, ...planable } = listed!
        expect(page.items).toEqual([{ ...planable, underWay: false, waiting: true, steps: [] }])
        expect(planable.history).toMatchObject({ provenAt: T0, erasedAt: T0, approved: ['x'] })
        expect(planable.history.tries.length).toBe(1)
        expect(planable.shrunk).toEqual(['sales'])
        expect(page.siblings.map(({ record }) => record.id)).toEqual(['b'])
        expect((await store.audit(0, 2, T0)).siblings).toEqual([])
        expect((await store.audit(0, 1, T0 + 100)).items[0]?.history.approved).toEqual([])
      },
    )

    promise('ends with a page without devices', async (store) => {
      expect(await store.audit(0, 9, T0)).toEqual({ items: [], siblings: [] })
    })
  })
}

async function walked(store: Store): Promise<readonly AuditItem[]> {
  const all: AuditItem[] = []
  for (;;) {
    const { items } = await store.audit(all.at(-1)?.device.dev ?? 0, 2, T0)
    if (items.length === 0) return all
    all.push(...items)
  }
}
