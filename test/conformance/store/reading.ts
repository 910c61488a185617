import { describe, expect } from 'vitest'
import type { Assignment } from '../../../src/domain/assignment.ts'
import type { Merge } from '../../../src/domain/fleet-store.ts'
import type { DeviceFilter } from '../../../src/domain/read-store.ts'
import type { RunCounts } from '../../../src/domain/run-store.ts'
import type { Store } from '../../../src/domain/store.ts'
import type { DeviceOutcome } from '../../../src/domain/work-store.ts'
import { keyOf, NOTHING_WANTED, outcome, seen, step, T0, takeFacts } from '../records.ts'
import { claim, listed, planAgain, planned, planNothing, type Promised, runStep, save } from './world.ts'

const COUNTS: RunCounts = {
  observed: 9,
  changed: 8,
  planned: 7,
  steps: 6,
  held: 5,
  issued: 4,
  proven: 3,
  failed: 2,
}
const ACME: Assignment = {
  ...NOTHING_WANTED,
  wanted: { kind: 'configuration', configuration: 'acme' },
  groups: ['sales'],
}
const LEAVING: Assignment = {
  ...NOTHING_WANTED,
  wanted: { kind: 'retirement', retirement: 'q4', finish: 'by-hand', named: true },
}

export function readingPromises(promise: Promised): void {
  describe('runs', () => {
    promise('begin and end, newest first', async (store) => {
      const first = await store.beginRun('start', undefined, T0)
      const second = await store.beginRun('schedule', 'r1', T0 + 1)
      await store.endRun(first, COUNTS, 'r1', T0 + 2)
      await store.endRun(second, COUNTS, undefined, T0 + 3, 'out of reach')
      const third = await store.beginRun('request', undefined, T0 + 4)
      const runs = await store.runs(9)
      expect(runs.map(({ id }) => id)).toEqual([third, second, first])
      expect(runs[0]).toEqual({ id: third, trigger: 'request', startedAt: T0 + 4, counts: { ...ZERO } })
      expect(runs[1]).toMatchObject({ revision: 'r1', endedAt: T0 + 3, error: 'out of reach' })
      expect(runs[2]).toEqual({
        id: first,
        trigger: 'start',
        revision: 'r1',
        startedAt: T0,
        endedAt: T0 + 2,
        counts: COUNTS,
      })
      expect((await store.runs(1)).length).toBe(1)
    })

    promise('history is given newest first, of one device or since a moment', async (store) => {
      const line = {
        kind: 'step' as const,
        message: 'installed',
        actor: 'ann',
        run: 1,
        revision: 'r1',
        device: keyOf('a'),
      }
      await store.record([
        { at: T0, kind: 'run', message: 'began' },
        { ...line, at: T0 + 1 },
      ])
      const [newest, oldest] = await store.history({ limit: 9 })
      expect(newest).toEqual({ ...line, at: T0 + 1, id: newest?.id })
      expect(oldest).toEqual({ id: oldest?.id, at: T0, kind: 'run', message: 'began' })
      expect((await store.history({ device: keyOf('a'), limit: 9 })).length).toBe(1)
      expect((await store.history({ since: T0 + 1, limit: 9 })).length).toBe(1)
      expect((await store.history({ since: T0 + 2, device: keyOf('a'), limit: 9 })).length).toBe(0)
      expect((await store.history({ limit: 1 })).length).toBe(1)
    })

    promise(
      'a request stands until it is answered, with every earlier one, and is answered for ever',
      async (store, world) => {
        const beside = await world.beside()
        const first = await beside.request('reconcile', T0)
        const second = await beside.request('approve', T0 + 1)
        expect(await store.requests()).toEqual([
          { id: first, trigger: 'reconcile' },
          { id: second, trigger: 'approve' },
        ])
        expect((await store.requests()).length).toBe(2)
        expect(await beside.answered()).toBe(0)
        await store.answer(second)
        await store.answer(first)
        expect(await store.requests()).toEqual([])
        expect(await beside.answered()).toBe(second)
        expect(await beside.request('reconcile', T0)).toBe(second + 1)
      },
    )
  })

  describe('reading', () => {
    promise('counts say what is true of the fleet', async (store) => {
      await fleet(store)
      const none = { 'in-sync': 0, working: 0, held: 0, drifted: 0, failed: 0, 'not-eligible': 0 }
      expect(await store.counts()).toEqual({
        devices: 5,
        active: 4,
        byVerdict: { ...none, 'in-sync': 1, working: 1, drifted: 1, held: 1 },
        byPlatform: { ios: 1, windows: 4 },
        withoutEsim: 1,
        withoutEsimSince: T0 - 7,
        findings: [
          { code: 'residual-esim', devices: 2 },
          { code: 'no-euicc', devices: 1 },
        ],
        drift: [{ cause: 'failed', devices: 1, since: T0 - 9 }],
        configurations: [{ ...none, name: 'acme', wanted: 3, 'in-sync': 1, working: 1, drifted: 1 }],
        retirements: [{ name: 'q4', devices: 1, ready: 0, working: 0, held: 1 }],
        open: { ready: 1, held: 1, underWay: 1 },
        oldestSeen: T0,
        newestSeen: T0 + 5,
      })
    })

    promise('counts of an empty store are zeros', async (store) => {
      expect(await store.counts()).toMatchObject({
        devices: 0,
        withoutEsim: 0,
        findings: [],
        open: { ready: 0, held: 0, underWay: 0 },
      })
      expect(await store.counts()).not.toHaveProperty('oldestSeen')
    })

    promise('active and unsettled say the same as the counts, whatever happens', async (store, world) => {
      const agree = async (active: number, ready: number, held: number, underWay: number): Promise<void> => {
        const open = { ready, held, underWay }
        const counts = await store.counts()
        expect([await store.active(), counts.active]).toEqual([active, active])
        expect([await store.unsettled(), counts.open]).toEqual([open, open])
      }
      await agree(0, 0, 0, 0)
      await fleet(store)
      await agree(4, 1, 1, 1)
      await store.observe('mdm', [seen({ id: 'B', registration: 'retired' }), seen({ id: 'é' })], takeFacts)
      await agree(4, 1, 1, 1)
      await store.putRecord(keyOf('c'), undefined)
      await store.putRecord(keyOf('B'), undefined)
      await agree(3, 1, 1, 1)
      await store.observe('mdm', [seen({ id: 'c', registration: 'unknown' }), seen({ id: 'B' })], takeFacts)
      await agree(4, 1, 1, 1)
      await planAgain(store, 'd', [step('one'), step('two')])
      await agree(4, 3, 0, 1)
      await runStep(store, 'B', step('b'), 'proven')
      await agree(4, 2, 0, 2)
      await expect(store.observe('mdm', [seen({ id: 'x' }), seen({ id: 'y' })], refuse)).rejects.toThrow('no')
      await agree(4, 2, 0, 2)
      expect(await (await world.reopen()).active()).toBe(4)
    })

    promise(
      'findings that are gone are counted no more, and one device counts once a code',
      async (store) => {
        const finding = { code: 'residual-esim' as const, severity: 'info' as const, message: 'stays' }
        await planned(store, ['a'], () => [], {
          status: { findings: [finding, { ...finding, message: 'another' }] },
        })
        expect((await store.counts()).findings).toEqual([{ code: 'residual-esim', devices: 1 }])
        await store.enlist('all', T0)
        await planNothing(store)
        expect((await store.counts()).findings).toEqual([])
      },
    )

    promise(
      'devices are found by what is true of them, in order of their keys, page by page',
      async (store) => {
        await fleet(store)
        const cases: readonly (readonly [DeviceFilter, readonly string[]])[] = [
          [{}, ['B', 'a', 'c', 'd', 'é']],
          [{ verdict: 'working' }, ['a']],
          [{ finding: 'residual-esim' }, ['a', 'd']],
          [{ finding: 'would-strand' }, []],
          [{ configuration: 'acme' }, ['B', 'a', 'c']],
          [{ configuration: 'nobody' }, []],
          [{ group: 'sales', platform: 'ios' }, ['c']],
          [{ retirement: 'q4' }, ['d']],
          [{ drift: true }, ['c']],
          [{ drift: false }, ['B', 'a', 'd', 'é']],
          [{ withoutEsim: true }, ['a']],
          [{ withoutEsim: false, configuration: 'acme' }, ['B', 'c']],
        ]
        for (const [filter, ids] of cases) {
          const found = (await store.devices(filter, 9)).map(({ record }) => record.id)
          expect([filter, found]).toEqual([filter, ids])
        }
        const page = await store.devices({ configuration: 'acme' }, 2)
        const rest = await store.devices({ configuration: 'acme' }, 2, page.at(-1)!.record.key)
        expect(rest.map(({ record }) => record.id)).toEqual(['c'])
      },
    )

    promise(
      'the data version grows when another process wrote, not when this one did',
      async (store, world) => {
        const beside = await world.beside()
        const before = await store.dataVersion()
        await store.request('reconcile', T0)
        expect(await store.dataVersion()).toBe(before)
        await beside.request('reconcile', T0)
        expect(await store.dataVersion()).toBeGreaterThan(before)
      },
    )
  })
}

