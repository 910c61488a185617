import { describe, expect } from 'vitest'
import type { Assignment } from '../../../src/domain/assignment.ts'
import type { DeviceStatus } from '../../../src/domain/stored-device.ts'
import { inGroups, keyOf, NOTHING_WANTED, outcome, seen, step, T0, takeFacts } from '../records.ts'
import { claim, listed, planAgain, planned, type Promised, save, waiting } from './world.ts'

export function planPromises(promise: Promised): void {
  describe('savePlans', () => {
    promise(
      'writes assignment, status and steps, and takes the device off the list',
      async (store, world) => {
        await store.observe('mdm', [seen()], takeFacts)
        const assignment: Assignment = {
          wanted: { kind: 'configuration', configuration: 'acme', redownload: T0 },
          groups: ['all', 'sales'],
          outranked: ['other'],
          otherPlatform: [],
          otherConnectivity: 'no',
        }
        const status: DeviceStatus = {
          verdict: 'working',
          action: 'install',
          findings: [{ code: 'residual-esim', severity: 'warning', message: 'one stays' }],
          drift: { cause: 'failed', since: T0 - 5 },
          withoutEsimSince: T0 - 4,
          convergedTo: 'sha256:a',
          wantedSince: T0 - 3,
          wantedDigest: 'sha256:b',
        }
        const [item] = await listed(store)
        const install = step('one', 'install', { configuration: 'acme', action: 'install' })
        await save(store, [
          outcome(item!, [{ step: install, attempt: 2, notBefore: T0 + 7 }], { assignment, status }),
        ])
        expect(await store.workSize()).toBe(0)
        const reopened = await world.reopen()
        expect((await reopened.get([keyOf('d-1')]))[0]).toMatchObject({ version: 1, assignment, status })
        expect(await reopened.steps(item!.device.dev, 9)).toEqual([
          {
            dev: item!.device.dev,
            n: 1,
            device: 'mdm/d-1',
            step: install,
            state: 'ready',
            attempt: 2,
            revision: 'r1',
            run: 1,
            plannedAt: T0,
            notBefore: T0 + 7,
          },
        ])
      },
    )

    promise(
      'writes what planning learned of the record along, and plans nobody again for it',
      async (store) => {
        await store.observe(
          'mdm',
          [seen({ serialNumber: 'S1' }), seen({ id: 'd-2', serialNumber: 'S1' })],
          takeFacts,
        )
        const [item, other] = await listed(store)
        const record = { ...item!.device.record, eraseOwed: ['old'] }
        await save(store, [outcome(item!, [step('one')], { record }), outcome(other!)])
        expect(await store.workSize()).toBe(0)
        expect((await store.get([keyOf('d-1')]))[0]).toMatchObject({
          version: 2,
          record: { eraseOwed: ['old'] },
        })
        expect((await claim(store)).length).toBe(1)
      },
    )

    promise('a second plan of one device in a batch is of what the first has replaced', async (store) => {
      await store.observe('mdm', [seen()], takeFacts)
      const [item] = await listed(store)
      await save(store, [outcome(item!, [step('first')]), outcome(item!, [step('second')])])
      expect((await store.steps(item!.device.dev, 9)).map((row) => row.step.id)).toEqual(['first'])
    })

    promise('writes nothing for a device that changed meanwhile', async (store) => {
      await store.observe('mdm', [seen()], takeFacts)
      const [item] = await listed(store)
      await store.observe('mdm', [seen({ name: 'changed' })], takeFacts)
      await save(store, [outcome(item!, [step('one')], { status: { verdict: 'working', findings: [] } })])
      expect(await waiting(store)).toEqual(['d-1'])
      expect(await store.steps(item!.device.dev, 9)).toEqual([])
      expect((await store.get([keyOf('d-1')]))[0]?.status).toEqual({ findings: [] })
    })

    promise(
      'writes nothing for a device that entered the list again meanwhile: its plan is of yesterday',
      async (store) => {
        await store.observe('mdm', [seen()], takeFacts)
        const [item] = await listed(store)
        await store.enlist('all', T0)
        await save(store, [outcome(item!, [step('one')])])
        expect(await waiting(store)).toEqual(['d-1'])
        expect(await store.steps(item!.device.dev, 9)).toEqual([])
      },
    )

    promise('writes nothing for a device with a step under way', async (store) => {
      const [item] = await planned(store, ['d-1'], () => [step('one')])
      await claim(store)
      await store.enlist('all', T0)
      const size = await store.workSize()
      await save(store, [outcome({ ...item!, seq: item!.seq + 1 }, [step('two')])])
      expect((await store.steps(item!.device.dev, 9)).map((row) => [row.step.id, row.state])).toEqual([
        ['one', 'issued'],
      ])
      expect(await store.workSize()).toBe(size)
    })

    promise('writes nothing of a plan whose record was replaced by a plan since', async (store) => {
      await store.observe('mdm', [seen()], takeFacts)
      const [item] = await listed(store)
      const record = { ...item!.device.record, eraseOwed: ['old'] }
      await save(store, [outcome(item!, [step('new')], { record })])
      await save(store, [outcome(item!, [step('stale')])])
      expect((await store.steps(item!.device.dev, 9)).map((row) => row.step.id)).toEqual(['new'])
    })

    promise(
      'a batch that fails leaves nothing behind, and does not get in the way of the next',
      async (store) => {
        await store.observe('mdm', [seen(), seen({ id: 'd-2' })], takeFacts)
        const [item, other] = await listed(store)
        const good = outcome(item!, [step('one', 'install', { configuration: 'new' })], inGroups('new'))
        const broken = {
          ...outcome(other!, [step('two')]),
          assignment: { ...NOTHING_WANTED, groups: null as never },
        }
        await expect(save(store, [good, broken])).rejects.toBeInstanceOf(Error)
        expect(await store.workSize()).toBe(2)
        expect(await store.steps(item!.device.dev, 9)).toEqual([])
        await store.refuse({ revision: { id: 'r9' }, at: T0, findings: [], rewritten: false })
        await save(store, [outcome(other!, [], inGroups('other')), good])
        await planAgain(store, 'd-1', [step('one', 'install', { configuration: 'new' })])
        await planAgain(store, 'd-2')
        expect((await store.departures()).map(({ group, left }) => [group, left])).toEqual([
          ['new', 1],
          ['other', 1],
        ])
        expect((await store.steps(item!.device.dev, 9))[0]?.step.configuration).toBe('new')
      },
    )

    promise('forgets the plan of a device that is deleted meanwhile', async (store) => {
      await store.observe('mdm', [seen()], takeFacts)
      const [item] = await listed(store)
      await store.putRecord(keyOf('d-1'), undefined)
      await save(store, [outcome(item!, [step('one')])])
      expect(await store.steps(item!.device.dev, 9)).toEqual([])
    })

    promise(
      'a step planned again keeps its number; others vanish; numbers are never given twice',
      async (store) => {
        const [item] = await planned(store, ['d-1'], () => [step('a'), step('b')])
        await store.enlist('all', T0)
        const [again] = await listed(store)
        const held = step('b', 'install', {
          state: 'held',
          heldBy: ['would-strand'],
          holdsFor: { codes: ['would-strand'] },
        })
        await save(store, [outcome(again!, [held, step('c')])], { now: T0 + 5, revision: 'r2', run: 2 })
        const rows = await store.steps(item!.device.dev, 9)
        expect(rows.map((row) => [row.n, row.step.id, row.state, row.revision, row.plannedAt])).toEqual([
          [3, 'c', 'ready', 'r2', T0 + 5],
          [2, 'b', 'held', 'r2', T0],
        ])
        expect(rows[1]?.step).toEqual(held)
        await planAgain(store, 'd-1')
        expect(await store.steps(item!.device.dev, 9)).toEqual([])
        await planAgain(store, 'd-1', [step('d')])
        expect((await store.steps(item!.device.dev, 9)).map(({ n }) => n)).toEqual([4])
      },
    )
  })
}
