import { readFileSync, rmSync } from 'node:fs'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { SimplaneError } from '../../src/domain/error.ts'
import { SECOND } from '../../src/domain/time.ts'
import { openFleet } from '../../src/drivers/fleet/fleet.ts'
import { testClock } from '../clock.ts'
import type { Fault } from './fakes/faults.ts'
import { drive, fleet, order, shown } from './fakes/fleet/world.ts'

async function failure(work: Promise<unknown>): Promise<SimplaneError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof SimplaneError)) throw new Error(`no error of ours was thrown, but ${String(error)}`)
  return error
}

const NOT_FOUND = JSON.stringify({ message: 'Resource Not Found', errors: [{ name: 'base', reason: 'x' }] })

describe('the inventory of a Fleet', () => {
  it('is not taken for whole when a host goes while the pages are read', async () => {
    const world = await fleet()
    for (let at = 0; at < 150; at += 1) world.fake.addMac()
    const first = await world.driver.observe()
    world.fake.hosts.delete(5)
    const second = await world.driver.observe(first.next)
    const listed = first.observations.length + second.observations.length
    expect([first.total, second.total, second.next]).toEqual([150, 150, undefined])
    // The host that moved to the page before was shown by neither.
    expect(listed).toBeLessThan(150)
  })

  it.each([
    ['a page of a proxy', { status: 200, body: '<html>Sign in</html>' }],
    ['half of it', { status: 200, body: '{"hosts":[{"id":1' }],
    ['no list', { status: 200, body: '{}' }],
    ['hosts without ids', { status: 200, body: '{"count":1,"hosts":[{"uuid":"x"}]}' }],
    ['404 of Fleet', { status: 404, body: NOT_FOUND }],
  ])('is never empty because of %s', async (_, said) => {
    const world = await fleet()
    world.fake.addMac()
    world.fake.dials.proxy = said
    expect(await failure(world.driver.observe())).toMatchObject({ code: 'driver-unreachable' })
  })

  it('holds a device that Apple announced and nobody enrolled', async () => {
    const world = await fleet()
    const phone = world.fake.addApple()
    Object.assign(phone, { uuid: '', enrollment: 'Pending' })
    expect((await world.driver.observe()).observations).toMatchObject([
      { facts: { platform: 'ios', registration: 'unknown', esims: 'unknown' } },
    ])
  })

  it('asks for each device with eSIMs, and for no computer without', async () => {
    const world = await fleet()
    for (const add of [world.fake.addMac, world.fake.addWindows, world.fake.addMac, world.fake.addApple])
      add()
    await world.driver.observe()
    const single = world.fake.requests.filter((each) => /^GET \/api\/v1\/fleet\/hosts\/\d/.test(each))
    expect(new Set(single.map((each) => /hosts\/(\d+)/.exec(each)?.[1]))).toEqual(new Set(['2', '4']))
    expect(single).toHaveLength(2)
  })

  it('refuses a cursor that it did not give', async () => {
    const world = await fleet()
    for (const cursor of ['-1', 'x', '1/x', '1/2/3', '../2'])
      expect(await failure(world.driver.observe(cursor))).toMatchObject({ code: 'internal' })
  })
})

describe('a Fleet that does not answer as Fleet', () => {
  it('does not make a device look gone: a 404 must be in its own words', async () => {
    const world = await fleet()
    const laptop = world.laptop()
    world.fake.dials.proxied = /\/hosts\//
    world.fake.dials.proxy = { status: 404, body: '<html>404 Not Found</html>' }
    expect(await failure(world.driver.look(String(laptop.id)))).toMatchObject({ code: 'driver-unreachable' })
    world.fake.dials.proxy = undefined
    expect(await world.driver.look('999')).toBeUndefined()
  })

  it('does not show another host than was asked for', async () => {
    const world = await fleet()
    const [laptop, other] = [world.laptop(), world.laptop()]
    world.fake.dials.proxy = {
      status: 200,
      body: JSON.stringify({ host: { id: other.id, uuid: other.uuid, platform: 'windows' } }),
    }
    expect(await failure(world.driver.look(String(laptop.id)))).toMatchObject({ code: 'driver-unreachable' })
  })

  it.each([401, 403])('for the token (%i): says so, says what to do, and never which', async (status) => {
    const world = await fleet({ driver: { token: () => 'wrong-hunter2' } })
    const laptop = world.laptop()
    if (status === 403)
      world.fake.dials.proxy = { status, body: JSON.stringify({ message: 'forbidden hunter2', errors: [] }) }
    const error = await failure(world.driver.look(String(laptop.id)))
    expect(error).toMatchObject({
      code: 'driver-unreachable',
      hint: expect.stringContaining('Maintainer') as string,
    })
    expect(`${String(error)} ${error.hint ?? ''}`).not.toContain('hunter2')
  })

  it('is given no credentials over plain http', async () => {
    const options = { name: 'fleet', path: ':memory:', clock: testClock(), token: () => 'x' }
    for (const address of ['http://fleet.example.com', 'https://user:pass@fleet.example.com', 'fleet'])
      expect(await failure(openFleet({ ...options, address }))).toMatchObject({ code: 'settings' })
  })
})

