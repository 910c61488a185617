import { describe, expect } from 'vitest'
import type { Notice } from '../../../src/domain/notice.ts'
import type { Store } from '../../../src/domain/store.ts'
import { T0 } from '../records.ts'
import type { Promised } from './world.ts'

const MANY = 100
/** The shapes that a text of a device or a person may have. */
const HOSTILE = `é日本𝄞 'quoted' "twice" \u0000 \ud800 {}, \\`

export function noticePromises(promise: Promised): void {
  describe('notices', () => {
    promise(
      'wait for each of their channels, to the letter, in order, after a restart too',
      async (store, world) => {
        const full: Notice = {
          ...notice('a', 'error'),
          title: HOSTILE,
          lines: [HOSTILE, ''],
          data: { count: 3, share: 0.5, whole: false, text: HOSTILE },
          devices: [HOSTILE],
          url: 'https://acme.example/?a=b',
        }
        await put(store, [full, 'chat', 'hook'], [notice('b'), 'chat'])
        await put(store, [notice('c'), 'chat'])
        const reopened = await world.reopen()
        expect(await ids(reopened, 'chat')).toEqual(['a', 'b', 'c'])
        expect(await ids(reopened, 'hook')).toEqual(['a'])
        expect((await reopened.waitingNotices('chat', 1)).map(({ notice: each }) => each)).toEqual([full])
        expect(await ids(reopened, 'nobody')).toEqual([])
      },
    )

    promise(
      'are taken once, whoever puts them and whether or not they are delivered',
      async (store, world) => {
        await put(store, [notice('a'), 'chat'], [{ ...notice('a'), title: 'again' }, 'chat', 'hook'])
        const [first] = await store.waitingNotices('chat', 9)
        expect(first?.notice).toEqual(notice('a'))
        await store.noticeOver('chat', first!.seq)
        await put(await world.beside(), [notice('a'), 'chat'])
        expect([await ids(store, 'chat'), await ids(store, 'hook')]).toEqual([[], []])
      },
    )

    promise('that one channel has got wait for the others', async (store) => {
      await put(store, [notice('a'), 'chat', 'hook'], [notice('b'), 'chat', 'hook'])
      const [first] = await store.waitingNotices('chat', 1)
      await store.noticeOver('chat', first!.seq)
      await store.noticeOver('chat', first!.seq)
      expect([await ids(store, 'chat'), await ids(store, 'hook')]).toEqual([['b'], ['a', 'b']])
    })

    promise('make room for the newer and the more severe, and it is told for how many', async (store) => {
      await put(
        store,
        [notice('i1'), 'chat', 'hook'],
        [notice('e1', 'error'), 'chat'],
        [notice('i2'), 'chat'],
      )
      const entries = [notice('w1', 'warning'), notice('e2', 'error')].map((each) => ({
        notice: each,
        channels: ['chat', 'hook'],
      }))
      expect(await store.putNotices(entries, T0, 3)).toEqual([{ channel: 'chat', count: 2 }])
      expect(await ids(store, 'chat')).toEqual(['e1', 'w1', 'e2'])
      expect(await ids(store, 'hook')).toEqual(['i1', 'w1', 'e2'])
      // It is the least severe of all that wait, and goes at once.
      expect(await store.putNotices([{ notice: notice('i3'), channels: ['chat'] }], T0, 3)).toEqual([
        { channel: 'chat', count: 1 },
      ])
      expect(await ids(store, 'chat')).toEqual(['e1', 'w1', 'e2'])
      await put(store, [notice('i3'), 'chat'])
      expect(await ids(store, 'chat')).toEqual(['e1', 'w1', 'e2'])
    })

    promise(
      'know how long a channel is in vain, after a restart too, until one comes through',
      async (store, world) => {
        await put(store, [notice('a'), 'chat', 'hook'], [notice('b'), 'chat'])
        expect(await store.deferChannel('chat', { tries: 1, notBefore: T0 + 60, why: 'x' }, T0)).toBe(0)
        expect(await store.deferChannel('chat', { tries: 2, notBefore: T0 + 99, why: HOSTILE }, T0)).toBe(0)
        const reopened = await world.reopen()
        const standings = await reopened.channelStandings()
        expect(standings).toMatchObject([
          { channel: 'chat', waiting: 2, oldest: T0, tries: 2, notBefore: T0 + 99 },
          { channel: 'hook', waiting: 1, oldest: T0, tries: 0 },
        ])
        expect(standings[0]?.why).toContain("é日本𝄞 'quoted'")
        expect(standings[1]).not.toHaveProperty('notBefore')
        const [first] = await reopened.waitingNotices('chat', 1)
        await reopened.noticeOver('chat', first!.seq)
        expect((await reopened.channelStandings())[0]).toEqual({
          channel: 'chat',
          waiting: 1,
          oldest: T0,
          tries: 0,
        })
      },
    )

    promise('that are too old when a channel is in vain wait for it no more', async (store) => {
      await store.putNotices([{ notice: notice('a'), channels: ['chat', 'hook'] }], T0, MANY)
      await store.putNotices([{ notice: notice('b'), channels: ['chat'] }], T0 + 1, MANY)
      const next = { tries: 9, notBefore: T0 + 99, why: 'x' }
      expect(await store.deferChannel('chat', next, T0 + 1)).toBe(1)
      expect([await ids(store, 'chat'), await ids(store, 'hook')]).toEqual([['b'], ['a']])
      expect(await store.deferChannel('chat', next, T0 + 2)).toBe(1)
      expect(await store.channelStandings()).toMatchObject([
        { channel: 'chat', waiting: 0, tries: 9 },
        { channel: 'hook', waiting: 1 },
      ])
    })

    promise('are forgotten with the history, those that wait for nobody too', async (store) => {
      for (const [at, id] of ['a', 'b', 'c'].entries())
        await store.putNotices([{ notice: notice(id), channels: ['chat', 'hook'] }], T0 + at, MANY)
      const [first] = await store.waitingNotices('chat', 1)
      await store.noticeOver('chat', first!.seq)
      expect(await store.prune(T0, 9)).toBe(0)
      let gone = 0
      for (let rows = 1; rows > 0; gone += rows) rows = await store.prune(T0 + 2, 1)
      // Three that waited, two notices.
      expect(gone).toBe(5)
      expect([await ids(store, 'chat'), await ids(store, 'hook')]).toEqual([['c'], ['c']])
      await put(store, [notice('a'), 'chat'], [notice('c'), 'chat'])
      expect(await ids(store, 'chat')).toEqual(['c', 'a'])
    })
  })
}

function notice(id: string, severity: Notice['severity'] = 'info'): Notice {
  return { id, kind: 'drift-found', severity, at: T0, subject: 'fleet', title: id, lines: [], data: {} }
}

async function put(store: Store, ...entries: readonly (readonly [Notice, ...string[]])[]): Promise<void> {
  const given = entries.map(([each, ...channels]) => ({ notice: each, channels }))
  expect(await store.putNotices(given, T0, MANY)).toEqual([])
}

async function ids(store: Store, channel: string): Promise<readonly string[]> {
  return (await store.waitingNotices(channel, MANY)).map(({ notice: { id } }) => id)
}
