import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { readEvent } from '../../src/drivers/nanomdm/event.ts'
import { readPlist } from '../../src/drivers/nanomdm/plist.ts'
import { makeDevice, newIccid } from './fakes/apple-device.ts'
import type { Webhook } from './fakes/nanomdm.ts'
import { installOn, nanoMdm, shown, type NanoMdmWorld } from './fakes/nanomdm-world.ts'

/** A check-in of the documentation's shape (event.json). */
function event(changes: object = {}, inner: object = {}): string {
  const checkin = { udid: 'D1', ids: { id: 'D1', type: 'Device' }, raw_payload: '', ...inner }
  return JSON.stringify({
    topic: 'mdm.CheckOut',
    event_id: 'b7e2320cc0793f38',
    created_at: '2026-11-23T08:00:00.609121239Z',
    checkin_event: checkin,
    ...changes,
  })
}

function signed(
  body: string | Uint8Array,
  key = 'hook-key',
): { headers: Record<string, string>; body: Uint8Array } {
  const bytes = Buffer.from(body)
  return {
    headers: { 'x-hmac-signature': createHmac('sha256', key).update(bytes).digest('base64') },
    body: bytes,
  }
}

/** Gives the driver a webhook as whoever listens would. */
async function push(world: NanoMdmWorld, { body }: Webhook): Promise<void> {
  await world.driver.webhook({ headers: world.fake.headersOf(body), body: Buffer.from(body) })
}

describe('a webhook', () => {
  it('is read when it is signed with the key', () => {
    const at = Date.parse('2026-11-23T08:00:00.609Z')
    expect(readEvent(signed(event()), 'hook-key')).toEqual({
      kind: 'event',
      event: { id: 'D1', userEnrolled: false, at, what: { kind: 'left' } },
    })
  })

  it.each([
    ['another key', signed(event(), 'other').headers['x-hmac-signature']],
    ['no signature', undefined],
    ['an empty signature', ''],
    ['a signature that is too short', 'AAAA'],
    [
      'the signature of another body',
      signed(event({ topic: 'mdm.TokenUpdate' })).headers['x-hmac-signature'],
    ],
  ])('is refused with %s', (_, signature) => {
    const request = { headers: { 'x-hmac-signature': signature }, body: Buffer.from(event()) }
    expect(readEvent(request, 'hook-key')).toMatchObject({ kind: 'refused', status: 401 })
  })

  it('needs no signature only where the settings say so', () => {
    expect(readEvent({ headers: {}, body: Buffer.from(event()) }, undefined)).toMatchObject({ kind: 'event' })
  })

  it.each([
    ['no JSON', 'PK\u0003\u0004'],
    ['an array', '[]'],
    ['null', 'null'],
    ['no moment', event({ created_at: undefined })],
    ['no real moment', event({ created_at: '2026-02-30T00:00:00Z' })],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['a megabyte and more', `${event()}${' '.repeat(1024 * 1024)}`],
  ])('that is %s is refused', (_, body) => {
    expect(readEvent(signed(body), 'hook-key')).toMatchObject({ kind: 'refused', status: 400 })
  })

  it.each([
    ['the channel of a user', event({}, { ids: { id: 'D1:U1', type: 'User', parent_id: 'D1' } })],
    ['a user of a shared iPad', event({}, { ids: { id: 'D1:anna', type: 'Shared iPad', parent_id: 'D1' } })],
    ['an id that would end up in an address as two', event({}, { ids: { id: 'D1,D2', type: 'Device' } })],
    ['an id that climbs', event({}, { ids: { id: '../D1', type: 'Device' } })],
    ['nobody', event({}, { ids: undefined, udid: undefined })],
    ['a bootstrap token', event({ topic: 'mdm.SetBootstrapToken' })],
    ['something newer than this program', event({ topic: 'mdm.Foo' })],
    [
      'a status that Apple does not have',
      event({ topic: 'mdm.Connect' }, { status: 'Maybe', command_uuid: 'u' }),
    ],
  ])('about %s is heard and means nothing', (_, body) => {
    expect(readEvent(signed(body), 'hook-key')).toEqual({ kind: 'nothing' })
  })

  it('of a server that copies the older format is read by its UDID', () => {
    expect(readEvent(signed(event({}, { ids: undefined })), 'hook-key')).toMatchObject({
      event: { id: 'D1' },
    })
  })

  it('never throws, whatever it holds', () => {
    fc.assert(
      fc.property(fc.json(), fc.uint8Array({ maxLength: 200 }), (json, payload) => {
        const raw = Buffer.from(payload).toString('base64')
        const bodies = [
          json,
          event({}, { raw_payload: raw }),
          event(JSON.parse(json) as object),
          event({ acknowledge_event: JSON.parse(json) as object }),
        ]
        for (const topic of ['mdm.Authenticate', 'mdm.Connect'])
          bodies.push(event({ topic }, { raw_payload: raw, status: 'Error', command_uuid: 'u' }))
        for (const body of bodies) readEvent(signed(body), 'hook-key')
      }),
      { numRuns: 300 },
    )
  })
})

