import { describe, expect } from 'vitest'
import { shapeOf } from '../../../src/plan/shape.ts'
import { deviceRecord, keyOf, outcome, seen, T0, takeFacts } from '../records.ts'
import { listed, planned, type Promised, save } from './world.ts'

export function facePromises(promise: Promised): void {
  describe('the face and the shape of a device', () => {
    promise('say who it is, trimmed and in upper case, and what it is like', async (store, world) => {
      const record = deviceRecord({
        id: 'Id-1',
        serialNumber: ' abc ',
        eid: '8904a',
        enrolledAt: T0 - 9,
        installedObservedAt: T0 - 1,
        esimsObservedAt: T0 - 2,
      })
      await store.putRecord(record.key, record)
      for (const [device] of [
        await store.get([record.key]),
        await (await world.beside()).scan(0, 9),
        (await listed(store)).map((item) => item.device),
      ]) {
        expect(device?.face).toEqual({
          key: 'mdm/Id-1',
          id: 'Id-1',
          driver: 'mdm',
          serialNumber: 'ABC',
          eid: '8904A',
          enrolledAt: T0 - 9,
          lastSeenAt: T0,
          installedObservedAt: T0 - 1,
          esimsObservedAt: T0 - 2,
        })
        expect(device?.shape).toBe(shapeOf(record))
        expect(device?.record).toEqual(record)
      }
    })

    promise('leave out what nobody knows', async (store) => {
      const {
        serialNumber: _serial,
        enrolledAt: _enrolled,
        lastSeenAt: _seen,
        ...bare
      } = deviceRecord({ eid: ' ' })
      await store.putRecord(bare.key, bare)
      expect((await store.get([bare.key]))[0]?.face).toEqual({ key: 'mdm/d-1', id: 'd-1', driver: 'mdm' })
    })

    promise('are kept true: seen later, changed, and planned', async (store) => {
      await planned(store, ['a', 'b'])
      await store.observe('mdm', [seen({ id: 'a' }, T0 + 5)], takeFacts)
      const [first, second] = await store.scan(0, 9)
      expect(first?.face.lastSeenAt).toBe(T0 + 5)
      expect(first?.shape).toBe(second?.shape)
      const changed = { id: 'b', serialNumber: 'new', osVersion: '10.0.26100' }
      await store.observe('mdm', [seen(changed)], takeFacts)
      const [item] = await listed(store)
      expect(item?.device.face.serialNumber).toBe('NEW')
      expect(item?.device.shape).not.toBe(first?.shape)
      const record = { ...item!.device.record, eraseOwed: ['old'] }
      await save(store, [outcome(item!, [], { record })])
      const [written] = await store.get([keyOf('b')])
      expect(written?.shape).toBe(shapeOf(record))
    })
  })
}