const refuse: Merge = (before, observation) => {
  if (observation.facts.id === 'y') throw new Error('no')
  return takeFacts(before, observation)
}

const ZERO: RunCounts = {
  observed: 0,
  changed: 0,
  planned: 0,
  steps: 0,
  held: 0,
  issued: 0,
  proven: 0,
  failed: 0,
}

async function fleet(store: Store): Promise<void> {
  const residual = { code: 'residual-esim' as const, severity: 'info' as const, message: 'one stays' }
  const plans: Record<string, Partial<DeviceOutcome>> = {
    a: {
      assignment: ACME,
      status: {
        verdict: 'working',
        findings: [residual, { ...residual, code: 'no-euicc' }],
        withoutEsimSince: T0 - 7,
      },
      steps: [
        { step: step('sa'), attempt: 1 },
        { step: step('sa2'), attempt: 1 },
      ],
    },
    B: { assignment: ACME, status: { verdict: 'in-sync', findings: [] } },
    c: {
      assignment: ACME,
      status: { verdict: 'drifted', findings: [], drift: { cause: 'failed', since: T0 - 9 } },
    },
    d: {
      assignment: LEAVING,
      status: { verdict: 'held', findings: [residual] },
      steps: [{ step: step('sd', 'reset', { state: 'held', heldBy: ['foreign-esim'] }), attempt: 1 }],
    },
  }
  await store.observe(
    'mdm',
    [
      seen({ id: 'a' }),
      seen({ id: 'B' }),
      seen({ id: 'c', platform: 'ios' }, T0 + 5),
      seen({ id: 'd' }),
      seen({ id: 'é', registration: 'wiped' }),
    ],
    takeFacts,
  )
  const items = (await listed(store)).filter(({ device }) => device.record.id in plans)
  await save(
    store,
    items.map((item) => outcome(item, [], plans[item.device.record.id])),
  )
  await claim(store)
}
