import { SimplaneError } from '../domain/error.ts'
import type { Log } from '../domain/log.ts'
import type { ChannelStanding, NoticeStore } from '../domain/notice-store.ts'
import type { Channel, Delivery, Notice, Outbox } from '../domain/notice.ts'
import { DAY, type Clock, type Duration, type Instant } from '../domain/time.ts'
import { wireId } from '../report/notice-words.ts'
import { backOff, isDue } from './back-off.ts'
import type { Outlet } from './channels.ts'

/** So many may wait for a channel. */
const MOST_WAITING = 1_000
/** So many are handed to a channel at once; the next call goes on. */
const BATCH = 20
/** What could not be told for so long is no news. */
const GIVEN_UP_AFTER: Duration = DAY

export type OutboxParts = {
  readonly store: NoticeStore
  readonly outlets: readonly Outlet[]
  readonly clock: Clock
  readonly log: Log
}

/**
 * Keeps notices in the store until each channel that asked for them has got them, and hands them on: for each channel in
 * order, at least once, with back-off. A channel that is down holds up no other. Disposing it disposes the channels.
 */
export function openOutbox({ store, outlets, clock, log }: OutboxParts): Outbox {
  const working = new Map<string, Promise<void>>()

  async function handOn(channel: Channel, tries: number): Promise<void> {
    const { name } = channel
    for (const { seq, notice } of await store.waitingNotices(name, BATCH)) {
      const delivery = await tried(channel, notice)
      if (delivery.kind === 'later') return putOff(name, delivery, tries + 1)
      await store.noticeOver(name, seq)
      if (delivery.kind === 'refused')
        log.warn(
          'notice-refused',
          `Channel ${name} will not take a notice: ${delivery.why}.`,
          about(name, notice),
        )
      else log.debug('notified', `Channel ${name} took a notice.`, about(name, notice))
      tries = 0
    }
  }

  async function putOff(name: string, later: Delivery & { kind: 'later' }, tries: number): Promise<void> {
    const { why, retryAt } = later
    const notBefore = retryAt ?? clock.now() + backOff(tries)
    // What the next try would find too old is given up now.
    const lost = await store.deferChannel(name, { tries, notBefore, why }, notBefore - GIVEN_UP_AFTER)
    const say = tries === 1 ? log.warn.bind(log) : log.debug.bind(log)
    say('notice-later', `Channel ${name} did not take a notice: ${why}. It is tried again.`, {
      channel: name,
    })
    if (lost > 0)
      log.warn('notice-lost', `Channel ${name} took nothing for a day: ${lost} notices are given up.`, {
        channel: name,
        notices: lost,
      })
  }

  function begin(channel: Channel, standing: ChannelStanding): Promise<void> {
    const work = handOn(channel, standing.tries).finally(() => working.delete(channel.name))
    working.set(channel.name, work)
    return work
  }

  async function standings(): Promise<ReadonlyMap<string, ChannelStanding>> {
    return new Map((await store.channelStandings()).map((each) => [each.channel, each]))
  }

  return {
    async put(notices) {
      const entries = notices.flatMap((notice) => {
        const channels = outlets.filter((outlet) => outlet.wants(notice)).map(({ channel }) => channel.name)
        return channels.length === 0 ? [] : { notice: { ...notice, id: wireId(notice.id) }, channels }
      })
      if (entries.length === 0) return
      for (const { channel, count } of await store.putNotices(entries, clock.now(), MOST_WAITING))
        log.warn(
          'notice-lost',
          `Too many notices wait for channel ${channel}: ${count} made room for others.`,
          {
            channel,
            notices: count,
          },
        )
    },

    async deliverDue(now) {
      if (outlets.length === 0) return undefined
      // What is known of a channel at work is old when it is done.
      const busy = new Set(working.keys())
      const before = await standings()
      const works = outlets.flatMap(({ channel }) => {
        const standing = before.get(channel.name)
        const due = standing !== undefined && standing.waiting > 0 && isDue(standing.notBefore, now)
        return due && !busy.has(channel.name) && !working.has(channel.name) ? begin(channel, standing) : []
      })
      for (const ended of await Promise.allSettled(works)) if (ended.status === 'rejected') throw ended.reason
      return nextDue([...(await standings()).values()].filter(isOurs), now)
    },

    async [Symbol.asyncDispose]() {
      // Whoever is in the middle of it is told that it came to nothing, and notes that it is to be tried again.
      await Promise.all(outlets.map(({ channel }) => channel[Symbol.asyncDispose]()))
      await Promise.allSettled(working.values())
    },
  }

  function isOurs({ channel, waiting }: ChannelStanding): boolean {
    return waiting > 0 && outlets.some((outlet) => outlet.channel.name === channel)
  }
}

function nextDue(standings: readonly ChannelStanding[], now: Instant): Instant | undefined {
  if (standings.length === 0) return undefined
  return Math.min(...standings.map(({ notBefore }) => (isDue(notBefore, now) ? now : (notBefore ?? now))))
}

/** A secret that is not there, or no address, can be set right: it is the channel's trouble, and no other's. */
async function tried(channel: Channel, notice: Notice): Promise<Delivery> {
  try {
    return await channel.deliver(notice)
  } catch (error) {
    if (!(error instanceof SimplaneError) || error.code !== 'settings') throw error
    return { kind: 'later', why: error.message.replace(/\.$/, '') }
  }
}

function about(channel: string, { id, kind, subject }: Notice): Readonly<Record<string, string>> {
  return { channel, notice: id, kind, subject }
}
