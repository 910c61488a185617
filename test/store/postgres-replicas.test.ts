import { Client } from 'pg'
import { describe, expect, it } from 'vitest'
import type { Lease } from '../../src/domain/journal-store.ts'
import { NO_COUNTS } from '../../src/domain/run-store.ts'
import { openPostgres, type PostgresStore } from '../../src/store/postgres/open.ts'
import { DEFAULT_POLICY } from '../../src/domain/desired.ts'
import { keyOf, outcome, seen, step, T0, takeFacts } from '../conformance/records.ts'
import { claim, planned, planNothing, save, settle, waiting } from '../conformance/store/world.ts'
import { startPostgresChild } from './postgres-child.ts'
import { postgresForThisFile, postgresWorld } from './postgres-world.ts'

const server = postgresForThisFile()
const DESIRED = { configurations: [], groups: [], retirements: [], policy: DEFAULT_POLICY }

/** Several stores on one database, as many processes have it. */
async function replicas(
  count: number,
  check: (stores: readonly PostgresStore[], url: string) => Promise<void>,
): Promise<void> {
  await using world = await postgresWorld(server())
  const stores = await Promise.all(Array.from({ length: count }, () => openPostgres(world.url)))
  try {
    await check(stores, world.url)
  } finally {
    for (const store of stores) await store[Symbol.asyncDispose]()
  }
}

describe('executors side by side', () => {
  it('are given each step once, whoever asks, and however often', () =>
    replicas(3, async (stores) => {
      const ids = Array.from({ length: 60 }, (_, at) => `d-${at}`)
      await planned(stores[0]!, ids, (id) => [step(`s-${id}`)])
      const given: string[] = []
      while (given.length < ids.length) {
        const claims = await Promise.all(stores.map((store) => claim(store, T0, 7)))
        given.push(...claims.flat().map((each) => each.stored.record.id))
      }
      expect(given.toSorted()).toEqual(ids.toSorted())
      expect((await Promise.all(stores.map((store) => claim(store)))).flat()).toEqual([])
    }))

  it('are not given what another was given, until it is settled or the lease is over', () =>
    replicas(2, async ([one, two]) => {
      await planned(one!, ['a'], () => [step('s')])
      const [issued] = await claim(one!)
      expect(issued?.lease).toMatch(/^[0-9a-f-]{36}$/)
      expect(await two!.underWay(T0 + 59_999, 9)).toEqual([])
      await settle(one!, issued!, 'accepted', { pollAt: T0 + 10 })
      expect(await one!.underWay(T0 + 9, 9)).toEqual([])
      const [polled] = await two!.underWay(T0 + 10, 9)
      expect(polled).toMatchObject({ command: issued?.command, state: 'accepted' })
      expect(await one!.underWay(T0 + 60_009, 9)).toEqual([])
      expect(await one!.nextDue(T0)).toBe(T0 + 60_010)
      expect((await one!.underWay(T0 + 60_010, 9)).length).toBe(1)
    }))

  it('settle in vain what another was given since, record and worklist included', () =>
    replicas(2, async ([one, two]) => {
      await planned(one!, ['a'], () => [step('s')])
      const [late] = await claim(one!)
      const [mine] = await two!.underWay(T0 + 60_000, 9)
      const record = { ...late!.stored.record, provisionedBefore: true }
      await settle(one!, late!, 'failed', { record })
      await settle(one!, { ...late!, lease: 'b0a6cd14-0f2a-4b3e-9d7e-1c9e4f3c2a11' as Lease }, 'failed')
      await one!.settle([{ dev: late!.dev, n: late!.n, state: 'failed', at: T0 }])
      expect((await two!.get([keyOf('a')]))[0]).toMatchObject({
        version: 1,
        record: { provisionedBefore: false },
      })
      expect(await waiting(two!)).toEqual([])
      await settle(two!, mine!, 'proven', { record })
      expect((await one!.get([keyOf('a')]))[0]).toMatchObject({
        version: 2,
        record: { provisionedBefore: true },
      })
      expect((await one!.steps(mine!.dev, 9)).map(({ state }) => state)).toEqual(['proven'])
    }))

  it('observe, plan, issue and settle the same devices at once, and lose nothing', () =>
    replicas(3, async (stores) => {
      const ids = Array.from({ length: 24 }, (_, at) => `d-${at}`)
      const observe = (store: PostgresStore, name: string, order: readonly string[]) =>
        store.observe(
          'mdm',
          order.map((id) => seen({ id, name, serialNumber: `S${id.length}${id.at(-1)}` })),
          takeFacts,
        )
      let settled = 0
      for (let round = 0; round < 12; round += 1) {
        const [leader, ...others] = stores
        await Promise.all([
          ...others.map((store, at) => observe(store, `${round}-${at}`, at === 0 ? ids : ids.toReversed())),
          (async () => {
            const { items } = await leader!.work(1_000, T0)
            await save(
              leader!,
              items.map((item) => outcome(item, [step(`${round}-${item.device.dev}`)])),
            )
          })(),
          ...stores.map(async (store) => {
            const claimed = await claim(store)
            for (const each of claimed) await settle(store, each, 'proven')
            settled += claimed.length
          }),
        ])
      }
      const { items } = await stores[0]!.work(1_000, T0)
      await save(
        stores[0]!,
        items.map((item) => outcome(item, [step(`last-${item.device.dev}`)])),
      )
      settled += (await claim(stores[1]!)).length
      const devices = await stores[2]!.scan(0, 99)
      expect(devices.length).toBe(ids.length)
      const steps = await Promise.all(devices.map(({ dev }) => stores[0]!.steps(dev, 99)))
      const commands = steps.flat().flatMap(({ command }) => command ?? [])
      expect(new Set(commands).size).toBe(commands.length)
      expect(commands.length).toBe(settled)
      expect(await stores[0]!.unsettled()).toMatchObject({ ready: 0, underWay: ids.length })
    }))
})

