import { describe, expect } from 'vitest'
import { step, T0 } from '../records.ts'
import {
  approve,
  claim,
  devOf,
  holdings,
  planAgain,
  planned,
  type Promised,
  runStep,
  settle,
} from './world.ts'

export function budgetPromises(promise: Promised): void {
  describe('budgets', () => {
    const resets = { limited: ['reset' as const] }
    const both = { limited: ['uninstall' as const, 'reset' as const] }
    const stranding = step('held', 'reset', {
      state: 'held',
      heldBy: ['would-strand'],
      holdsFor: { codes: ['would-strand'], configuration: 'acme' },
    })

    promise(
      'a new step of a kind that has one waits over budget, with every later one of its device, until it is let go',
      async (store) => {
        const steps = [
          step('u', 'uninstall', { configuration: 'old' }),
          step('r', 'reset'),
          step('i', 'install', { configuration: 'acme' }),
        ]
        await planned(store, ['a'], () => steps, {}, resets)
        expect(await holdings(store, 'a')).toEqual([
          ['u', 'ready', [], undefined],
          ['r', 'held', ['budget-exceeded'], { codes: ['budget-exceeded'], configuration: 'acme' }],
          ['i', 'held', ['budget-exceeded'], undefined],
        ])
        await store.allot('uninstall', 9, T0)
        await store.allot('reset', 0, T0)
        expect(await states(store, 'a')).toEqual({ u: 'ready', r: 'held', i: 'held' })
        await store.allot('reset', 1, T0)
        expect(await states(store, 'a')).toEqual({ u: 'ready', r: 'ready', i: 'ready' })
      },
    )

    promise('a kind without one is never over', async (store) => {
      await planned(store, ['a'], () => [step('u', 'uninstall'), step('r', 'reset')])
      expect(await states(store, 'a')).toEqual({ u: 'ready', r: 'ready' })
      await planAgain(store, 'a', [step('u', 'uninstall'), step('r', 'reset')], {}, both)
      await store.allot('reset', 0, T0)
      expect(await states(store, 'a')).toEqual({ u: 'ready', r: 'held' })
      await planAgain(store, 'a', [step('u', 'uninstall'), step('r', 'reset')])
      expect(await states(store, 'a')).toEqual({ u: 'ready', r: 'ready' })
    })

    promise('what is left goes by device key in code points, and each step takes one', async (store) => {
      await planned(
        store,
        ['b', 'é', 'a', 'B', '😀', '\uffee'],
        (id) => [step(`r-${id}`, 'reset')],
        {},
        resets,
      )
      const claimable: string[] = []
      for (const left of [1, 4]) {
        await store.allot('reset', left, T0)
        claimable.push(...(await claim(store)).map(({ stored }) => stored.record.id).toSorted())
      }
      expect(claimable).toEqual(['B', 'a', 'b', 'é', '\uffee'])
      expect(await states(store, '😀')).toEqual({ 'r-😀': 'held' })
    })

    promise('Infinity is enough for all', async (store) => {
      await planned(store, ['a', 'b', 'c'], (id) => [step(id, 'reset')], {}, resets)
      await store.allot('reset', Infinity, T0)
      expect((await claim(store)).length).toBe(3)
    })

    promise('it is given out anew each time: who comes before may take it from another', async (store) => {
      await planned(store, ['b'], (id) => [step(id, 'reset')], {}, resets)
      await store.allot('reset', 1, T0)
      expect(await states(store, 'b')).toEqual({ b: 'ready' })
      await planned(store, ['a'], (id) => [step(id, 'reset')], {}, resets)
      await store.allot('reset', 1, T0)
      expect([await states(store, 'a'), await states(store, 'b')]).toEqual([{ a: 'ready' }, { b: 'held' }])
    })

    promise('what something else holds, or waits behind that, takes none of it', async (store) => {
      await planned(
        store,
        ['a', 'b', 'c'],
        (id) => {
          if (id === 'a') return [stranding]
          if (id === 'b') return [{ ...stranding, kind: 'uninstall' }, step('behind', 'reset')]
          return [step('free', 'reset')]
        },
        {},
        resets,
      )
      await store.allot('reset', 1, T0)
      expect(await states(store, 'c')).toEqual({ free: 'ready' })
      expect(await holdings(store, 'a')).toEqual([
        ['held', 'held', ['would-strand'], { codes: ['would-strand'], configuration: 'acme' }],
      ])
    })

    promise('a step that was held for something else waits for it once that is over', async (store) => {
      await planned(store, ['a'], () => [stranding], {}, resets)
      await planAgain(store, 'a', [step('held', 'reset')], {}, resets)
      expect((await holdings(store, 'a')).map(([, , heldBy]) => heldBy)).toEqual([['budget-exceeded']])
    })

    promise(
      'of two kinds on one device, the later one waits behind the earlier and is let go after it',
      async (store) => {
        const steps = [step('u', 'uninstall'), step('r', 'reset'), step('i')]
        await planned(store, ['a'], () => steps, {}, both)
        expect(
          (await store.holds()).map(({ step: kind, steps: of }) => [kind, of.map(({ id }) => id)]),
        ).toEqual([['uninstall', ['u', 'r', 'i']]])
        await store.allot('reset', 9, T0)
        expect(await states(store, 'a')).toEqual({ u: 'held', r: 'held', i: 'held' })
        await store.allot('uninstall', 1, T0)
        expect(await states(store, 'a')).toEqual({ u: 'ready', r: 'held', i: 'held' })
        expect(
          (await store.holds()).map(({ step: kind, steps: of }) => [kind, of.map(({ id }) => id)]),
        ).toEqual([['reset', ['r', 'i']]])
        await store.allot('reset', 1, T0)
        expect(await states(store, 'a')).toEqual({ u: 'ready', r: 'ready', i: 'ready' })
        await store.allot('uninstall', 0, T0)
        expect(await states(store, 'a')).toEqual({ u: 'held', r: 'held', i: 'held' })
      },
    )

    promise('two steps of one kind on one device take two, the first first', async (store) => {
      await planned(
        store,
        ['a', 'b'],
        (id) => [step(`1${id}`, 'uninstall'), step(`2${id}`, 'uninstall')],
        {},
        both,
      )
      for (const [left, ready] of [
        [1, 1],
        [3, 3],
        [2, 2],
        [0, 0],
      ] as const) {
        await store.allot('uninstall', left, T0)
        const all = { ...(await states(store, 'a')), ...(await states(store, 'b')) }
        expect([left, ...Object.values(all).toSorted()]).toEqual([
          left,
          ...Array<string>(4 - ready).fill('held'),
          ...Array<string>(ready).fill('ready'),
        ])
        if (ready > 0) expect(all['1a']).toBe('ready')
      }
    })

    promise('a budget and a reason of its own hold a step side by side', async (store) => {
      await planned(
        store,
        ['a'],
        () => [step('u', 'uninstall', { configuration: 'old' }), stranding],
        {},
        both,
      )
      expect((await holdings(store, 'a'))[1]).toEqual([
        'held',
        'held',
        ['budget-exceeded', 'would-strand'],
        { codes: ['would-strand'], configuration: 'acme' },
      ])
      await store.allot('uninstall', 1, T0)
      expect((await holdings(store, 'a'))[1]?.[2]).toEqual(['would-strand'])
    })

    promise('a step that is planned again keeps what a budget made of it', async (store) => {
      await planned(store, ['a', 'b'], (id) => [step(id, 'reset')], {}, resets)
      await store.allot('reset', 1, T0)
      await planAgain(store, 'a', [step('a', 'reset'), step('i')], {}, resets)
      await planAgain(store, 'b', [step('b', 'reset'), step('i')], {}, resets)
      expect([await states(store, 'a'), await states(store, 'b')]).toEqual([
        { a: 'ready', i: 'ready' },
        { b: 'held', i: 'held' },
      ])
    })

    promise(
      'an approved step goes whatever is left, and takes one; once the approval is over it waits',
      async (store) => {
        await planned(store, ['a', 'b', 'c'], (id) => [step(id, 'reset')], {}, resets)
        await approve(store, 'b', ['b'], T0 + 10)
        await store.allot('reset', 0, T0 + 9)
        expect(await Promise.all(['a', 'b', 'c'].map((id) => states(store, id)))).toEqual([
          { a: 'held' },
          { b: 'ready' },
          { c: 'held' },
        ])
        await store.allot('reset', 2, T0 + 9)
        expect(await states(store, 'c')).toEqual({ c: 'held' })
        await store.allot('reset', 0, T0 + 10)
        expect(await states(store, 'b')).toEqual({ b: 'held' })
      },
    )

    promise('a new step that is approved already does not wait', async (store) => {
      await planned(store, ['a'])
      await approve(store, 'a', ['r'], T0 + 10)
      await planAgain(store, 'a', [step('r', 'reset')], {}, { ...resets, now: T0 + 9 })
      expect(await states(store, 'a')).toEqual({ r: 'ready' })
      await planAgain(store, 'a', [])
      await planAgain(store, 'a', [step('r', 'reset')], {}, { ...resets, now: T0 + 10 })
      expect(await states(store, 'a')).toEqual({ r: 'held' })
    })

    promise(
      'a device counts as held while its first step is over budget, and as working again',
      async (store) => {
        const working = { status: { verdict: 'working', findings: [] } } as const
        await planned(store, ['a', 'none'], (id) => (id === 'a' ? [step('r', 'reset')] : []), working, resets)
        expect((await store.counts()).byVerdict).toMatchObject({ working: 1, held: 1 })
        await store.allot('reset', 1, T0)
        expect((await store.counts()).byVerdict).toMatchObject({ working: 2, held: 0 })
        await planAgain(store, 'a', [step('r', 'reset')], working, resets)
        expect((await store.counts()).byVerdict).toMatchObject({ working: 2, held: 0 })
        await store.allot('reset', 0, T0)
        expect((await store.counts()).byVerdict).toMatchObject({ working: 1, held: 1 })
      },
    )

    promise('what is over budget is not issued, and the hold is as old as that', async (store) => {
      await planned(store, ['a'], () => [step('r', 'reset')])
      await store.allot('reset', 0, T0 + 5)
      expect(await claim(store)).toEqual([])
      expect((await store.holds()).map(({ since }) => since)).toEqual([T0 + 5])
      await store.allot('reset', 0, T0 + 9)
      expect((await store.holds()).map(({ since }) => since)).toEqual([T0 + 5])
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

    promise('what is under way or settled takes nothing of what is left', async (store) => {
      await planned(store, ['a', 'b', 'c'])
      await runStep(store, 'a', step('a', 'reset'), 'accepted', { pollAt: T0 + 9 })
      await runStep(store, 'b', step('b', 'reset'), 'proven')
      await planAgain(store, 'b')
      await planAgain(store, 'c', [step('c', 'reset')], {}, resets)
      await store.allot('reset', 1, T0)
      expect((await claim(store)).map(({ dev }) => dev)).toEqual([await devOf(store, 'c')])
    })
  })
}

async function states(
  store: Parameters<typeof holdings>[0],
  device: string,
): Promise<Record<string, string>> {
  return Object.fromEntries((await holdings(store, device)).map(([id, state]) => [id, state]))
}
