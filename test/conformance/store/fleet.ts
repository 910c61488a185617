import { describe, expect } from 'vitest'
import type { Merge } from '../../../src/domain/fleet-store.ts'
import type { StoredDevice } from '../../../src/domain/stored-device.ts'
import { deviceRecord, keyOf, seen, T0, takeFacts } from '../records.ts'
import { planAgain, planned, planNothing, type Promised, waiting } from './world.ts'

export function fleetPromises(promise: Promised): void {
  describe('records', () => {
    promise('a record comes back exactly as it was merged, over a reopening too', async (store, world) => {
      const record = deviceRecord({
        name: 'Zoë – 東京',
        eid: '89049032000000000000000000000001',
        labels: { site: 'PAR', empty: '' },
        groups: ['sales', 'alps'],
        installed: [
          {
            configuration: 'acme',
            spec: {
              platform: 'windows',
              serverName: 'smdp.example',
              isDiscoveryServer: false,
              autoEnable: true,
            },
            managed: true,
            onRemove: 'keep-esims',
            state: 'installed',
          },
        ],
        esims: [{ iccid: '8933', enabled: false }],
        provisionedBefore: true,
        eraseOwed: ['old'],
        released: { retirement: '2026-q4', at: T0 },
        installedObservedAt: T0 - 1,
        esimsObservedAt: T0 - 2,
      })
      await store.putRecord(record.key, record)
      const [stored] = await (await world.reopen()).get([record.key])
      expect(stored?.record).toEqual(record)
      expect(stored).toMatchObject({ dev: 1, version: 1, status: { findings: [] } })
    })

    promise('what is absent stays absent', async (store) => {
      const {
        name: _name,
        lastSeenAt: _seen,
        serialNumber: _serial,
        labels: _labels,
        ...bare
      } = deviceRecord()
      await store.putRecord(bare.key, { ...bare, esims: 'unknown', installed: 'unknown' })
      const [stored] = await store.get([bare.key])
      expect(stored?.record).toEqual({ ...bare, esims: 'unknown', installed: 'unknown' })
      expect(Object.keys(stored?.record ?? {})).not.toContain('lastSeenAt')
      expect(stored).not.toHaveProperty('goneSince')
    })

    promise(
      'a new device enters the worklist, an unchanged one does not, a changed one does',
      async (store) => {
        expect(await store.observe('mdm', [seen()], takeFacts)).toEqual({ changed: 1 })
        await planNothing(store)
        const later = seen({ installedObservedAt: T0 + 5, esimsObservedAt: T0 + 6 }, T0 + 10)
        expect(await store.observe('mdm', [later], takeFacts)).toEqual({ changed: 0 })
        expect(await store.workSize()).toBe(0)
        const [quiet] = await store.get([keyOf('d-1')])
        expect(quiet?.version).toBe(1)
        expect(quiet?.record).toMatchObject({
          lastSeenAt: T0 + 10,
          installedObservedAt: T0 + 5,
          esimsObservedAt: T0 + 6,
        })
        expect(await store.observe('mdm', [seen({ osVersion: '10.0.26100' })], takeFacts)).toEqual({
          changed: 1,
        })
        expect(await waiting(store)).toEqual(['d-1'])
        expect((await store.get([keyOf('d-1')]))[0]?.version).toBe(2)
      },
    )

    promise(
      'an unchanged device whose plan awaits sight of it enters the worklist as soon as it is seen later',
      async (store, world) => {
        await planned(store, ['awaited', 'other'])
        await planAgain(store, 'awaited', [], { awaitsSight: true })
        const at = async (lastSeenAt: number, more = {}): Promise<readonly string[]> => {
          const page = ['awaited', 'other'].map((id) => seen({ id, ...more }, lastSeenAt))
          expect(await store.observe('mdm', page, takeFacts)).toEqual({ changed: 0 })
          return waiting(store)
        }
        expect(await at(T0)).toEqual([])
        expect(await at(T0 + 1)).toEqual(['awaited'])
        await planAgain(store, 'awaited', [], { awaitsSight: true })
        expect(await at(T0 + 1)).toEqual([])
        expect(await at(T0 + 1, { esimsObservedAt: T0 + 2 })).toEqual(['awaited'])
        await planAgain(store, 'awaited')
        expect(await at(T0 + 9)).toEqual([])
        await planAgain(store, 'awaited', [], { awaitsSight: true })
        await (await world.reopen()).observe('mdm', [seen({ id: 'awaited' }, T0 + 10)], takeFacts)
        expect(await waiting(await world.beside())).toEqual(['awaited'])
      },
    )

    promise('the order of keys in a record is no change', async (store) => {
      await store.observe('mdm', [seen({ labels: { a: '1', b: '2' } })], takeFacts)
      expect(await store.observe('mdm', [seen({ labels: { b: '2', a: '1' } })], takeFacts)).toEqual({
        changed: 0,
      })
    })

    promise('a label may be called anything', async (store) => {
      const labels = JSON.parse('{"__proto__":"a","constructor":"b","7":"c","":"d"}') as Record<
        string,
        string
      >
      await store.observe('mdm', [seen({ labels })], takeFacts)
      expect(JSON.stringify((await store.scan(0, 1))[0]?.record.labels)).toContain('"__proto__":"a"')
      const others = JSON.parse('{"__proto__":"z","constructor":"b","7":"c","":"d"}') as Record<
        string,
        string
      >
      expect(await store.observe('mdm', [seen({ labels: others })], takeFacts)).toEqual({ changed: 1 })
    })

    promise('merge is given the device as it is stored, and nothing for a new one', async (store) => {
      const known: (string | undefined)[] = []
      const merge: typeof takeFacts = (before, observation) => {
        known.push(before?.record.name)
        return takeFacts(before, observation)
      }
      await store.observe('mdm', [seen({ name: 'first' })], merge)
      await store.observe('mdm', [seen({ name: 'second' })], merge)
      expect(known).toEqual([undefined, 'first'])
    })

    promise('a merge that throws leaves nothing of its page behind', async (store) => {
      await expect(store.observe('mdm', [seen(), seen({ id: 'd-2' })], refuseSecond)).rejects.toThrow('no')
      expect(await store.scan(0, 9)).toEqual([])
      expect(await store.workSize()).toBe(0)
    })

    promise('a device that a page lists twice counts as listed last', async (store) => {
      await store.observe('mdm', [seen({ name: 'first' }), seen({ name: 'last' })], takeFacts)
      const devices = await store.scan(0, 9)
      expect(devices.map(({ record }) => record.name)).toEqual(['last'])
    })

    promise(
      'a change takes the siblings along: by serial number or EID, without case, old value and new',
      async (store) => {
        await store.observe(
          'mdm',
          [
            seen({ id: 'same-serial', serialNumber: 'abc' }),
            seen({ id: 'same-eid', eid: '8904A' }),
            seen({ id: 'other' }),
            seen({ id: 'it', serialNumber: 'ABC ' }),
          ],
          takeFacts,
        )
        await planNothing(store)
        await store.observe('mdm', [seen({ id: 'it', serialNumber: 'new', eid: '8904a' })], takeFacts)
        expect([...(await waiting(store))].sort()).toEqual(['it', 'same-eid', 'same-serial'])
      },
    )

    promise('a serial number that identifies nothing makes no siblings', async (store) => {
      const blanks = ['', ' ', '****', '0000'].flatMap((serialNumber, at) => [
        seen({ id: `a${at}`, serialNumber }),
        seen({ id: `b${at}`, serialNumber }),
      ])
      await store.observe('mdm', blanks, takeFacts)
      const all = await store.scan(0, 99)
      expect((await store.siblings([all[0]!.dev])).length).toBe(1)
      expect((await store.siblings([all[4]!.dev, all[6]!.dev])).length).toBe(2)
    })

    promise(
      'siblings are the devices asked for and whoever shares an identity, across drivers',
      async (store) => {
        await store.observe(
          'mdm',
          [seen({ serialNumber: 'x1' }), seen({ id: 'd-2', serialNumber: 'X1' })],
          takeFacts,
        )
        await store.observe(
          'other',
          [seen({ driver: 'other', serialNumber: 'x1' }), seen({ driver: 'other', id: 'd-3' })],
          takeFacts,
        )
        const [first] = await store.get([keyOf('d-1')])
        const keys = (await store.siblings([first!.dev])).map(({ record }) => record.key)
        expect(keys).toEqual(['mdm/d-1', 'mdm/d-2', 'other/d-1'])
        expect(await store.siblings([999])).toEqual([])
      },
    )

    promise('scan walks every record once, in order', async (store) => {
      await store.observe(
        'mdm',
        ['c', 'a', 'b'].map((id) => seen({ id })),
        takeFacts,
      )
      const walked: string[] = []
      let after = 0
      for (let page = await store.scan(after, 2); page.length > 0; page = await store.scan(after, 2)) {
        walked.push(...page.map(({ record }) => record.id))
        after = page.at(-1)!.dev
      }
      expect(walked).toEqual(['c', 'a', 'b'])
    })

    promise('a device is found by every text a person knows it by', async (store) => {
      const it = {
        serialNumber: '5cg1',
        eid: '8904',
        imei: '35',
        id: 'Id-7',
        name: 'PAR-LT-0042',
        user: 'Ann@Acme.example',
      }
      await store.observe('mdm', [seen(it), seen({ id: 'other', name: 'else' })], takeFacts)
      for (const text of ['5CG1', '8904', '35', 'Id-7', 'mdm/Id-7', 'par-lt-0042', 'ANN@acme.EXAMPLE']) {
        expect([text, ...idsOf(await store.find(text, 9))]).toEqual([text, 'Id-7'])
      }
      expect(await store.find('', 9)).toEqual([])
      expect(await store.find('PAR', 9)).toEqual([])
    })

    promise(
      'a reference of the desired state finds every record it names, however it is written',
      async (store) => {
        const place = { file: 'list.csv', line: 1, column: 1 }
        await store.observe(
          'mdm',
          [
            seen({ id: 'Id-1', serialNumber: 'abc' }),
            seen({ id: 'Id-2', serialNumber: 'ABC' }),
            seen({ id: 'abc', eid: '8904' }),
          ],
          takeFacts,
        )
        const references = [
          { text: 'Abc ', place },
          { text: 'abc', as: 'serial' as const, place },
          { text: 'abc', as: 'id' as const, place },
          { text: '8904', as: 'eid' as const, place },
          { text: '8904', as: 'serial' as const, place },
          { text: 'MDM/id-1', place },
          { text: 'other/id-1', place },
        ]
        const found = await store.referenced(references)
        expect([...found].map(([key, devices]) => [key, idsOf(devices)])).toEqual([
          [':ABC', ['Id-1', 'Id-2', 'abc']],
          ['serial:ABC', ['Id-1', 'Id-2']],
          ['id:ABC', ['abc']],
          ['eid:8904', ['abc']],
          [':MDM/ID-1', ['Id-1']],
        ])
      },
    )

    promise('find gives at most what was asked for, and a device once', async (store) => {
      await store.observe(
        'mdm',
        [1, 2, 3].map((at) => seen({ id: `d-${at}`, name: 'same', user: 'same' })),
        takeFacts,
      )
      expect((await store.find('same', 2)).length).toBe(2)
      expect((await store.find('same', 9)).length).toBe(3)
    })
  })
}

const refuseSecond: Merge = (before, observation) => {
  if (observation.facts.id === 'd-2') throw new Error('no')
  return takeFacts(before, observation)
}

function idsOf(devices: readonly StoredDevice[]): string[] {
  return devices.map(({ record }) => record.id)
}
