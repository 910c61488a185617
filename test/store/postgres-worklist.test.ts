import { Client } from 'pg'
import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/domain/store.ts'
import type { WorkItem } from '../../src/domain/work-store.ts'
import { sessionOn } from '../../src/store/postgres/session.ts'
import { keyOf, outcome, seen, step, T0, takeFacts } from '../conformance/records.ts'
import { save, waiting } from '../conformance/store/world.ts'
import { postgresForThisFile, postgresWorld } from './postgres-world.ts'

const server = postgresForThisFile()
/** So many at once have the next ones read ahead. */
const PAGE = 1_000

function idOf(at: number): string {
  return `d-${String(at).padStart(5, '0')}`
}

async function observed(store: Store, count: number): Promise<void> {
  const devices = Array.from({ length: count }, (_, at) => seen({ id: idOf(at) }))
  await store.observe('mdm', devices, takeFacts)
}

async function page(store: Store): Promise<readonly WorkItem[]> {
  return (await store.work(PAGE, T0)).items
}

function idsOf(items: readonly WorkItem[]): readonly string[] {
  return items.map(({ device }) => device.record.id)
}

async function plan(store: Store, items: readonly WorkItem[], name: string): Promise<void> {
  await save(
    store,
    items.map((item) => outcome(item, [step(`${name}-${item.device.record.id}`)])),
  )
}

describe('a worklist that is read ahead', () => {
  it('gives everybody once and in order, page by page', async () => {
    await using world = await postgresWorld(server())
    const { store } = world
    await observed(store, 2_500)
    const given: string[] = []
    for (let items = await page(store); items.length > 0; items = await page(store)) {
      given.push(...idsOf(items))
      await plan(store, items, 'one')
    }
    expect(given).toEqual(Array.from({ length: 2_500 }, (_, at) => idOf(at)))
  })

  it('writes no plan of what changed after it was read', async () => {
    await using world = await postgresWorld(server())
    const { store } = world
    const other = await world.beside()
    await observed(store, 2_000)
    const first = await page(store)
    // Whether the next page was read before or after this is the same.
    await new Promise((resolve) => setTimeout(resolve, 200))
    await other.observe('mdm', [seen({ id: idOf(1_500), name: 'renamed' })], takeFacts)
    await other.enlist([1_601], T0)
    await plan(store, first, 'one')
    const second = await page(store)
    expect(second.length).toBeGreaterThanOrEqual(998)
    await plan(store, second, 'two')
    expect(await store.workSize()).toBe(2)
    const rest = await page(store)
    expect(idsOf(rest)).toEqual([idOf(1_500), idOf(1_600)])
    expect(rest[0]?.device.record.name).toBe('renamed')
    const [changed] = await store.get([keyOf(idOf(1_500))])
    expect(await store.steps(changed?.dev ?? 0, 9)).toEqual([])
  })

  it('is read anew by a pass that begins', async () => {
    await using world = await postgresWorld(server())
    const { store } = world
    const other = await world.beside()
    await observed(store, 2_000)
    await plan(store, await page(store), 'one')
    await new Promise((resolve) => setTimeout(resolve, 200))
    await other.observe('mdm', [seen({ id: idOf(1_500), name: 'renamed' })], takeFacts)
    expect(await store.workSize()).toBe(1_000)
    const second = await page(store)
    expect(second.at(-1)?.device.record.name).toBe('renamed')
    await plan(store, second, 'two')
    expect(await store.workSize()).toBe(0)
  })
})

describe('everybody on the worklist', () => {
  it('comes in order of number, before who enters later', async () => {
    await using world = await postgresWorld(server())
    const { store } = world
    await observed(store, 5)
    await plan(store, await page(store), 'one')
    await store.enlist([4], T0)
    await store.enlist([2], T0)
    expect(await waiting(store)).toEqual([idOf(3), idOf(1)])
    expect(await store.enlist('all', T0)).toBe(5)
    await store.enlist([1], T0)
    // Those that were not on it are entered behind those that were.
    expect(await waiting(store)).toEqual([idOf(1), idOf(3), idOf(2), idOf(4), idOf(0)])
  })

  it('is planned again, whoever was on it already and was being planned', async () => {
    await using world = await postgresWorld(server())
    const { store } = world
    const other = await world.beside()
    await observed(store, 3)
    const items = await page(store)
    await other.enlist('all', T0)
    await plan(store, items, 'stale')
    expect((await waiting(store)).length).toBe(3)
    const again = await page(store)
    await plan(store, again, 'fresh')
    expect(await waiting(store)).toEqual([])
    expect((await store.steps(1, 9)).map((each) => each.step.id)).toEqual([`fresh-${idOf(0)}`])
  })

  it('waits for a plan that is being written, and the plan after that is refused', async () => {
    await using world = await postgresWorld(server())
    const { store } = world
    const other = await world.beside()
    await observed(store, 600)
    for (let round = 0; round < 5; round += 1) {
      const items = await page(store)
      await Promise.all([plan(store, items, `r${round}`), other.enlist('all', T0)])
      // Before or after: nobody is missed.
      expect(await store.workSize()).toBe(600)
    }
  })
})

describe('statements that are asked for together', () => {
  it('fail for the reason of the first that did, and none comes after the transaction', async () => {
    const url = await server().database()
    const client = new Client({ connectionString: url, pipeline: true })
    await client.connect()
    try {
      await client.query('create table kept(n int)')
      {
        using session = sessionOn(client)
        await client.query('begin')
        const late = Promise.withResolvers<void>()
        const straggler = late.promise.then(() => session.run('insert into kept values(3)'))
        const failing = Promise.all([
          // Deeper than the one behind it, which fails because of it.
          (async () => (async () => session.rows('select 1 / 0'))())(),
          session.run('insert into kept values(2)'),
        ])
        await expect(failing).rejects.toMatchObject({ code: '22012' })
        session[Symbol.dispose]()
        await client.query('rollback')
        late.resolve()
        await expect(straggler).rejects.toMatchObject({ code: '22012' })
      }
      expect((await client.query('select n from kept')).rows).toEqual([])
    } finally {
      await client.end()
    }
  })
})