describe('two records that become siblings at once', () => {
  it('are both planned after both are known', () =>
    replicas(2, async ([one, two], url) => {
      await planned(one!, ['first'])
      // The first transaction stands still between looking for siblings and its end.
      await server().query(
        url,
        `create function stand_still() returns trigger language plpgsql as $$
           begin perform pg_advisory_xact_lock(99); return new; end $$;
         create trigger stand_still before insert on work for each row when (new.dev = 2) execute function stand_still()`,
      )
      await using gate = await gateAt(url)
      const first = one!.observe('mdm', [seen({ id: 'a', serialNumber: 'S' })], takeFacts)
      await expect.poll(() => gate.waiting()).toBe(1)
      let through = false
      const second = two!.observe('mdm', [seen({ id: 'b', serialNumber: 'S' })], takeFacts).then(() => {
        through = true
      })
      await expect.poll(async () => through || (await gate.waiting()) === 2).toBe(true)
      await planNothing(two!)
      await gate.open()
      await Promise.all([first, second])
      expect([...(await waiting(one!))].sort()).toEqual(['a', 'b'])
    }))
})

describe('the leader', () => {
  it('is one at a time; its term grows with every change', () =>
    replicas(2, async ([one, two]) => {
      expect(await one!.leadership.leader()).toBeUndefined()
      expect(await one!.leadership.lead()).toBe(1)
      expect(await one!.leadership.lead()).toBe(1)
      expect(await two!.leadership.lead()).toBeUndefined()
      expect(await two!.leadership.leader()).toContain(`process ${process.pid}`)
      await one!.leadership[Symbol.asyncDispose]()
      expect(await two!.leadership.lead()).toBe(2)
      expect(await one!.leadership.lead()).toBeUndefined()
    }))

  it('alone writes what a leader writes; whoever asked in vain, or leads no more, is refused', () =>
    replicas(2, async ([one, two]) => {
      await one!.leadership.lead()
      await two!.leadership.lead()
      await one!.beginRun('start', undefined, T0)
      for (const [name, write] of leadersWrites(two!)) {
        expect([name, await write().then(() => 'written', codeOf)]).toEqual([name, 'not-leading'])
      }
      await one!.leadership[Symbol.asyncDispose]()
      await expect(one!.beginRun('start', undefined, T0)).rejects.toMatchObject({ code: 'not-leading' })
      expect(await two!.leadership.lead()).toBe(2)
      for (const [name, write] of leadersWrites(two!)) {
        expect([name, await write().then(() => 'written', codeOf)]).toEqual([name, 'written'])
      }
    }))

  it('is refused by its term alone, should it not know yet that another leads', () =>
    replicas(1, async ([one], url) => {
      await one!.leadership.lead()
      await server().query(url, 'update leader set term = term + 1')
      for (const [name, write] of leadersWrites(one!)) {
        expect([name, await write().then(() => 'written', codeOf)]).toEqual([name, 'not-leading'])
      }
      expect(await one!.runs(9)).toEqual([])
    }))

  it('does not stop anybody else from observing, executing, approving, asking', () =>
    replicas(2, async ([one, two]) => {
      await one!.leadership.lead()
      expect(await two!.leadership.lead()).toBeUndefined()
      await two!.observe('mdm', [seen()], takeFacts)
      await save(
        one!,
        (await one!.work(9, T0)).items.map((item) => outcome(item, [step('s')])),
      )
      const [claimed] = await claim(two!)
      await settle(two!, claimed!, 'proven')
      await two!.forgetTries('all')
      await two!.enlist('all', T0)
      expect(await two!.request('reconcile', T0)).toBe(1)
      await two!.record([{ at: T0, kind: 'step', message: 'proven' }])
    }))

  it('is not asked of a process that never led: one command writes whatever it has to', () =>
    replicas(2, async ([one, two]) => {
      await one!.leadership.lead()
      for (const [name, write] of leadersWrites(two!)) {
        expect([name, await write().then(() => 'written', codeOf)]).toEqual([name, 'written'])
      }
    }))

  it('loses the lead with its connection, and says so', () =>
    replicas(2, async ([one, two], url) => {
      await one!.leadership.lead()
      await server().query(
        url,
        `select pg_terminate_backend(l.pid) from pg_locks l
           where l.locktype = 'advisory' and l.granted and l.pid <> pg_backend_pid()`,
      )
      await expect.poll(() => two!.leadership.lead()).toBe(2)
      await expect(one!.prune(T0, 9)).rejects.toMatchObject({ code: 'not-leading' })
      expect(await one!.leadership.lead()).toBeUndefined()
    }))

  it('that is killed is followed by another', () =>
    replicas(1, async ([one], url) => {
      await using child = startPostgresChild('leader', url, '60000')
      expect(await child.says()).toBe('term 1')
      expect(await one!.leadership.lead()).toBeUndefined()
      await child.kill()
      await expect.poll(() => one!.leadership.lead(), { timeout: 20_000 }).toBe(2)
    }))

  it('that is paused is followed by another, and writes nothing when it goes on', () =>
    replicas(1, async ([one], url) => {
      await using child = startPostgresChild('leader', url, '1000')
      expect(await child.says()).toBe('term 1')
      child.tell('r1')
      expect(await child.says()).toBe('written')
      child.pause()
      await expect.poll(() => one!.leadership.lead(), { timeout: 30_000 }).toBe(2)
      child.tell('r2')
      child.goOn()
      expect(await child.says()).toBe('not-leading')
    }))
})

