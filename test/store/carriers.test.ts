import Database from 'better-sqlite3'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { DeviceRecord } from '../../src/domain/device.ts'
import type { LabelQuery } from '../../src/domain/reach.ts'
import { connect } from '../../src/store/sqlite/connection.ts'
import { openLabels } from '../../src/store/sqlite/labels.ts'
import { migrate } from '../../src/store/sqlite/migrations.ts'
import { deviceRecord } from '../conformance/records.ts'

/** On both sides of where runs of devices meet. */
const DEVS = [1, 2, 4_095, 4_096, 4_097, 9_000]

const word = fc.constantFrom('a', 'b', 'c')
const labels = fc.dictionary(fc.constantFrom('x', 'y', 'simplane/model'), word)
const move = fc.record({
  dev: fc.constantFrom(...DEVS),
  record: fc.option(
    fc.record({ labels, model: word }).map((each) => deviceRecord(each)),
    { nil: undefined },
  ),
})
const line = fc.record({
  key: fc.constantFrom('x', 'y', 'simplane/model'),
  values: fc.oneof(fc.constant('any' as const), fc.array(word, { maxLength: 2 })),
})

function holds(record: DeviceRecord, query: LabelQuery): boolean {
  return query.every(({ key, values }) => {
    const all = [record.labels?.[key], key === 'simplane/model' ? record.model : undefined]
    return all.some((value) => value !== undefined && (values === 'any' || values.includes(value)))
  })
}

it('who carries labels is found, whatever came and went', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(move, { maxLength: 8 }), { maxLength: 5 }),
      fc.array(line, { minLength: 1, maxLength: 2 }),
      async (transactions, query) => {
        const db = new Database(':memory:')
        migrate(db)
        const connection = connect(db, 'memory')
        const carried = openLabels(connection)
        const records = new Map<number, DeviceRecord>()
        for (const moves of transactions)
          await connection.write(() => {
            for (const { dev, record } of moves) {
              carried.move(dev, records.get(dev), record)
              if (record === undefined) records.delete(dev)
              else records.set(dev, record)
            }
          })
        const wanted = DEVS.filter((dev) => {
          const record = records.get(dev)
          return record !== undefined && holds(record, query)
        })
        expect(await connection.write(() => [...carried.carriers(query)])).toEqual(wanted)
        db.close()
      },
    ),
  )
})
