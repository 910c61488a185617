import type { Notice } from './notice.ts'
import type { Instant } from './time.ts'

/** A notice that a channel has not got yet. */
export type WaitingNotice = { readonly seq: number; readonly notice: Notice }

/** How a channel does that something waits for, or that could not be reached. */
export type ChannelStanding = {
  readonly channel: string
  /** How many notices wait for it. */
  readonly waiting: number
  /** When the oldest of them was taken. */
  readonly oldest?: Instant
  /** Tries in vain since something came through. */
  readonly tries: number
  /** After a try in vain: when the next one is due, and what the trouble was. */
  readonly notBefore?: Instant
  readonly why?: string
}

/** What was to be told and has not reached everybody. */
export interface NoticeStore {
  /**
   * Takes notices, each for these channels; one whose id was taken before, delivered or not, is left as it was. For no
   * channel more than `atMost` wait then: the least severe go first, of those the oldest. Gives how many went, by channel.
   */
  putNotices(
    entries: readonly { readonly notice: Notice; readonly channels: readonly string[] }[],
    at: Instant,
    atMost: number,
  ): Promise<readonly { readonly channel: string; readonly count: number }[]>
  /** In the order in which they were taken. */
  waitingNotices(channel: string, limit: number): Promise<readonly WaitingNotice[]>
  /** The channel took it or will never: it waits no more, and tries in vain are forgotten. */
  noticeOver(channel: string, seq: number): Promise<void>
  /**
   * A try was in vain. What was taken before `takenBefore` waits no more; gives how many that were.
   */
  deferChannel(
    channel: string,
    next: { readonly tries: number; readonly notBefore: Instant; readonly why: string },
    takenBefore: Instant,
  ): Promise<number>
  /** By name. */
  channelStandings(): Promise<readonly ChannelStanding[]>
}
