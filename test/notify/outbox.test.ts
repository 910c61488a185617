import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Log } from '../../src/domain/log.ts'
import { NOTICE_KINDS, type Notice, type Outbox } from '../../src/domain/notice.ts'
import type { Store } from '../../src/domain/store.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { openNotices } from '../../src/notices.ts'
import { parseSettings } from '../../src/settings.ts'
import { openStore } from '../../src/store/sqlite/open.ts'
import { testClock, type TestClock } from '../clock.ts'
import { temporaryFolder } from '../store/sqlite-world.ts'
import { KEY, openReceiver, type Receiver } from './fakes/receiver.ts'
import { openFakeSlack } from './fakes/slack.ts'
import { openFakeTeams } from './fakes/teams.ts'
import { notice } from './notices.ts'

type Service = AsyncDisposable & { readonly outbox: Outbox; readonly store: Store }

type World = {
  readonly clock: TestClock
  readonly said: string[]
  /** Secrets by the file that holds them. */
  readonly secrets: Map<string, string>
  /** Starts a service on the same store; only one at a time. */
  readonly start: () => Promise<Service>
}

/** A store on the disk, and settings as they are written. */
async function world(notify: string): Promise<World> {
  const folder = await temporaryFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const clock = testClock()
  const said: string[] = []
  const secrets = new Map([['key', KEY]])
  const text = `apiVersion: simplane/v1\nkind: Settings\nnotify:\n${notify}`
  const { settings, findings } = parseSettings(text, 'simplane.yaml', {})
  if (settings === undefined) throw new Error(JSON.stringify(findings))
  return {
    clock,
    said,
    secrets,
    async start() {
      const store = await openStore(join(folder.path, 'simplane.db'))
      const outbox = await openNotices(settings, {
        store,
        clock,
        log: logTo(said),
        reveal: (ref) => secrets.get('file' in ref ? ref.file : ref.env) ?? '',
      })
      const stack = new AsyncDisposableStack()
      stack.use(store)
      stack.use(outbox)
      onTestFinished(() => stack.disposeAsync())
      return { outbox, store, [Symbol.asyncDispose]: () => stack.disposeAsync() }
    },
  }
}

function logTo(said: string[]): Log {
  const quiet = (): void => undefined
  const loud = (event: string, message: string): void => void said.push(`${event}: ${message}`)
  return { debug: quiet, info: quiet, warn: loud, error: loud }
}

function hook(name: string, { url }: Receiver, more = ''): string {
  return `  - { name: ${name}, kind: webhook, url: "${url.href}", secret: { file: key }${more} }\n`
}

function many(count: number, more: Partial<Notice> = {}): readonly Notice[] {
  return Array.from({ length: count }, (_, at) => notice({ id: `n${at}`, ...more }))
}

function ids(receiver: Receiver): readonly string[] {
  return receiver.taken.map(({ event }) => event.id)
}

describe('what is put', () => {
  test('reaches every channel, in order, once', async () => {
    const receiver = await openReceiver(() => Date.UTC(2026, 10, 23, 8))
    const [slack, teams] = [await openFakeSlack(), await openFakeTeams()]
    const { secrets, clock, start } = await world(
      `${hook('hook', receiver)}  - { name: chat, kind: slack, url: { file: slack } }\n  - { name: team, kind: teams, url: { file: teams } }\n`,
    )
    secrets.set('slack', slack.address).set('teams', teams.address)
    const { outbox } = await start()
    expect(await outbox.deliverDue(clock.now())).toBeUndefined()
    await outbox.put(many(3))
    await outbox.put(many(4))
    expect(await outbox.deliverDue(clock.now())).toBeUndefined()
    await outbox.put(many(5))
    await outbox.put(many(5))
    await outbox.deliverDue(clock.now())
    expect(ids(receiver)).toEqual(['n0', 'n1', 'n2', 'n3', 'n4'])
    expect([slack.shown.length, teams.shown.length]).toEqual([5, 5])
  })

  test('reaches only those that asked for it, by kind, severity and subject', async () => {
    const now = (): number => Date.UTC(2026, 10, 23, 8)
    const receivers = [
      await openReceiver(now),
      await openReceiver(now),
      await openReceiver(now),
      await openReceiver(now),
    ]
    const wishes = [
      '',
      ', events: [drift-found, run-failed]',
      ', severity: warning',
      ', subjects: [configuration/acme-*, "driver/**"]',
    ]
    const { clock, start } = await world(
      wishes.map((wish, at) => hook(`hook-${at}`, receivers[at]!, wish)).join(''),
    )
    const { outbox } = await start()
    await outbox.put([
      notice({ id: 'a', severity: 'info', subject: 'fleet' }),
      notice({ id: 'b', kind: 'plan-held', severity: 'warning', subject: 'configuration/acme-laptops' }),
      notice({ id: 'c', kind: 'run-failed', severity: 'error', subject: 'driver/intune' }),
      notice({ id: 'd', kind: 'rollout-done', severity: 'info', subject: 'configuration/neo' }),
    ])
    await outbox.deliverDue(clock.now())
    expect(receivers.map(ids)).toEqual([
      ['a', 'b', 'c', 'd'],
      ['a', 'c'],
      ['b', 'c'],
      ['b', 'c'],
    ])
  })

  test('is all there is: every kind is taken by a channel that asks for nothing', async () => {
    const receiver = await openReceiver(() => Date.UTC(2026, 10, 23, 8))
    const { clock, start } = await world(hook('hook', receiver))
    const { outbox } = await start()
    await outbox.put(
      NOTICE_KINDS.map((kind) => notice({ id: kind, kind, severity: 'info', subject: 'x/y/z' })),
    )
    await outbox.deliverDue(clock.now())
    expect(ids(receiver)).toEqual(NOTICE_KINDS)
  })

  test('is kept by nobody where nobody asked', async () => {
    const { clock, start } = await world(
      '  - { name: chat, kind: slack, url: { file: slack }, events: [driver-down] }\n',
    )
    const { outbox, store } = await start()
    await outbox.put(many(3))
    expect(await outbox.deliverDue(clock.now())).toBeUndefined()
    expect(await store.channelStandings()).toEqual([])
  })

  test('makes room when too much waits, the least severe and the oldest first, and that is logged', async () => {
    const receiver = await openReceiver(() => Date.UTC(2026, 10, 23, 8))
    const { clock, said, start } = await world(hook('hook', receiver))
    const { outbox, store } = await start()
    await outbox.put(many(3, { severity: 'info' }))
    await outbox.put([notice({ id: 'first', severity: 'error' })])
    await outbox.put(Array.from({ length: 998 }, (_, at) => notice({ id: `w${at}` })))
    expect(said).toEqual(['notice-lost: Too many notices wait for channel hook: 2 made room for others.'])
    expect((await store.channelStandings())[0]?.waiting).toBe(1_000)
    await outbox.deliverDue(clock.now())
    expect(ids(receiver).slice(0, 3)).toEqual(['n2', 'first', 'w0'])
  })
})

