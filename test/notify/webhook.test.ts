import { describe, expect, onTestFinished, test } from 'vitest'
import type { Channel } from '../../src/domain/notice.ts'
import { MINUTE, SECOND } from '../../src/domain/time.ts'
import { readKeys, signature } from '../../src/notify/signature.ts'
import { readTarget } from '../../src/notify/target.ts'
import { openWebhook, type WebhookOptions } from '../../src/notify/webhook.ts'
import { MONDAY, testClock, type TestClock } from '../clock.ts'
import { KEY, openReceiver, type Receiver } from './fakes/receiver.ts'
import { HOSTILE, notice } from './notices.ts'

type World = { readonly clock: TestClock; readonly receiver: Receiver; readonly channel: Channel }

async function world(more: Partial<WebhookOptions> = {}, key = KEY): Promise<World> {
  const clock = testClock()
  const receiver = await openReceiver(
    () => clock.now(),
    () => key,
  )
  const channel = openWebhook({
    name: 'hook',
    url: () => `${receiver.url.origin}/in?tenant=7`,
    secret: () => KEY,
    source: 'https://git.acme.example/it/esim',
    identities: false,
    clock,
    ...more,
  })
  onTestFinished(() => channel[Symbol.asyncDispose]())
  return { clock, receiver, channel }
}

