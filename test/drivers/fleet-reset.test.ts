import { describe, expect, it } from 'vitest'
import { recordKey } from '../../src/domain/device.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import type { FakeHost } from './fakes/fleet/hosts.ts'
import { drive, fleet, order, provisioned, shown, SLOT, WINDOWS } from './fakes/fleet/world.ts'

describe('the eSIM reset', () => {
  it('is one Exec with one Item, which is all that Fleet takes, on every tier', async () => {
    const world = await fleet({ fake: { tier: 'free' }, driver: { premium: false, readsEuicc: true } })
    const laptop = world.laptop()
    laptop.windows?.machine.chips[0]?.esims.push({ iccid: '8933100000000000009', enabled: true })
    const reset = order(laptop, 'reset')
    expect(await world.driver.submit(reset)).toMatchObject({ kind: 'accepted' })
    await world.live()
    expect(await world.driver.outcome(reset)).toMatchObject({ kind: 'done' })
    expect(await shown(world, laptop)).toMatchObject({ esims: [], esimsComplete: true })
    expect(world.fake.command(world.row(reset.id)?.uuid ?? '')?.text).toBe(
      `<Exec><CmdID>${world.row(reset.id)?.uuid}</CmdID><Item><Target><LocURI>` +
        './Device/Vendor/MSFT/eUICCs/Default/Actions/ResetToFactoryState</LocURI></Target></Item></Exec>',
    )
  })

  it('goes to the chip of this EID where somebody knows it, and to no other after a board swap', async () => {
    const world = await fleet()
    const laptop = await provisioned(world)
    const other = '89049032000000000000000000000099'
    const device = { ...order(laptop, 'reset').device, eid: other }
    const reset = order(laptop, 'reset', { device })
    await world.driver.submit(reset)
    await world.live()
    expect(await world.driver.outcome(reset)).toMatchObject({
      kind: 'failed',
      code: 'syncml-404',
      permanent: false,
    })
    expect(laptop.windows?.chipIccids).toHaveLength(1)
  })

  it.each(['refused-after', 'cut-after', 'half', 'malformed'] as const)(
    'happens once when the answer to it is lost (%s)',
    async (fault) => {
      const world = await fleet()
      const laptop = await provisioned(world)
      world.fake.dials.fault = (request) => (request.includes('/commands/run') ? fault : undefined)
      const reset = order(laptop, 'reset')
      const first = await drive(world.clock, world.driver.submit(reset)).catch(() => undefined)
      world.fake.dials.fault = () => undefined
      expect(await world.driver.submit(reset)).toMatchObject({ kind: 'accepted' })
      if (first !== undefined) expect(first).toMatchObject({ kind: 'accepted' })
      await world.live()
      expect(await world.driver.outcome(reset)).toMatchObject({ kind: 'done' })
      expect(laptop.log.filter((line) => line.startsWith('exec'))).toHaveLength(1)
    },
  )

  it('is remembered when the driver is opened again', async () => {
    const world = await fleet()
    const laptop = await provisioned(world)
    const reset = order(laptop, 'reset')
    const first = await world.driver.submit(reset)
    await world.restart()
    expect(await world.driver.submit(reset)).toEqual(first)
    await world.live()
    await world.restart()
    expect(await world.driver.outcome(reset)).toMatchObject({ kind: 'done' })
    expect(laptop.log.filter((line) => line.startsWith('exec'))).toHaveLength(1)
  })

  it('is lost with the enrolment it was meant for', async () => {
    const world = await fleet()
    const laptop = await provisioned(world)
    laptop.online = false
    const reset = order(laptop, 'reset')
    await world.driver.submit(reset)
    await world.clock.advance(HOUR)
    laptop.queue = []
    laptop.enrolledAt = world.clock.now()
    expect(await world.driver.outcome(reset)).toMatchObject({ kind: 'failed', code: 're-enrolled' })
  })

  it('is not lost with an enrolment of the same minutes: clocks differ', async () => {
    const world = await fleet()
    const laptop = world.laptop()
    laptop.online = false
    const reset = order(laptop, 'reset')
    await world.driver.submit(reset)
    laptop.enrolledAt = world.clock.now() + 2 * MINUTE
    expect(await world.driver.outcome(reset)).toEqual({ kind: 'pending' })
  })

  it('is never sent to a phone, or to a Windows 10', async () => {
    const world = await fleet()
    const [phone, laptop] = [await world.phone(), world.laptop()]
    laptop.osVersion = 'Windows 10 Pro 22H2 10.0.19045.4598'
    for (const host of [phone, laptop])
      expect(await world.driver.submit(order(host, 'reset'))).toMatchObject({ kind: 'refused' })
    expect(phone.queue).toEqual([])
    expect(laptop.queue).toEqual([])
  })
})