describe('a channel that is down', () => {
  test('is tried after 1, 2, 4 … 60 minutes, and gets everything in order when it is back', async () => {
    const { clock, said, start, receiver } = await withReceiver()
    const { outbox } = await start()
    receiver.always({ status: 503 })
    await outbox.put(many(3))
    const waits: number[] = []
    for (let tries = 1; tries <= 9; tries += 1) {
      const next = (await outbox.deliverDue(clock.now())) ?? 0
      waits.push((next - clock.now()) / MINUTE)
      clock.set(next - 1)
      expect(await outbox.deliverDue(clock.now())).toBe(next)
      expect(receiver.asked()).toBe(tries)
      clock.set(next)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    receiver.always(undefined)
    expect(await outbox.deliverDue(clock.now())).toBeUndefined()
    expect(ids(receiver)).toEqual(['n0', 'n1', 'n2'])
    // Once, and not for each try.
    expect(said).toEqual([
      'notice-later: Channel hook did not take a notice: it answered HTTP 503. It is tried again.',
    ])
    receiver.next({ status: 500 })
    await outbox.put(many(4))
    expect(await outbox.deliverDue(clock.now())).toBe(clock.now() + MINUTE)
  })

  test('is given up after a day, which is logged, and what came later is not', async () => {
    const { clock, said, start, receiver } = await withReceiver()
    const { outbox, store } = await start()
    const began = clock.now()
    receiver.always('cut')
    await outbox.put(many(2))
    let last = began
    for (;;) {
      if (clock.now() - began > 12 * HOUR) await outbox.put([notice({ id: 'later' })])
      const next = await outbox.deliverDue(clock.now())
      if (((await store.channelStandings())[0]?.waiting ?? 0) === 1 && last - began > 12 * HOUR) break
      last = clock.now()
      clock.set(next ?? Number.NaN)
    }
    expect(clock.now() - began).toBeLessThanOrEqual(DAY)
    expect(clock.now() - began).toBeGreaterThan(DAY - 2 * HOUR)
    expect(said.at(-1)).toBe('notice-lost: Channel hook took nothing for a day: 2 notices are given up.')
    receiver.always(undefined)
    clock.set(clock.now() + HOUR)
    await outbox.deliverDue(clock.now())
    expect(ids(receiver)).toEqual(['later'])
  })

  test('holds no other channel up, however long it takes', async () => {
    const now = (): number => Date.UTC(2026, 10, 23, 8)
    const [silent, quick] = [await openReceiver(now), await openReceiver(now)]
    const { clock, start } = await world(hook('silent', silent) + hook('quick', quick))
    const { outbox } = await start()
    silent.always('slow')
    await outbox.put(many(1))
    const first = outbox.deliverDue(clock.now())
    while (silent.asked() + quick.asked() < 2) await new Promise((resolve) => void setTimeout(resolve, 5))
    await outbox.put(many(3))
    // The silent one is still at it, and is not asked twice at once.
    await until(async () => {
      await outbox.deliverDue(clock.now())
      return quick.taken.length === 3
    })
    expect([ids(quick), silent.asked()]).toEqual([['n0', 'n1', 'n2'], 1])
    await clock.advance(MINUTE / 2)
    await first
  })

  test('says itself when it is to be tried again', async () => {
    const { clock, start, receiver } = await withReceiver()
    const { outbox } = await start()
    receiver.next({ status: 429, headers: { 'retry-after': '7' } })
    await outbox.put(many(2))
    expect(await outbox.deliverDue(clock.now())).toBe(clock.now() + 7_000)
    clock.set(clock.now() + 7_000)
    expect(await outbox.deliverDue(clock.now())).toBeUndefined()
    expect(ids(receiver)).toEqual(['n0', 'n1'])
  })

  test('is tried again when the clock was set back', async () => {
    const { clock, start, receiver } = await withReceiver()
    const { outbox } = await start()
    receiver.next({ status: 500 })
    await outbox.put(many(1))
    await outbox.deliverDue(clock.now())
    clock.set(clock.now() - 2 * HOUR)
    await outbox.deliverDue(clock.now())
    // The receiver's own clock was not set back.
    expect([receiver.asked(), receiver.complaints]).toEqual([2, []])
  })
})

describe('a notice', () => {
  test('that is refused for good is logged, and does not hold up the next', async () => {
    const { clock, said, start, receiver } = await withReceiver()
    const { outbox } = await start()
    receiver.next({ status: 410 }, { status: 413 })
    await outbox.put(many(3))
    expect(await outbox.deliverDue(clock.now())).toBeUndefined()
    expect(ids(receiver)).toEqual(['n2'])
    expect(said).toEqual([
      'notice-refused: Channel hook will not take a notice: it answered HTTP 410.',
      'notice-refused: Channel hook will not take a notice: it answered HTTP 413.',
    ])
  })

  test('waits while the secret of its channel is not there, and the others get theirs', async () => {
    const { clock, said, secrets, start, receiver } = await withReceiver(
      '  - { name: chat, kind: slack, url: { file: slack } }\n',
    )
    secrets.set('slack', 'http://hunter2.example/')
    const slack = await openFakeSlack()
    const { outbox } = await start()
    await outbox.put(many(1))
    expect(await outbox.deliverDue(clock.now())).toBe(clock.now() + MINUTE)
    expect(ids(receiver)).toEqual(['n0'])
    expect(said.join()).toContain('The address of channel chat is not encrypted')
    expect(said.join()).not.toContain('hunter2')
    secrets.set('slack', slack.address)
    clock.set(clock.now() + MINUTE)
    await outbox.deliverDue(clock.now())
    expect(slack.shown.length).toBe(1)
  })
})

describe('after a restart', () => {
  test('what waits is delivered, what was delivered is not, and the back-off goes on', async () => {
    const { clock, start, receiver } = await withReceiver()
    {
      await using service = await start()
      receiver.next({ status: 204 })
      await service.outbox.put(many(1))
      await service.outbox.deliverDue(clock.now())
      receiver.always({ status: 502 })
      await service.outbox.put(many(3))
      expect(await service.outbox.deliverDue(clock.now())).toBe(clock.now() + MINUTE)
    }
    {
      await using service = await start()
      expect(await service.outbox.deliverDue(clock.now() + 1)).toBe(clock.now() + MINUTE)
      clock.set(clock.now() + MINUTE)
      expect(await service.outbox.deliverDue(clock.now())).toBe(clock.now() + 2 * MINUTE)
      clock.set(clock.now() + 2 * MINUTE)
    }
    receiver.always(undefined)
    await using service = await start()
    await service.outbox.put(many(3))
    expect(await service.outbox.deliverDue(clock.now())).toBeUndefined()
    expect([ids(receiver), receiver.asked()]).toEqual([['n1', 'n2'], 5])
  })

  test('what was under way when it ended is delivered', async () => {
    const { clock, start, receiver } = await withReceiver()
    receiver.next('slow')
    {
      await using service = await start()
      await service.outbox.put(many(2))
      const under = service.outbox.deliverDue(clock.now())
      while (receiver.asked() === 0) await new Promise((resolve) => void setTimeout(resolve, 5))
      await service.outbox[Symbol.asyncDispose]()
      await under
    }
    clock.set(clock.now() + MINUTE)
    await using service = await start()
    await service.outbox.deliverDue(clock.now())
    // The receiver has it twice, and can tell by the id.
    expect(ids(receiver)).toEqual(['n0', 'n0', 'n1'])
  })

  test('what waited for days is told: the service was away, and not the channel', async () => {
    const { clock, start, receiver } = await withReceiver()
    {
      await using service = await start()
      await service.outbox.put(many(1))
    }
    clock.set(clock.now() + 3 * DAY)
    await using service = await start()
    await service.outbox.deliverDue(clock.now())
    expect(ids(receiver)).toEqual(['n0'])
  })
})

async function withReceiver(more = ''): Promise<World & { readonly receiver: Receiver }> {
  let now = (): number => 0
  const receiver = await openReceiver(() => now())
  const opened = await world(hook('hook', receiver) + more)
  now = () => opened.clock.now()
  return { ...opened, receiver }
}

async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await new Promise((resolve) => void setTimeout(resolve, 5))
}
