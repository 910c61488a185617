import * as fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Channel, Notice } from '../../src/domain/notice.ts'
import { MINUTE } from '../../src/domain/time.ts'
import { openSlack, openTeams } from '../../src/notify/chat.ts'
import { MONDAY, testClock } from '../clock.ts'
import { openFakeSlack, type FakeSlack } from './fakes/slack.ts'
import { openFakeTeams, type FakeTeams } from './fakes/teams.ts'
import { HOSTILE, notice } from './notices.ts'

async function slack(identities = false): Promise<{ fake: FakeSlack; channel: Channel }> {
  const fake = await openFakeSlack()
  const channel = openSlack({ name: 'ops', url: () => fake.address, identities, clock: testClock() })
  onTestFinished(() => channel[Symbol.asyncDispose]())
  return { fake, channel }
}

async function teams(identities = false): Promise<{ fake: FakeTeams; channel: Channel }> {
  const fake = await openFakeTeams()
  const channel = openTeams({ name: 'ops', url: () => fake.address, identities, clock: testClock() })
  onTestFinished(() => channel[Symbol.asyncDispose]())
  return { fake, channel }
}

const DELIVERED = { kind: 'delivered' }
const LOOK = 'https://git.acme.example/esim/issues/7?a=1&b=2'

/** Texts of any characters, with what is obeyed among them more often than chance would have it. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('<', '>', '&', '!', '](', '`', '\n', 'x', '<!here>'),
    ),
    {
      maxLength: 40,
    },
  )
  .map((parts) => parts.join(''))

function hostile(text: string): Notice {
  return notice({
    title: text,
    subject: text,
    lines: [text, ...HOSTILE],
    devices: [text],
    url: `https://a/?${text}`,
  })
}

describe('Slack', () => {
  test('shows what, the lines, and where from', async () => {
    const { fake, channel } = await slack()
    expect(await channel.deliver(notice())).toEqual(DELIVERED)
    expect(fake.shown).toEqual([
      [
        '🟡 14 devices drifted from 1f3c9aa',
        '6 removed on the device: they repair themselves\n5 changed outside: simplane approve h-44c0\nDevices: …0007',
        `warning · drift-found · fleet · 2026-11-23T08:00:00Z · <${LOOK}|open>`,
      ],
    ])
    expect(fake.links).toEqual([`${LOOK.replaceAll('&', '&amp;')}|open`])
  })

  test('names devices in full where the settings let it, ten at most', async () => {
    const { fake, channel } = await slack(true)
    await channel.deliver(notice({ devices: Array.from({ length: 12 }, (_, at) => `mdm/SERIAL${at}`) }))
    expect(fake.shown.flat().join('\n')).toContain('mdm/SERIAL0, mdm/SERIAL1')
    expect(fake.shown.flat().join('\n')).toMatch(/SERIAL9 and 2 more$/m)
  })

  test('takes hostile texts: nobody is called, and no link comes of them', async () => {
    const { fake, channel } = await slack()
    for (const text of HOSTILE) expect(await channel.deliver(hostile(text))).toEqual(DELIVERED)
    expect(fake.mentions).toEqual([])
    expect(fake.links.filter((link) => !link.startsWith('https://a/?'))).toEqual([])
    expect(fake.shown.flat().join('')).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}]/u)
  })

  test('takes any text', async () => {
    const { fake, channel } = await slack()
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        expect(await channel.deliver(hostile(text))).toEqual(DELIVERED)
        expect([fake.mentions, fake.links.filter((link) => !link.startsWith('https://a/?'))]).toEqual([
          [],
          [],
        ])
      }),
      { numRuns: 60 },
    )
  })

  test('gets what fits, cut through no character and no entity, and a sign that there is more', async () => {
    const { fake, channel } = await slack()
    await channel.deliver(notice({ title: '<'.repeat(200), lines: [] }))
    await channel.deliver(notice({ title: '😀'.repeat(200), lines: [] }))
    expect(fake.shown.map(([title]) => title)).toEqual([`🟡 ${'<'.repeat(36)}…`, `🟡 ${'😀'.repeat(73)}…`])
    const lines = Array.from({ length: 5_000 }, (_, at) => `line ${at} ${'&'.repeat(100)}`)
    expect(await channel.deliver(notice({ lines }))).toEqual(DELIVERED)
    expect(fake.shown[2]?.length).toBe(12)
    expect(fake.shown[2]?.at(-2)).toMatch(/…$/)
  })

  test('links to nothing but web addresses', async () => {
    const { fake, channel } = await slack()
    for (const url of [
      'javascript:alert(1)',
      'nowhere',
      'file:///etc/passwd',
      `https://a/${'&'.repeat(2_000)}`,
    ])
      await channel.deliver(notice({ url }))
    expect([fake.shown.length, fake.links]).toEqual([4, []])
  })

  test.each([
    [
      { status: 400, body: 'invalid_payload' },
      { kind: 'refused', why: 'it answered HTTP 400 (invalid_payload)' },
    ],
    [
      { status: 403, body: 'action_prohibited' },
      { kind: 'later', why: 'it answered HTTP 403 (action_prohibited)' },
    ],
    [
      { status: 404, body: 'no_service' },
      { kind: 'later', why: 'it answered HTTP 404 (no_service)' },
    ],
    [{ status: 410, body: 'channel_is_archived' }, { kind: 'refused' }],
    [{ status: 500, body: 'rollup_error' }, { kind: 'later' }],
    [
      { status: 429, headers: { 'retry-after': '60' } },
      { kind: 'later', retryAt: MONDAY + MINUTE },
    ],
    // Some proxies say 200 to everything.
    [
      { status: 200, body: '<html>Sign in' },
      { kind: 'later', why: expect.stringContaining('200') as string },
    ],
  ])('that answers %j', async (trouble, delivery) => {
    const { fake, channel } = await slack()
    fake.next(trouble)
    expect(await channel.deliver(notice())).toMatchObject(delivery)
  })
})

describe('Teams', () => {
  test('shows what, the lines, and where from', async () => {
    const { fake, channel } = await teams()
    expect(await channel.deliver(notice())).toEqual(DELIVERED)
    expect(fake.shown).toEqual([
      [
        '🟡 14 devices drifted from 1f3c9aa',
        ...notice().lines,
        'Devices: …0007',
        'warning · drift-found · fleet · 2026-11-23T08:00:00Z',
      ],
    ])
    expect([fake.buttons, fake.links]).toEqual([[LOOK], []])
  })

  test('names devices in full where the settings let it', async () => {
    const { fake, channel } = await teams(true)
    await channel.deliver(notice())
    expect(fake.shown[0]).toContain('Devices: simulator/5CG40007')
  })

  test('takes hostile texts, and no link comes of them', async () => {
    const { fake, channel } = await teams()
    for (const text of HOSTILE) expect(await channel.deliver(hostile(text))).toEqual(DELIVERED)
    expect(fake.links).toEqual([])
    expect(fake.buttons.filter((link) => !link.startsWith('https://a/?'))).toEqual([])
    expect(fake.shown.flat().join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
  })

  test('takes any text', async () => {
    const { fake, channel } = await teams()
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        expect(await channel.deliver(hostile(text))).toEqual(DELIVERED)
        expect(fake.links).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  test('gets no more than 28 KB, and is told how much was left out', async () => {
    const { fake, channel } = await teams()
    const lines = Array.from({ length: 5_000 }, (_, at) => `line ${at} ${'"日'.repeat(300)}`)
    expect(
      await channel.deliver(notice({ title: '"日'.repeat(300), subject: '"日'.repeat(300), lines })),
    ).toEqual(DELIVERED)
    expect(fake.shown[0]?.at(-2)).toMatch(/^… and 49\d\d more lines$/)
    expect(fake.sizes[0]).toBeGreaterThan(15_000)
  })

  test.each([
    [
      { status: 401, body: '{"error":{"message":"sig=hunter2"}}' },
      { kind: 'later', why: 'it answered HTTP 401' },
    ],
    [{ status: 404 }, { kind: 'later' }],
    [{ status: 413 }, { kind: 'refused' }],
    [
      { status: 429, headers: { 'retry-after': '60' } },
      { kind: 'later', retryAt: MONDAY + MINUTE },
    ],
    [{ status: 502 }, { kind: 'later' }],
  ])('that answers %j', async (trouble, delivery) => {
    const { fake, channel } = await teams()
    fake.next(trouble)
    expect(await channel.deliver(notice())).toMatchObject(delivery)
  })
})
