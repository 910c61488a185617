import { Client } from 'pg'
import { describe, expect, it } from 'vitest'
import type { DeviceFacts, Esim, InstalledConfiguration } from '../../src/domain/device.ts'
import { HOUR, MINUTE, toRfc3339 } from '../../src/domain/time.ts'
import type { PutBack } from '../../src/store/put-back.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import { openPutBack } from '../../src/store/postgres/restored.ts'
import { keyOf, seen, step, T0, takeFacts } from '../conformance/records.ts'
import { approve, claim, devOf, planned, settle, waiting } from '../conformance/store/world.ts'
import { effects, openWorld, UNLIMITED, type World } from '../reconcile/world.ts'
import { postgresForThisFile, postgresWorld } from './postgres-world.ts'

const server = postgresForThisFile()
const NOW = T0 + 24 * HOUR

describe('a PostgreSQL database that was put back', () => {
  it('says what it holds, and has everybody planned again', async () => {
    await using world = await postgresWorld(server())
    await planned(world.store, ['d-1', 'd-2'], () => [step('one')])
    await world.store.beginRun('schedule', undefined, T0)
    await claim(world.store, T0 + 5)
    expect(await waiting(world.store)).toEqual([])
    await world.store[Symbol.asyncDispose]()
    await using database = await openPutBack(world.url)
    expect(database.contents).toMatchObject({
      devices: 2,
      format: 1,
      newest: T0 + 5,
      lastRun: { id: 1, trigger: 'schedule', at: T0 },
    })
    expect(database.contents.bytes).toBeGreaterThan(100_000)
    await database.mark({ now: NOW, actor: 'jane' })
    await database[Symbol.asyncDispose]()
    const after = await world.reopen()
    expect(await waiting(after)).toEqual(['d-1', 'd-2'])
    expect(await after.history({ limit: 1 })).toMatchObject([
      {
        kind: 'restore',
        at: NOW,
        actor: 'jane',
        message: `database put back to what it held at ${toRfc3339(T0 + 5)}`,
      },
    ])
  })

  it('gives no command id that was given after the moment it shows', async () => {
    await using world = await postgresWorld(server())
    await planned(world.store, ['d-1'], () => [step('one')])
    await world.store[Symbol.asyncDispose]()
    const backup = await server().database(world.url)
    const later = await world.reopen()
    const [given] = await claim(later)
    await putBack(backup)
    await using restored = await openPostgres(backup)
    await planned(restored, ['d-1'], () => [step('one')])
    const [again] = await claim(restored, NOW)
    expect(again?.dev).toBe(given?.dev)
    expect(again?.command).toMatch(/^[0-9a-z]{5}\.\d+\.\d+\.\d+$/)
    expect(again?.command.split('.')[0]).not.toBe(given?.command.split('.')[0])
  })

  it('gives none to a process either that had opened it before', async () => {
    await using world = await postgresWorld(server())
    await planned(world.store, ['d-1'], () => [step('one')])
    const [given] = await claim(world.store)
    await world.store[Symbol.asyncDispose]()
    // It has not asked anything yet, so that nobody can see it.
    await using early = await openPostgres(world.url)
    await putBack(world.url)
    await planned(early, ['d-2'], () => [step('two')])
    const [first] = await claim(early, NOW)
    expect(first?.command.split('.')[0]).not.toBe(given?.command.split('.')[0])
  })

  it('sends nothing that was under way again, and forgets nothing of it', async () => {
    await using world = await postgresWorld(server())
    const { store } = world
    await planned(store, ['d-1', 'd-2', 'd-3'], (id) => [step(`${id}-step`, KINDS[id] ?? 'install')])
    const sent = await claim(store)
    const retired = sent.find(({ stored }) => stored.record.id === 'd-3')
    if (retired === undefined) throw new Error('d-3 was sent nothing')
    await settle(store, retired, 'accepted', { pollAt: T0 + 5 })
    await store[Symbol.asyncDispose]()
    expect(await putBack(world.url)).toEqual({ unproven: 2, expired: 1, approvals: 0 })
    const restored = await world.reopen()
    expect([await restored.underWay(NOW, 10), await claim(restored, NOW)]).toEqual([[], []])
    const { items } = await restored.work(10, NOW)
    expect(
      items.map(({ device, history }) => [
        device.record.id,
        history.tries.map(({ state, error }) => [state, error?.code, error?.permanent]),
        history.unansweredAt,
      ]),
    ).toEqual([
      ['d-1', [['expired', 'restored', false]], NOW],
      ['d-2', [['unproven', 'restored', false]], NOW],
      ['d-3', [['unproven', 'restored', false]], NOW],
    ])
    // Whoever still had it in hand settles it no more.
    await settle(restored, retired, 'proven')
    const [row] = await restored.steps(await devOf(restored, 'd-3'), 1)
    expect(row).toMatchObject({ state: 'unproven', command: retired.command, settledAt: NOW })
  })

  it('has nothing ready or held, and no approval that stands', async () => {
    await using world = await postgresWorld(server())
    const { store } = world
    await planned(store, ['d-1', 'd-2'], (id) => [
      id === 'd-1' ? step('reset-1', 'reset') : step('reset-2', 'reset', HELD),
    ])
    await approve(store, 'd-2', ['reset-2'], NOW + HOUR)
    expect([...(await store.approved(NOW))]).toEqual(['reset-2'])
    await store[Symbol.asyncDispose]()
    expect(await putBack(world.url)).toMatchObject({ approvals: 1 })
    const restored = await world.reopen()
    expect((await restored.counts()).open).toEqual({ ready: 0, held: 0, underWay: 0 })
    expect([...(await restored.approved(NOW))]).toEqual([])
    expect(await claim(restored, NOW)).toEqual([])
  })

  it('takes no inventory for whole, and nothing for absent that may have come since', async () => {
    await using world = await postgresWorld(server())
    const { store } = world
    const listing = await store.beginListing('mdm', T0)
    // More than are rewritten at once.
    const others = Array.from({ length: 1_200 }, (_, at) => seen({ id: `o-${at}` }))
    const one = seen({ installed: [ENTRY, UNDATED], esims: [ESIM], labels: { site: 'paris' } })
    await store.observe(
      'mdm',
      [one, ...others, seen({ id: 'unknown', installed: 'unknown' })],
      takeFacts,
      listing,
    )
    await store.endListing('mdm', listing, true, T0)
    await store.beginListing('mdm', T0 + 1)
    const [before] = await store.get([keyOf('d-1')])
    await store[Symbol.asyncDispose]()
    await putBack(world.url)
    const restored = await world.reopen()
    const inventories = await restored.inventories()
    expect(inventories.length).toBeGreaterThan(0)
    expect(inventories.filter(({ complete, endedAt }) => complete || endedAt === undefined)).toEqual([])
    const [after] = await restored.get([keyOf('d-1')])
    expect(before?.record).toMatchObject({ esimsComplete: true, provisionedBefore: false })
    expect(after?.record).toEqual({
      ...before?.record,
      esimsComplete: false,
      provisionedBefore: true,
      installed: [{ ...ENTRY, installedAt: NOW }, UNDATED],
    })
    expect(after?.version).toBeGreaterThan(before?.version ?? 0)
    expect(after?.shape).not.toBe(before?.shape)
    const all = await restored.scan(0, 2_000)
    expect(all.length).toBe(1_202)
    expect(all.filter(({ record }) => record.esimsComplete || !record.provisionedBefore)).toEqual([])
    expect((await restored.get([keyOf('unknown')]))[0]?.record.installed).toBe('unknown')
    expect(await restored.workSize()).toBe(1_202)
  })

  it('is left as it was while a service leads on it, and says which', async () => {
    await using world = await postgresWorld(server())
    await planned(world.store, ['d-1'], () => [step('one')])
    await using leader = await openPostgres(world.url)
    expect(await leader.leadership.lead()).toBe(1)
    await expect(openPutBack(world.url)).rejects.toMatchObject({
      code: 'store-busy',
      message: expect.stringMatching(/^A simplane \(process \d+ on .+\) works on the PostgreSQL database /),
    })
    expect((await claim(leader)).length).toBe(1)
  })

  it('is left as it was while a service that does not lead is connected to it', async () => {
    await using world = await postgresWorld(server())
    await planned(world.store, ['d-1'], () => [step('one')])
    await expect(openPutBack(world.url)).rejects.toMatchObject({ code: 'store-busy' })
    await world.store[Symbol.asyncDispose]()
    await using database = await openPutBack(world.url)
    // One that came while a person was asked: it cannot lead, and yet executes.
    const late = await world.reopen()
    expect(await late.workSize()).toBe(0)
    await expect(database.mark({ now: NOW, actor: 'jane' })).rejects.toMatchObject({ code: 'store-busy' })
    expect((await claim(late)).length).toBe(1)
  })

  it('keeps every service from leading until it is safe to go on from', async () => {
    await using world = await postgresWorld(server())
    await world.store[Symbol.asyncDispose]()
    await using database = await openPutBack(world.url)
    await using late = await openPostgres(world.url)
    expect(await late.leadership.lead()).toBeUndefined()
    await database[Symbol.asyncDispose]()
    expect(await late.leadership.lead()).toBe(2)
  })

  it('is changed all at once or not at all', async () => {
    await using world = await postgresWorld(server())
    await planned(world.store, ['d-1'], () => [step('one')])
    await world.store[Symbol.asyncDispose]()
    const told = "select md5(string_agg(x::text, '')) as told from"
    const state = async (): Promise<unknown> => [
      await server().query(world.url, `${told} (select * from step order by dev) x`),
      await server().query(world.url, `${told} (select * from device order by dev) x`),
      await server().query(world.url, `${told} (select * from meta order by key) x`),
    ]
    const before = await state()
    await server().query(
      world.url,
      `create function full_disk() returns trigger language plpgsql as $$
         begin raise exception 'could not extend file' using errcode = '53100'; end $$;
       create trigger full_disk before insert on event for each row execute function full_disk()`,
    )
    await expect(putBack(world.url)).rejects.toMatchObject({ code: 'store-unwritable' })
    expect(await state()).toEqual(before)
    await server().query(world.url, 'drop trigger full_disk on event')
    await putBack(world.url)
    expect(await state()).not.toEqual(before)
  })

  it('waits for nobody who only looks at it by other means', async () => {
    await using world = await postgresWorld(server())
    await world.store[Symbol.asyncDispose]()
    const reader = new Client({ connectionString: world.url, application_name: 'psql' })
    await reader.connect()
    try {
      await reader.query('begin; select count(*) from step')
      expect(await putBack(world.url)).toEqual({ unproven: 0, expired: 0, approvals: 0 })
    } finally {
      await reader.end()
    }
  })
})