describe('a Fleet that wants to be left alone', () => {
  it.each([
    ['throttled', 7 * SECOND],
    ['throttled-silently', 0.75 * SECOND],
  ] as const)('(%s) is told nothing, and the step comes again then', async (fault, wait) => {
    const world = await fleet()
    const phone = await world.phone()
    const install = order(phone, 'install')
    const now = world.clock.now()
    let requests = 0
    // The looks before it get through.
    world.fake.dials.fault = (): Fault | undefined => ((requests += 1) > 1 ? fault : undefined)
    const answer = await world.driver.submit(install)
    expect(answer).toMatchObject({ kind: 'deferred', retryAt: now + wait })
    expect(world.row(install.id)).toBeUndefined()
    world.fake.dials.fault = () => undefined
    await world.clock.advance(wait)
    expect(await world.driver.submit(install)).toMatchObject({ kind: 'accepted' })
    await world.live()
    expect(world.effects(install.id)).toBe(1)
  })

  it('is no answer to what may have arrived before', async () => {
    const world = await fleet()
    const phone = await world.phone()
    const install = order(phone, 'install')
    let fault: Fault | undefined
    let requests = 0
    world.fake.dials.fault = () => ((requests += 1) > 1 ? fault : undefined)
    fault = 'cut-after'
    expect(await failure(drive(world.clock, world.driver.submit(install)))).toMatchObject({
      code: 'driver-unreachable',
    })
    requests = 0
    fault = 'throttled'
    expect(await failure(drive(world.clock, world.driver.submit(install)))).toMatchObject({
      code: 'driver-unreachable',
    })
    fault = undefined
    await world.clock.advance(7 * SECOND)
    expect(await world.driver.submit(install)).toMatchObject({ kind: 'accepted' })
    await world.live()
    expect(world.effects(install.id)).toBe(1)
  })
})

describe('the file of the driver', () => {
  it("is its own: anybody else's is left alone, and a newer one stops it", async () => {
    const world = await fleet()
    await world.driver[Symbol.asyncDispose]()
    const db = new Database(world.file)
    db.pragma('user_version = 99')
    db.close()
    expect(await failure(world.restart())).toMatchObject({ code: 'store-newer' })
    const other = new Database(world.file)
    other.pragma('application_id = 1')
    other.close()
    const before = readFileSync(world.file)
    expect(await failure(world.restart())).toMatchObject({ code: 'driver-unreachable' })
    expect(readFileSync(world.file).equals(before)).toBe(true)
  })

  it('holds the id of a command before Fleet hears of it: after a stop in the middle the same id goes out', async () => {
    for (const fault of ['slow', 'refused-before'] as const) {
      const world = await fleet()
      const phone = await world.phone()
      const install = order(phone, 'install')
      world.fake.dials.fault = (request) => (request.includes('/commands/run') ? fault : undefined)
      const cut = world.driver.submit(install).catch(() => undefined)
      await expect.poll(() => world.row(install.id)?.uuid).toBeTypeOf('string')
      const { uuid } = world.row(install.id) ?? {}
      await world.restart()
      await drive(world.clock, cut)
      world.fake.dials.fault = () => undefined
      expect(await world.driver.submit(install)).toEqual({ kind: 'accepted', receipt: uuid })
      await world.live()
      expect(world.effects(install.id)).toBe(1)
    }
  })

  it('may be lost: nothing is sent a second time that Fleet shows, and devices are asked anew', async () => {
    const world = await fleet()
    const [phone, laptop] = [await world.phone(), world.laptop()]
    const installs = [order(phone, 'install'), order(laptop, 'install')]
    for (const install of installs) await world.driver.submit(install)
    await world.live()
    await world.driver[Symbol.asyncDispose]()
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${world.file}${suffix}`, { force: true })
    await world.restart()
    for (const install of installs) expect(await world.driver.outcome(install)).toEqual({ kind: 'unknown' })
    expect((await shown(world, laptop)).installed).toMatchObject([
      { configuration: 'acme', state: 'installed' },
    ])
    await world.live(2)
    expect((await shown(world, phone)).esims).toHaveLength(1)
  })
})
