import type { ReadStore } from '../../domain/read-store.ts'
import type { DeviceRow } from '../device-rows.ts'
import type { Connection } from './connection.ts'
import { type DeviceReads, SELECT_DEVICE } from './device-reads.ts'
import type { Session } from './session.ts'

/** Up to so many devices with a finding, they are looked at instead of every key. */
const FEW = 1_000
const WITH_FINDING = `select dev from finding where code = $1 limit ${FEW + 1}`

// A filter that is absent is null, and the statement is planned without it.
const MATCHING = `${SELECT_DEVICE}
  where ($1::text is null or d.verdict = $1) and ($2::text is null or d.platform = $2)
    and ($3::int is null or d.assignment in (select assignment from assigned where configuration = $3))
    and ($4::int is null or d.assignment in (select assignment from assigned where retirement = $4))
    and ($5::boolean is null or (d.drift_cause is not null) = $5)
    and ($6::boolean is null or (d.without_since is not null) = $6)
    and ($7::int is null or exists (select 1 from finding x where x.code = $7 and x.dev = r.dev))
    and ($8::int is null or d.assignment in (select assignment from assigned_group where grp = $8))
    and ($9::text is null or r.key > $9) and ($10::int[] is null or r.dev = any($10::int[]))
  order by r.key limit $11`

/** Devices by what is true of them, page by page. */
export function openQueries({ texts, read }: Connection, reads: DeviceReads): ReadStore['devices'] {
  /** A text that the database has never seen has no number, and -1 matches nothing. */
  async function number(session: Session, text: string | undefined): Promise<number | null> {
    if (text === undefined) return null
    return (await texts.find(session, [text]))[0] ?? -1
  }

  return (filter, limit, after) =>
    read(async (session) => {
      const finding = await number(session, filter.finding)
      const rows = await session.rows<DeviceRow>(
        MATCHING,
        filter.verdict,
        filter.platform,
        await number(session, filter.configuration),
        await number(session, filter.retirement),
        filter.drift,
        filter.withoutEsim,
        finding,
        await number(session, filter.group),
        after,
        await few(session, finding),
        limit,
      )
      return reads.fromRows(session, rows)
    })
}

/** Planning asks for findings that next to nobody has: that must not walk the fleet. */
async function few(session: Session, finding: number | null): Promise<readonly number[] | null> {
  if (finding === null) return null
  const rows = await session.rows<{ dev: number }>(WITH_FINDING, finding)
  return rows.length > FEW ? null : rows.map(({ dev }) => dev)
}
