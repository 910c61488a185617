import { describe, expect } from 'vitest'
import type { StepId } from '../../../src/domain/plan.ts'
import { outcome, step, T0 } from '../records.ts'
import { claim, planned, type Promised, save, settle, type TestedStore } from './world.ts'

export function budgetPromises(promise: Promised): void {
  describe('budgets', () => {
    const held = step('held', 'reset', {
      state: 'held',
      heldBy: ['would-strand'],
      holdsFor: { codes: ['would-strand'], configuration: 'acme' },
    })

    promise('candidates are the steps that nothing but a budget holds, by device key', async (store) => {
      await planned(store, ['b', 'a', 'held', 'behind'], (id) => {
        if (id === 'held') return [held]
        if (id === 'behind') return [held, step('behind', 'uninstall')]
        return [step(`u-${id}`, 'uninstall'), step(`r-${id}`, 'reset')]
      })
      const resets = await store.candidates('reset')
      expect(resets.map(({ device, n, over, approved }) => [device, n, over, approved])).toEqual([
        ['mdm/a', 2, false, false],
        ['mdm/b', 2, false, false],
      ])
      expect((await store.candidates('uninstall')).map(({ device }) => device)).toEqual(['mdm/a', 'mdm/b'])
      expect(await store.candidates('retire')).toEqual([])
    })

    promise(
      'a step over budget is held, with every later one of its device, until there is room',
      async (store) => {
        const [item] = await planned(store, ['a'], () => [
          step('u', 'uninstall', { configuration: 'old' }),
          step('r', 'reset'),
          step('i', 'install', { configuration: 'acme' }),
        ])
        const { dev } = item!.device
        await store.allot([{ dev, n: 2, over: true }])
        expect(await holdings(store, dev)).toEqual([
          ['u', 'ready', [], undefined],
          ['r', 'held', ['budget-exceeded'], { codes: ['budget-exceeded'], configuration: 'acme' }],
          ['i', 'held', ['budget-exceeded'], undefined],
        ])
        expect((await store.candidates('reset')).map(({ over }) => over)).toEqual([true])
        await store.allot([{ dev, n: 1, over: true }])
        expect(await store.candidates('reset')).toEqual([])
        await store.allot([{ dev, n: 1, over: false }])
        expect((await store.candidates('reset')).map(({ over }) => over)).toEqual([true])
        await store.allot([
          { dev, n: 2, over: false },
          { dev: 999, n: 1, over: true },
        ])
        expect((await holdings(store, dev)).map(([, state]) => state)).toEqual(['ready', 'ready', 'ready'])
      },
    )

    promise('a budget and a reason of its own hold a step side by side', async (store) => {
      const [item] = await planned(store, ['a'], () => [
        step('u', 'uninstall', { configuration: 'old' }),
        held,
      ])
      const { dev } = item!.device
      await store.allot([{ dev, n: 1, over: true }])
      expect((await holdings(store, dev))[1]).toEqual([
        'held',
        'held',
        ['budget-exceeded', 'would-strand'],
        { codes: ['would-strand'], configuration: 'acme' },
      ])
      await store.allot([{ dev, n: 1, over: false }])
      expect((await holdings(store, dev))[1]?.[2]).toEqual(['would-strand'])
    })

    promise('what is over budget stays so when the same step is planned again', async (store) => {
      const [item] = await planned(store, ['a'], () => [step('r', 'reset')])
      await store.allot([{ dev: item!.device.dev, n: 1, over: true }])
      await store.enlist('all', T0)
      await save(store, [outcome((await store.work(1))[0]!, [step('r', 'reset'), step('i')])])
      expect((await holdings(store, item!.device.dev)).map(([, state]) => state)).toEqual(['held', 'held'])
      expect(await claim(store)).toEqual([])
    })

    promise(
      'a device counts as held while its first step is over budget, and as working again',
      async (store) => {
        const working = { status: { verdict: 'working', findings: [] } } as const
        const [item] = await planned(store, ['a'], () => [step('r', 'reset')])
        const { dev } = item!.device
        await store.enlist('all', T0)
        await save(store, [outcome((await store.work(1))[0]!, [step('r', 'reset')], working)])
        await store.allot([{ dev, n: 1, over: true }])
        expect((await store.counts()).byVerdict).toMatchObject({ working: 0, held: 1 })
        await store.enlist('all', T0)
        await save(store, [outcome((await store.work(1))[0]!, [step('r', 'reset')], working)])
        expect((await store.counts()).byVerdict).toMatchObject({ working: 0, held: 1 })
        await store.allot([{ dev, n: 1, over: false }])
        expect((await store.counts()).byVerdict).toMatchObject({ working: 1, held: 0 })
      },
    )

    promise('a candidate is approved while an approval of its step stands', async (store) => {
      await planned(store, ['a'], () => [step('r', 'reset')])
      await store.approve({
        hold: 'h',
        codes: ['budget-exceeded'],
        by: 'ann',
        at: T0,
        expiresAt: T0 + 10,
        steps: ['r' as StepId],
      })
      expect((await store.candidates('reset', T0 + 9)).map(({ approved }) => approved)).toEqual([true])
      expect((await store.candidates('reset', T0 + 10)).map(({ approved }) => approved)).toEqual([false])
    })

    promise(
      'used counts what was issued since, whatever became of it, and not what was never taken',
      async (store) => {
        await planned(store, ['a', 'b', 'c'], (id) => [step(`r-${id}`, 'reset')])
        expect(await store.used('reset', 0)).toBe(0)
        const claimed = await claim(store, T0)
        await settle(store, claimed[0]!, 'failed')
        await settle(store, claimed[1]!, 'ready', { pollAt: T0 + 60 })
        expect(await store.used('reset', T0)).toBe(2)
        expect(await store.used('reset', T0 + 1)).toBe(0)
        expect(await store.used('uninstall', 0)).toBe(0)
      },
    )
  })
}

async function holdings(store: TestedStore, dev: number): Promise<readonly (readonly unknown[])[]> {
  const rows = [...(await store.steps(dev, 9))].reverse()
  return rows.map(({ step: { id, state, heldBy, holdsFor } }) => [id, state, heldBy, holdsFor])
}
