import { batchOf } from './batch.ts'
import type { Session } from './session.ts'
import type { Settled } from './settlements.ts'

const MOMENT = batchOf({ dev: 'int', at: 'bigint' })
const UNANSWERED = `update record r set unanswered_at = greatest(coalesce(r.unanswered_at, 0), u.at)
  from ${MOMENT.rows} where r.dev = u.dev`
const PROOF = batchOf({ dev: 'int', n: 'int', at: 'bigint', kind: 'text', id: 'text' })
const PROVEN = `update record r set proven_at = greatest(coalesce(r.proven_at, 0), u.at),
    erased_at = case u.kind when 'reset' then u.at when 'install' then null else r.erased_at end
  from ${PROOF.rows} where r.dev = u.dev`
// History rests on the newest proven step, and on the newest that filled or emptied the eUICC.
const REST_NO_MORE = `update step s set rests = 0 from ${PROOF.rows}
  where s.dev = u.dev and s.rests = 1 and (u.kind in ('reset', 'install') or s.kind not in ('reset', 'install'))`
const REST = `update step s set rests = 1 from ${PROOF.rows} where s.dev = u.dev and s.n = u.n`
// An approval lets a step go once: what comes again later is asked again.
const SPEND = `update approval_step a set used_at = ($3::bigint[])[array_position($1::int[], a.dev)]
  where a.dev = any($1::int[]) and a.step = ($2::text[])[array_position($1::int[], a.dev)] and a.used_at is null`

/** Keeps beside the record what plans depend on of the steps that have ended; each of another device. */
export async function rememberEnds(session: Session, ended: readonly Settled[]): Promise<void> {
  const unanswered = ended.filter(({ state }) => state === 'expired' || state === 'unproven')
  if (unanswered.length > 0) await session.run(UNANSWERED, ...MOMENT.values(unanswered))
  const proven = ended.filter(({ state }) => state === 'proven')
  if (proven.length === 0) return
  for (const sql of [PROVEN, REST_NO_MORE, REST]) await session.run(sql, ...PROOF.values(proven))
  const devs = proven.map(({ dev }) => dev)
  const ids = proven.map(({ id }) => id)
  const moments = proven.map(({ at }) => at)
  await session.run(SPEND, devs, ids, moments)
}