const ACME = `apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: acme-laptops }
spec:
  windows: { serverName: smdp.acme.example }
  distribution: { to: custom, devices: [5CG40001, 5CG40002] }
`
const NEO = ACME.replace('acme.example', 'neo.example')

describe('after PostgreSQL was put back', () => {
  it('no fleet is erased a second time for a redownload that was served meanwhile', async () => {
    const past = await rolledOut(withoutTimes)
    const { world } = past
    await past.backup()
    await world.clock.advance(HOUR)
    const on = toRfc3339(world.clock.now())
    await world.write({ 'acme.yaml': `${ACME}  redownload: [{ on: ${on}, to: all }]\n` })
    await world.settle()
    const once = ['install acme-laptops done', 'reset done', 'install acme-laptops done']
    expect(effects(world.simulator, 'd-1')).toEqual(once)
    await past.restore()
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-1')).toEqual(once)
    const later = toRfc3339(world.clock.now())
    await world.write({ 'acme.yaml': `${ACME}  redownload: [{ on: ${later}, to: all }]\n` })
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-1')).toEqual([...once, 'reset done', 'install acme-laptops done'])
  })

  it('an eSIM reset that was under way waits for a person, unless the device shows that it took effect', async () => {
    const past = await rolledOut()
    const { world } = past
    for (const id of ['d-1', 'd-2']) world.simulator.setOnline(id, false)
    await world.write({ 'acme.yaml': NEO })
    await world.live(MINUTE)
    expect((await world.store.counts()).open.underWay).toBe(2)
    await past.backup()
    world.simulator.setOnline('d-2', true)
    await world.live(HOUR)
    const told = world.simulator.counts().told
    expect(await past.restore()).toMatchObject({ unproven: 2, expired: 0 })
    await world.live(2 * HOUR)
    expect(world.simulator.counts().told).toBe(told)
    expect((await world.device('5CG40002')).status.verdict).toBe('in-sync')
    const { status } = await world.device('5CG40001')
    expect(status.findings.map(({ code }) => code)).toContain('unproven')
  })

  it('nothing destructive is planned before an inventory was read whole', async () => {
    const past = await rolledOut()
    const { world } = past
    await past.backup()
    await past.restore()
    world.simulator.setDials({ hostile: true })
    await world.write({ 'acme.yaml': NEO })
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-1')).toEqual(['install acme-laptops done'])
    expect((await world.store.counts()).findings).toContainEqual({ code: 'inventory-incomplete', devices: 2 })
    world.simulator.setDials({ hostile: false })
    await world.live(HOUR)
    expect(effects(world.simulator, 'd-1')).toContain('reset done')
  })

  it('everything planned from scratch equals what is recorded', async () => {
    const past = await rolledOut()
    const { world } = past
    await past.backup()
    await world.write({ 'acme.yaml': NEO })
    await world.settle()
    await past.restore()
    await world.settle()
    const before = (await world.store.scan(0, 100)).map(({ status }) => status)
    await world.store.enlist('all', world.clock.now())
    await world.settle()
    expect((await world.store.scan(0, 100)).map(({ status }) => status)).toEqual(before)
    expect((await world.store.counts()).byVerdict['in-sync']).toBe(before.length)
  })
})

