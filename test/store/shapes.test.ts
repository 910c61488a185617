import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { shapeOf } from '../../src/plan/shape.ts'
import { openStore } from '../../src/store/sqlite/open.ts'
import { keyOf, seen, takeFacts } from '../conformance/records.ts'
import { temporaryFolder } from './sqlite-world.ts'

it('a record that was changed in place has the shape of what it says now', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'simplane.db')
  await using store = await openStore(path)
  await store.observe('mdm', [seen()], takeFacts)
  const [before] = await store.get([keyOf('d-1')])
  const db = new Database(path)
  db.exec(`update facts set record = json_set(record, '$.esimsComplete', json('false')), shape = null`)
  db.close()
  const [after] = await store.get([keyOf('d-1')])
  expect(after?.record.esimsComplete).toBe(false)
  expect(after?.shape).toBe(shapeOf({ ...after!.record }))
  expect(after?.shape).not.toBe(before?.shape)
})