describe('a webhook', () => {
  // The test vector of the libraries of Standard Webhooks.
  test('is signed as others sign it', () => {
    const key = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    expect(
      signature(readKeys(key, 'hook'), 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, '{"test": 2432232314}'),
    ).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  test('is a CloudEvent that says everything, the devices by their last four characters', async () => {
    const { receiver, channel } = await world()
    expect(await channel.deliver(notice())).toEqual({ kind: 'delivered' })
    expect([receiver.complaints, receiver.taken.map(({ event }) => event)]).toEqual([
      [],
      [
        {
          specversion: '1.0',
          id: 'drift-found:fleet:1',
          source: 'https://git.acme.example/it/esim',
          type: 'dev.simplane.drift-found.v1',
          subject: 'fleet',
          time: '2026-11-23T08:00:00Z',
          datacontenttype: 'application/json',
          data: {
            severity: 'warning',
            title: '14 devices drifted from 1f3c9aa',
            lines: notice().lines,
            url: 'https://git.acme.example/esim/issues/7?a=1&b=2',
            devices: ['…0007'],
            details: { devices: 14, revision: '1f3c9aa' },
          },
        },
      ],
    ])
  })

  test('names devices in full where the settings let it', async () => {
    const { receiver, channel } = await world({ identities: true })
    await channel.deliver(notice())
    expect(receiver.taken[0]?.event.data.devices).toEqual(['simulator/5CG40007'])
  })

  test('keeps its id and what it says when it is tried again, and is signed for the moment of the try', async () => {
    const { clock, receiver, channel } = await world()
    receiver.next('cut-after')
    expect(await channel.deliver(notice())).toMatchObject({ kind: 'later' })
    clock.set(MONDAY + 90 * MINUTE)
    expect(await channel.deliver(notice())).toEqual({ kind: 'delivered' })
    const [first, second] = receiver.taken
    expect(second?.event).toEqual(first?.event)
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBe(90 * 60)
    expect(receiver.complaints).toEqual([])
  })

  test('is signed with both keys while one takes the place of the other', async () => {
    const newer = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
    for (const key of [KEY, newer]) {
      const { receiver, channel } = await world({ secret: () => `${newer} ${KEY}` }, key)
      expect(await channel.deliver(notice())).toEqual({ kind: 'delivered' })
      expect(receiver.complaints).toEqual([])
    }
    const { receiver, channel } = await world({ secret: () => newer })
    expect(await channel.deliver(notice())).toMatchObject({ kind: 'later', why: 'it answered HTTP 401' })
    expect(receiver.complaints).toEqual(['signature: does not fit'])
  })

  test('has an id that nobody can take for a part of what is signed', async () => {
    const { receiver, channel } = await world()
    const odd = ['a.1.{}', 'line\nfeed', 'é', '', 'x'.repeat(500), '"quoted"']
    for (const id of odd) expect(await channel.deliver(notice({ id }))).toEqual({ kind: 'delivered' })
    const ids = receiver.taken.map(({ event }) => event.id)
    expect(ids.every((id) => /^n_[0-9a-f]{64}$/.test(id))).toBe(true)
    expect([new Set(ids).size, receiver.complaints]).toEqual([odd.length, []])
  })

  test('carries hostile texts as data, with nothing in them that a terminal obeys', async () => {
    const { receiver, channel } = await world()
    for (const [at, text] of HOSTILE.entries()) {
      const hostile = notice({ id: `h${at}`, title: text, lines: [text], subject: text, data: { text } })
      expect(await channel.deliver(hostile)).toEqual({ kind: 'delivered' })
    }
    expect(receiver.complaints).toEqual([])
    for (const [at, { event }] of receiver.taken.entries()) {
      expect(event.data.title + event.data.lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
      expect((event.data.details as { text: string }).text.toWellFormed()).toBe(HOSTILE[at]?.toWellFormed())
    }
  })
})

describe('what the receiver answers', () => {
  test.each([
    [200, 'delivered'],
    [202, 'delivered'],
    [204, 'delivered'],
    [301, 'later'],
    [307, 'later'],
    [400, 'refused'],
    [401, 'later'],
    [403, 'later'],
    [404, 'later'],
    [410, 'refused'],
    [413, 'refused'],
    [422, 'refused'],
    [429, 'later'],
    [500, 'later'],
    [502, 'later'],
    [503, 'later'],
  ])('HTTP %i: %s', async (status, kind) => {
    const { receiver, channel } = await world()
    const elsewhere = await openReceiver(() => MONDAY)
    receiver.next({
      status,
      headers: { location: elsewhere.url.href },
      body: 'https://secret.example/?sig=hunter2',
    })
    const delivery = await channel.deliver(notice())
    expect(delivery.kind).toBe(kind)
    expect(JSON.stringify(delivery)).not.toMatch(/hunter2|127\.0\.0\.1|tenant/)
    // One try: whoever keeps it tries again. Nobody is followed.
    expect([receiver.asked(), elsewhere.asked()]).toEqual([1, 0])
  })

  test.each([429, 500, 503])(
    'with HTTP %i and Retry-After it is asked again at that moment',
    async (status) => {
      const { receiver, channel } = await world()
      receiver.next({ status, headers: { 'retry-after': '120' } })
      expect(await channel.deliver(notice())).toMatchObject({ kind: 'later', retryAt: MONDAY + 2 * MINUTE })
    },
  )

  test.each([
    ['cut', /connection/],
    ['half', /connection|part/],
  ] as const)('what breaks (%s) comes again', async (trouble, why) => {
    const { receiver, channel } = await world()
    receiver.next(trouble)
    const delivery = await channel.deliver(notice())
    expect(delivery).toMatchObject({ kind: 'later', why: expect.stringMatching(why) as string })
    expect(await channel.deliver(notice())).toEqual({ kind: 'delivered' })
  })

  test('a receiver that never ends its answer is left after fifteen seconds', async () => {
    const { clock, receiver, channel } = await world()
    receiver.next('slow')
    const delivery = channel.deliver(notice())
    while (receiver.asked() === 0) await new Promise((resolve) => void setTimeout(resolve, 5))
    await clock.advance(15 * SECOND)
    expect(await delivery).toEqual({ kind: 'later', why: 'the answer took too long' })
  })

  test('an answer without end is not read', async () => {
    const { receiver, channel } = await world()
    receiver.next({ status: 200, body: 'x'.repeat(100_000) })
    expect(await channel.deliver(notice())).toMatchObject({ kind: 'later' })
  })

  test('nobody there comes again', async () => {
    const { channel } = await world({ url: () => 'http://127.0.0.1:9/' })
    expect(await channel.deliver(notice())).toEqual({ kind: 'later', why: 'the connection is refused' })
  })
})

describe('the settings of a webhook', () => {
  test.each([
    ['http://hooks.acme.example/hunter2', /not encrypted/],
    ['ftp://hooks.acme.example/hunter2', /only https/],
    ['https://ada:hunter2@hooks.acme.example/', /user name/],
    ['hunter2', /no URL/],
  ])('%s is no address', (url, message) => {
    expect(() => readTarget(url, 'hook')).toThrow(message)
    expect(() => readTarget(url, 'hook')).toThrow(expect.not.stringContaining('hunter2') as string)
  })

  test.each(['https://10.0.0.7/x', 'https://hooks.internal/', 'http://localhost:1/', 'http://[::1]:1/'])(
    "%s is one: which network it is in is the operator's choice",
    (url) => expect(readTarget(url, 'hook').origin.href).toBe(`${new URL(url).origin}/`),
  )

  test.each([
    'hunter2-hunter2-hunter2-hunter2',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    'whsec_not base64 at all, hunter2!',
    `${KEY} hunter2`,
    // Node would read a key of 40 bytes out of it.
    `${KEY.replace(/=+$/, '')}!hunter2`,
    'whsec_',
  ])('%s is no key, and is never repeated', (secret) => {
    const read = (): unknown => readKeys(secret, 'hook')
    expect(read).toThrow(expect.objectContaining({ code: 'settings' }) as Error)
    expect(read).not.toThrow(/hunter2/)
  })

  test('address and key are asked for each time: they may be renewed, and the address may move', async () => {
    const clock = testClock()
    const [first, second] = [await openReceiver(() => clock.now()), await openReceiver(() => clock.now())]
    const urls = [first.url.href, second.url.href]
    const channel = openWebhook({
      name: 'hook',
      url: () => urls.shift() ?? '',
      secret: () => KEY,
      source: '/simplane',
      identities: false,
      clock,
    })
    onTestFinished(() => channel[Symbol.asyncDispose]())
    await channel.deliver(notice())
    await channel.deliver(notice({ id: 'b' }))
    expect([first.taken.length, second.taken.length]).toEqual([1, 1])
  })
})