describe('a process that dies in the middle of a transaction', () => {
  it('leaves nothing of it, and nobody waits for it', () =>
    replicas(1, async ([one], url) => {
      await using child = startPostgresChild('dying', url)
      expect(await child.says()).toBe('observed')
      await expect(child.says()).rejects.toThrow('said nothing more')
      await one!.observe('mdm', [seen({ name: 'seen' })], takeFacts)
      expect((await one!.scan(0, 9)).map(({ record, version }) => [record.name, version])).toEqual([
        ['seen', 2],
      ])
    }))
})

describe('what others wrote', () => {
  it('is told by the data version; reading, or being given a step again, is no write', () =>
    replicas(2, async ([one, two]) => {
      await planned(one!, ['a'], () => [step('s')])
      await claim(one!)
      const before = await one!.dataVersion()
      await two!.underWay(T0 + 60_000, 9)
      await two!.scan(0, 9)
      expect(await claim(two!)).toEqual([])
      expect(await one!.dataVersion()).toBe(before)
      await two!.enlist('all', T0)
      expect(await one!.dataVersion()).toBeGreaterThan(before)
    }))

  it('never shrinks, even when they close', () =>
    replicas(3, async ([one, two, three]) => {
      await two!.request('reconcile', T0)
      await three!.request('reconcile', T0)
      const before = await one!.dataVersion()
      await two!.request('reconcile', T0)
      await two![Symbol.asyncDispose]()
      expect(await one!.dataVersion()).toBe(before + 1)
    }))
})

/** Keeps whoever asks for advisory lock 99 waiting until it is opened. */
async function gateAt(
  url: string,
): Promise<AsyncDisposable & { waiting(): Promise<number>; open(): Promise<unknown> }> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('select pg_advisory_lock(99)')
  return {
    waiting: async () => {
      const { rows } = await client.query<{ waiting: number }>(
        "select count(*)::int as waiting from pg_locks where locktype = 'advisory' and not granted",
      )
      return rows[0]?.waiting ?? 0
    },
    open: () => client.query('select pg_advisory_unlock(99)'),
    [Symbol.asyncDispose]: () => client.end(),
  }
}

/** Everything that only a leader may write. */
function leadersWrites(store: PostgresStore): readonly (readonly [string, () => Promise<unknown>])[] {
  const entry = { revision: { id: 'r1' }, at: T0, findings: [], rewritten: false }
  return [
    ['apply', () => store.apply({ ...entry, emptySource: false, desired: DESIRED, reach: 'all' })],
    ['refuse', () => store.refuse(entry)],
    ['rememberRetirements', () => store.rememberRetirements([])],
    ['planUnder', () => store.planUnder('circumstances')],
    ['savePlans', () => store.savePlans([], { run: 1, revision: 'r1', now: T0, limited: [] })],
    ['allot', () => store.allot('reset', 1, T0)],
    ['judgeGroup', () => store.judgeGroup('sales', false)],
    [
      'beginListing and endListing',
      async () => store.endListing('mdm', await store.beginListing('mdm', T0), false, T0),
    ],
    ['endListing', () => store.endListing('mdm', 1, false, T0)],
    ['prune', () => store.prune(0, 1)],
    ['beginRun', () => store.beginRun('start', undefined, T0)],
    ['endRun', () => store.endRun(1, NO_COUNTS, undefined, T0)],
  ]
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown }).code
}
