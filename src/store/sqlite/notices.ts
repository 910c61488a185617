import type { NoticeStore } from '../../domain/notice-store.ts'
import { RANK, standingFrom, type StandingRow, waitingFrom, type WaitingRow } from '../notice-rows.ts'
import type { Connection } from './connection.ts'

/** What is to be told, and to whom. */
export function openNotices({ db, read, write }: Connection): NoticeStore {
  const take = db.prepare<[string, number, number, string], { seq: number }>(
    'insert into notice(id, since, rank, body) values(?, ?, ?, ?) on conflict(id) do nothing returning seq',
  )
  const wait = db.prepare<[string, number]>('insert into notice_waiting(channel, seq) values(?, ?)')
  const waiting = db
    .prepare<[string], number>('select count(*) from notice_waiting where channel = ?')
    .pluck()
  const pushOut = db.prepare<[string, string, number]>(
    `delete from notice_waiting where channel = ? and seq in (
       select n.seq from notice_waiting w join notice n on n.seq = w.seq
       where w.channel = ? order by n.rank, n.seq limit ?)`,
  )
  const next = db.prepare<[string, number], WaitingRow>(
    `select n.seq, n.body from notice_waiting w join notice n on n.seq = w.seq
       where w.channel = ? order by w.seq limit ?`,
  )
  const end = db.prepare<[string, number]>('delete from notice_waiting where channel = ? and seq = ?')
  const forgive = db.prepare<[string]>('delete from notice_channel where channel = ?')
  const giveUp = db.prepare<[string, number]>(
    `delete from notice_waiting where channel = ?
       and seq in (select w.seq from notice_waiting w join notice n on n.seq = w.seq where n.since < ?)`,
  )
  const defer = db.prepare<[string, number, number, string]>(
    `insert into notice_channel(channel, tries, not_before, why) values(?, ?, ?, ?)
       on conflict(channel) do update set tries = excluded.tries, not_before = excluded.not_before, why = excluded.why`,
  )
  const standings = db.prepare<[], StandingRow>(
    `select c.channel, count(n.seq) as waiting, min(n.since) as oldest, t.tries, t.not_before, t.why
       from (select channel from notice_waiting union select channel from notice_channel) c
       left join notice_waiting w on w.channel = c.channel left join notice n on n.seq = w.seq
       left join notice_channel t on t.channel = c.channel group by c.channel order by c.channel`,
  )

  return {
    putNotices: (entries, at, atMost) =>
      write(() => {
        const touched = new Set<string>()
        for (const { notice, channels } of entries) {
          const taken = take.get(notice.id, at, RANK[notice.severity], JSON.stringify(notice))
          if (taken === undefined) continue
          for (const channel of channels) {
            wait.run(channel, taken.seq)
            touched.add(channel)
          }
        }
        return [...touched].flatMap((channel) => {
          const count = (waiting.get(channel) ?? 0) - atMost
          if (count <= 0) return []
          pushOut.run(channel, channel, count)
          return { channel, count }
        })
      }),
    waitingNotices: (channel, limit) => read(() => next.all(channel, limit).map(waitingFrom)),
    noticeOver: (channel, seq) =>
      write(() => {
        end.run(channel, seq)
        forgive.run(channel)
      }),
    deferChannel: (channel, { tries, notBefore, why }, takenBefore) =>
      write(() => {
        defer.run(channel, tries, notBefore, why)
        return giveUp.run(channel, takenBefore).changes
      }),
    channelStandings: () => read(() => standings.all().map(standingFrom)),
  }
}