describe('a reading of a Windows device', () => {
  it('is not asked for unless it is allowed', async () => {
    const world = await fleet()
    const laptop = await provisioned(world)
    await shown(world, laptop)
    expect(world.fake.requests.filter((each) => each.endsWith('/query'))).toEqual([])
  })

  it('that the device cannot give (0x80070032) leaves its eSIMs unknown', async () => {
    const world = await fleet({ driver: { readsEuicc: true } })
    world.fake.dials.bridge = 'unsupported'
    const laptop = world.laptop()
    expect(await shown(world, laptop)).toMatchObject({ esims: 'unknown', esimsComplete: false })
    world.fake.dials.bridge = 'ok'
    laptop.online = false
    expect(await shown(world, laptop)).toMatchObject({ esims: 'unknown' })
  })

  it('shows a server that Fleet did not put there, as unmanaged', async () => {
    const world = await fleet({ driver: { readsEuicc: true } })
    const laptop = await provisioned(world)
    laptop.profiles = []
    laptop.labels.delete(SLOT)
    await world.clock.advance(13 * HOUR)
    expect((await shown(world, laptop)).installed).toMatchObject([
      { configuration: 'smdp.acme.example', managed: false, spec: WINDOWS },
    ])
  })

  it('of an enrolment before says nothing', async () => {
    const world = await fleet({ driver: { readsEuicc: true } })
    const laptop = await provisioned(world)
    expect((await shown(world, laptop)).esims).toHaveLength(1)
    await world.clock.advance(MINUTE)
    laptop.enrolledAt = world.clock.now()
    laptop.online = false
    expect(await shown(world, laptop)).toMatchObject({ esims: 'unknown', enrolledAt: world.clock.now() })
  })
})

describe('a record', () => {
  it('is deleted alone, and only when it is a stale one of the same hardware', async () => {
    const world = await fleet()
    const [live, old, stranger] = [world.laptop(), world.laptop(), world.laptop()]
    Object.assign(old, { serial: live.serial })
    for (const host of [old, stranger]) world.fake.leave(host)
    const remove = (record: FakeHost) =>
      world.driver.submit(order(live, 'delete-record', { record: recordKey('fleet', String(record.id)) }))
    expect(await remove(stranger)).toMatchObject({ kind: 'refused', code: 'other-hardware' })
    expect(await remove(live)).toMatchObject({ kind: 'refused', code: 'still-live' })
    old.enrollment = 'On (manual)'
    expect(await remove(old)).toMatchObject({ kind: 'refused', code: 'still-live' })
    world.fake.leave(old)
    expect(await remove(old)).toMatchObject({ kind: 'accepted' })
    expect([...world.fake.hosts.keys()]).toEqual([live.id, stranger.id])
  })

  it.each([undefined, 'fleet/', 'fleet/0', 'other/2', 'fleet/2x'])(
    'that is called %s is not deleted',
    async (record) => {
      const world = await fleet()
      const live = world.laptop()
      world.fake.leave(world.laptop())
      const command = order(live, 'delete-record', record === undefined ? {} : { record: record as never })
      expect(await world.driver.submit(command)).toMatchObject({ kind: 'refused' })
      expect(world.fake.hosts.size).toBe(2)
    },
  )

  it('the fake knows the trap: a deletion with an empty filter deletes every host', async () => {
    const { fake } = await fleet()
    fake.addMac()
    const headers = { authorization: `Bearer ${fake.token}` }
    const body = JSON.stringify({ filters: {} })
    await fetch(`${fake.address}/api/v1/fleet/hosts/delete`, { method: 'POST', headers, body })
    expect(fake.hosts.size).toBe(0)
  })
})