const KINDS: Readonly<Record<string, 'reset' | 'retire'>> = { 'd-2': 'reset', 'd-3': 'retire' }
const HELD = { state: 'held', heldBy: ['would-strand'], holdsFor: { codes: ['would-strand'] } } as const
const ENTRY: InstalledConfiguration = {
  configuration: 'acme "é\u2028\0" \\',
  spec: {
    platform: 'windows',
    serverName: 'smdp.acme.example',
    isDiscoveryServer: false,
    autoEnable: true,
  },
  installedAt: T0 - HOUR,
  managed: true,
  onRemove: 'keep-esims',
  state: 'installed',
}
const { installedAt: _installedAt, ...UNDATED } = { ...ENTRY, configuration: 'undated' }
const ESIM: Esim = { iccid: '8933150319000000001' }

async function putBack(url: string): Promise<PutBack> {
  await using database = await openPutBack(url)
  return await database.mark({ now: NOW, actor: 'jane' })
}

/** An MDM that does not say when a configuration came. */
function withoutTimes(facts: DeviceFacts): DeviceFacts {
  if (facts.installed === 'unknown') return facts
  return { ...facts, installed: facts.installed.map(({ installedAt: _at, ...entry }) => entry) }
}

type Past = {
  readonly world: World
  /** Keeps the database as it is now. */
  backup(): Promise<void>
  /** Goes on from it. */
  restore(): Promise<PutBack>
}

/** Two laptops with their eSIM, proven, on a database of PostgreSQL. */
async function rolledOut(facts: (facts: DeviceFacts) => DeviceFacts = (same) => same): Promise<Past> {
  let url = await server().database()
  let kept = url
  const world = await openWorld({ devices: 2, facts, store: () => openPostgres(url) })
  await world.write({ 'acme.yaml': ACME, 'policy.yaml': UNLIMITED })
  await world.settle()
  expect(effects(world.simulator)).toEqual(['install acme-laptops done', 'install acme-laptops done'])
  return {
    world,
    backup: async () => {
      await world.store[Symbol.asyncDispose]()
      kept = await server().database(url)
      await world.restart()
    },
    restore: async () => {
      await world.store[Symbol.asyncDispose]()
      url = kept
      await using database = await openPutBack(url)
      const result = await database.mark({ now: world.clock.now(), actor: 'jane' })
      await world.restart()
      return result
    },
  }
}
