import type { NoticeStore } from '../../domain/notice-store.ts'
import { RANK, standingFrom, type StandingRow, waitingFrom, type WaitingRow } from '../notice-rows.ts'
import type { Connection } from './connection.ts'

const TAKE =
  'insert into notice(id, since, rank, body) values($1, $2, $3, $4) on conflict(id) do nothing returning seq'
const WAIT = 'insert into notice_waiting(channel, seq) select channel, $2 from unnest($1::text[]) u(channel)'
const WAITING = 'select count(*)::int as waiting from notice_waiting where channel = $1'
const PUSH_OUT = `delete from notice_waiting where channel = $1 and seq in (
  select n.seq from notice_waiting w join notice n on n.seq = w.seq
  where w.channel = $1 order by n.rank, n.seq limit $2)`
const NEXT = `select n.seq, n.body from notice_waiting w join notice n on n.seq = w.seq
  where w.channel = $1 order by w.seq limit $2`
const END = 'delete from notice_waiting where channel = $1 and seq = $2'
const FORGIVE = 'delete from notice_channel where channel = $1'
const GIVE_UP = `delete from notice_waiting w using notice n
  where w.channel = $1 and n.seq = w.seq and n.since < $2`
const DEFER = `insert into notice_channel(channel, tries, not_before, why) values($1, $2, $3, $4)
  on conflict(channel) do update set tries = excluded.tries, not_before = excluded.not_before, why = excluded.why`
const STANDINGS = `select c.channel, count(n.seq)::int as waiting, min(n.since) as oldest, t.tries, t.not_before, t.why
  from (select channel from notice_waiting union select channel from notice_channel) c
  left join notice_waiting w on w.channel = c.channel left join notice n on n.seq = w.seq
  left join notice_channel t on t.channel = c.channel
  group by c.channel, t.tries, t.not_before, t.why order by c.channel`

/** What is to be told, and to whom. Everybody takes notices; the leader hands them on, and alone says what is over. */
export function openNotices({ read, write, lead }: Connection): NoticeStore {
  return {
    putNotices: (entries, at, atMost) =>
      write(async (session) => {
        const touched = new Set<string>()
        for (const { notice, channels } of entries) {
          const body = JSON.stringify(notice)
          const [taken] = await session.rows<{ seq: number }>(
            TAKE,
            notice.id,
            at,
            RANK[notice.severity],
            body,
          )
          if (taken === undefined) continue
          await session.run(WAIT, channels, taken.seq)
          for (const channel of channels) touched.add(channel)
        }
        const out: { readonly channel: string; readonly count: number }[] = []
        for (const channel of touched) {
          const [row] = await session.rows<{ waiting: number }>(WAITING, channel)
          const count = (row?.waiting ?? 0) - atMost
          if (count <= 0) continue
          await session.run(PUSH_OUT, channel, count)
          out.push({ channel, count })
        }
        return out
      }),
    waitingNotices: (channel, limit) =>
      read(async (session) => (await session.rows<WaitingRow>(NEXT, channel, limit)).map(waitingFrom)),
    noticeOver: (channel, seq) =>
      lead(async (session) => {
        await session.run(END, channel, seq)
        await session.run(FORGIVE, channel)
      }),
    deferChannel: (channel, { tries, notBefore, why }, takenBefore) =>
      lead(async (session) => {
        await session.run(DEFER, channel, tries, notBefore, why)
        return session.run(GIVE_UP, channel, takenBefore)
      }),
    channelStandings: () =>
      read(async (session) => (await session.rows<StandingRow>(STANDINGS)).map(standingFrom)),
  }
}
