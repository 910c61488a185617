import type { ChannelStanding, WaitingNotice } from '../domain/notice-store.ts'
import type { Notice, NoticeSeverity } from '../domain/notice.ts'

export type WaitingRow = { readonly seq: number; readonly body: string }

export type StandingRow = {
  readonly channel: string
  readonly waiting: number
  readonly oldest: number | null
  readonly tries: number | null
  readonly not_before: number | null
  readonly why: string | null
}

/** The least severe goes first where there is no room for all. */
export const RANK: Readonly<Record<NoticeSeverity, number>> = { info: 0, warning: 1, error: 2 }

export function waitingFrom({ seq, body }: WaitingRow): WaitingNotice {
  return { seq, notice: JSON.parse(body) as Notice }
}

export function standingFrom(row: StandingRow): ChannelStanding {
  return {
    channel: row.channel,
    waiting: row.waiting,
    ...(row.oldest === null ? {} : { oldest: row.oldest }),
    tries: row.tries ?? 0,
    ...(row.not_before === null ? {} : { notBefore: row.not_before }),
    ...(row.why === null ? {} : { why: row.why }),
  }
}