describe('what a device wrote', () => {
  const bytes = (text: string): Uint8Array => Buffer.from(text)

  it('keeps long digits as they are', () => {
    const plist =
      '<plist version="1.0"><dict><key>ICCID</key><string>8941100000000000001</string><key>N</key><integer>7</integer></dict></plist>'
    expect(readPlist(bytes(plist))).toEqual({ ICCID: '8941100000000000001', N: 7 })
  })

  it.each([
    [
      'a billion laughs',
      '<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><plist><dict><key>a</key><string>&b;</string></dict></plist>',
    ],
    [
      'a file of ours',
      '<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a SYSTEM "file:///etc/passwd">]><plist><dict><key>a</key><string>&a;</string></dict></plist>',
    ],
    ['arrays without end', `<plist>${'<array>'.repeat(30_000)}${'</array>'.repeat(30_000)}</plist>`],
    [
      'a quarter of a megabyte',
      `<plist><dict><key>a</key><string>${'x'.repeat(256 * 1024)}</string></dict></plist>`,
    ],
    [
      'a key of every object',
      '<plist><dict><key>__proto__</key><dict><key>a</key><true/></dict></dict></plist>',
    ],
    ['tags that do not close', '<plist><dict><key>a</key><string>b</dict></plist>'],
    ['half of it', '<plist><dict><key>a</key><str'],
    ['a list', '<plist><array><string>a</string></array></plist>'],
    ['another kind of property list', '{ a = b; }'],
    ['a binary one', 'bplist00\u00D1\u0001\u0002'],
    ['nothing', ''],
  ])('is not read when it is %s', (_, text) => {
    expect(readPlist(bytes(text))).toBeUndefined()
    expect(({} as { a?: unknown }).a).toBeUndefined()
  })

  it('that cannot be read leaves the answer standing, and is asked for again', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    device.plans.push({ iccid: newIccid() })
    await world.clock.advance(12 * HOUR)
    await world.driver.look(device.udid)
    world.fake.poll(device)
    for (const { body, ...webhook } of world.fake.webhooks.splice(0))
      await push(world, {
        ...webhook,
        body: body.replace(/"raw_payload":"[^"]*"/, '"raw_payload":"PHBsaXN0Pg=="'),
      })
    expect((await shown(world, device)).esims).toEqual([])
    await world.clock.advance(12 * HOUR)
    await world.driver.look(device.udid)
    world.fake.poll(device)
    await world.deliver()
    expect((await shown(world, device)).esims).toHaveLength(1)
  })
})

describe('webhooks', () => {
  it('are answered with 200 when they were taken, which is all that NanoMDM counts as taken', async () => {
    const world = await nanoMdm()
    await world.enrol()
    expect(new Set(world.receiver.statuses)).toEqual(new Set([200]))
    const bad = await fetch(world.receiver.url, { method: 'POST', body: event() })
    expect(bad.status).toBe(401)
  })

  it('give a signal for what changed, and none for polls and repetitions', async () => {
    const world = await nanoMdm()
    const device = makeDevice()
    world.fake.enrol(device)
    const enrolment = [...world.fake.webhooks]
    await world.deliver()
    const { signals } = world.receiver
    const id = device.udid
    expect(signals.splice(0)).toEqual([
      { id, what: 'enrolled' },
      { id, what: 'enrolled' },
    ])
    world.fake.poll(device)
    world.fake.webhooks.push(...enrolment)
    await world.deliver()
    expect(signals.splice(0)).toEqual([])
    await world.driver.look(id)
    world.fake.poll(device)
    const answer = [...world.fake.webhooks]
    await world.deliver()
    expect(signals.splice(0)).toEqual([{ id, what: 'answered' }])
    world.fake.webhooks.push(...answer)
    await world.deliver()
    expect(signals.splice(0)).toEqual([])
    world.fake.checkOut(device)
    await world.deliver()
    expect(signals.splice(0)).toEqual([{ id, what: 'left' }])
  })

  it('of one device cannot answer for another', async () => {
    const world = await nanoMdm()
    const [device, liar] = [await world.enrol(), await world.enrol()]
    const order = installOn(device)
    await world.driver.submit(order)
    world.fake.say(liar, world.uuidOf(order.id) ?? '', 'Acknowledged')
    await world.deliver()
    expect(await world.driver.outcome(order)).toEqual({ kind: 'pending' })
  })

  it('told in any order, some of them twice, come to the same end', async () => {
    const source = await nanoMdm()
    const { device, order, told } = await story(source)
    const expected = { facts: await shown(source, device), outcome: await source.driver.outcome(order) }
    expect(expected).toMatchObject({ facts: { esims: [{ source: {} }, {}] }, outcome: { kind: 'done' } })
    const mixtures = fc.sample(fc.shuffledSubarray([...told, ...told], { minLength: told.length * 2 }), {
      numRuns: 25,
      seed: 7,
    })
    for (const webhooks of mixtures) {
      await source.forgetHeard()
      for (const webhook of webhooks) await push(source, webhook)
      const end = { facts: await shown(source, device), outcome: await source.driver.outcome(order) }
      expect(end).toEqual(expected)
    }
  })
})

/** Enrolment, an install, its plan, another SIM, a poll: all webhooks of it. */
async function story(world: NanoMdmWorld) {
  const told: Webhook[] = []
  const deliver = async (): Promise<void> => {
    told.push(...world.fake.webhooks)
    await world.deliver()
    await world.clock.advance(1_000)
  }
  const device = makeDevice()
  world.fake.enrol(device)
  await deliver()
  await world.driver.look(device.udid)
  world.fake.poll(device)
  await deliver()
  const order = installOn(device)
  await world.driver.submit(order)
  device.busy = 1
  world.fake.poll(device)
  await deliver()
  for (let minute = 0; minute < 4; minute += 1) {
    world.fake.poll(device)
    await deliver()
    await world.clock.advance(MINUTE)
    await world.driver.look(device.udid)
  }
  device.plans.push({ iccid: newIccid() })
  await world.clock.advance(12 * HOUR)
  await world.driver.look(device.udid)
  world.fake.poll(device)
  await deliver()
  return { device, order, told }
}
