import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { openWriter } from '../../src/drivers/nanomdm/writer.ts'
import type { Fault } from './fakes/faults.ts'
import { installOn, nanoMdm, shown } from './fakes/nanomdm-world.ts'

const CHILD = resolve(import.meta.dirname, 'nanomdm-killed.ts')

describe('a driver that is killed while it sends', () => {
  it.each([
    ['before the first command arrived', 1, 'refused-before'],
    ['when the first had arrived, before the answer', 1, 'cut-after'],
    ['in the middle', 4, 'cut-after'],
    ['at the last', 6, 'cut-after'],
  ] as const)('%s sends each command once in the end', async (_, at, fault) => {
    const world = await nanoMdm()
    const devices = []
    for (let n = 0; n < 6; n += 1) devices.push(await world.enrol())
    const orders = devices.map((device) => installOn(device))
    const { fake, file } = world
    await world.close()

    const given = [file, fake.address, fake.apiKey, String(world.clock.now()), JSON.stringify(orders)]
    const child = spawn(process.execPath, [CHILD, ...given], { stdio: 'ignore' })
    let calls = 0
    fake.dials.fault = (): Fault | undefined => {
      calls += 1
      if (calls !== at) return undefined
      child.kill('SIGKILL')
      return fault
    }
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
    fake.dials.fault = (): undefined => undefined

    await world.restart()
    for (const order of orders) {
      const outcome = await world.driver.outcome(order)
      if (outcome.kind === 'unknown')
        expect(await world.driver.submit(order)).toMatchObject({ kind: 'accepted' })
    }
    await world.live()
    expect(orders.map(({ id }) => fake.effects(world.uuidOf(id) ?? ''))).toEqual(orders.map(() => 1))
    for (const device of devices) {
      expect([...device.effects.values()]).toEqual([1])
      expect((await shown(world, device)).esims).toHaveLength(1)
    }
  })

  it('remembers everything that it answered with 200', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    const order = installOn(device)
    await world.driver.submit(order)
    await world.live()
    const before = { facts: await shown(world, device), outcome: await world.driver.outcome(order) }
    await world.restart()
    expect({ facts: await shown(world, device), outcome: await world.driver.outcome(order) }).toEqual(before)
    expect(await world.driver.submit(order)).toMatchObject({
      kind: 'accepted',
      receipt: world.uuidOf(order.id),
    })
    expect(world.fake.queued(device)).toBe(0)
  })

  it('says that it did not take a webhook which it could not keep', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    const db = new Database(world.file)
    db.exec('alter table device rename to elsewhere')
    world.fake.poll(device)
    await world.deliver()
    expect(world.receiver.statuses.at(-1)).toBe(500)
    const error: unknown = await world.driver.look(device.udid).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'driver-unreachable' })
    db.exec('alter table elsewhere rename to device')
    db.close()
    expect(await shown(world, device)).toMatchObject({ registration: 'active' })
  })
})

describe('writes that share a flush to disk', () => {
  it('are undone alone when they fail, and the others stand', async () => {
    const db = new Database(':memory:')
    db.exec('create table t (n integer primary key)')
    const insert = db.prepare('insert into t values (?)')
    await using writer = openWriter(db)
    const done = await Promise.allSettled([
      writer.write(() => insert.run(1).changes),
      writer.write(() => {
        insert.run(2)
        insert.run(1)
      }),
      writer.write(() => insert.run(3).changes),
    ])
    expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(db.prepare('select n from t').pluck().all()).toEqual([1, 3])
  })

  it('all fail when the flush does', async () => {
    const db = new Database(':memory:')
    const writer = openWriter(db)
    const writes = [writer.write(() => 1), writer.write(() => 2)]
    db.close()
    const done = await Promise.allSettled(writes)
    expect(done.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })
})
