import { compareText } from '../../domain/text.ts'
import type { WorkStore } from '../../domain/work-store.ts'
import { batchOf } from './batch.ts'
import type { Connection } from './connection.ts'
import { lockDevices } from './device-reads.ts'
import type { Session } from './session.ts'
import { enlist } from './worklist.ts'
import { nothingTouched } from '../touched.ts'

/** How a device moved between groups. */
export type GroupMove = {
  readonly dev: number
  readonly left: readonly string[]
  /** Where it is back, or may be, should it ever have left. */
  readonly back: readonly string[]
}

const LEAVER = batchOf({ grp: 'int', dev: 'int' })
const LEFT = `insert into leaver(grp, dev) select grp, dev from ${LEAVER.rows} on conflict do nothing`
const BACK = "delete from leaver where dev = any($1::int[]) and grp || '.' || dev = any($2::text[])"
const MARKS_GONE = 'delete from leaver where dev = any($1::int[]) and shrunk = 1'
const DEPARTED = `select l.grp, l.gone as left, (
    select count(*) from assigned_group g join device d on d.assignment = g.assignment where g.grp = l.grp) as members
  from (select grp, count(*) as gone from leaver where shrunk = 0 group by grp) l`
const UNJUDGED = 'select dev from leaver where grp = $1 and shrunk = 0 order by dev'
const HARMLESS = 'delete from leaver where grp = $1 and shrunk = 0'
const SHRANK = 'update leaver set shrunk = 1 where grp = $1 and shrunk = 0'
const MARKS = 'select dev, grp from leaver where dev = any($1::int[]) and shrunk = 1'

/** Writes who left which group, and who is back. */
export async function moveGroups(
  session: Session,
  { texts }: Connection,
  moves: readonly GroupMove[],
): Promise<void> {
  const { id } = await texts.numbered(moves.flatMap(({ left, back }) => [...left, ...back]))
  const gone = moves.flatMap(({ dev, left }) => left.map((group) => ({ dev, grp: id(group) })))
  const here = moves.flatMap(({ dev, back }) => back.map((group) => ({ dev, grp: id(group) })))
  if (gone.length > 0) await session.run(LEFT, ...LEAVER.values(gone))
  if (here.length === 0) return
  await session.run(
    BACK,
    here.map(({ dev }) => dev),
    here.map(({ grp, dev }) => `${grp}.${dev}`),
  )
}

/** What these devices left counts no more: they have come to what is wanted of them. */
export async function settleGroups(session: Session, devs: readonly number[]): Promise<void> {
  if (devs.length > 0) await session.run(MARKS_GONE, devs)
}

/** The groups judged shrunk that each of these devices left, sorted; devices without any are absent. */
export async function shrunkGroups(
  session: Session,
  { texts }: Connection,
  devs: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const rows = await session.rows<{ dev: number; grp: number }>(MARKS, devs)
  const names = await texts.named(
    session,
    rows.map(({ grp }) => grp),
  )
  const groups = Map.groupBy(rows, ({ dev }) => dev)
  return new Map(
    [...groups].map(([dev, marks]) => [dev, marks.map(({ grp }) => names.text(grp)).sort(compareText)]),
  )
}

/** Who left a group, as plans decided it (finding `group-shrank`). */
export function openGroups(connection: Connection): Pick<WorkStore, 'departures' | 'judgeGroup'> {
  const { texts, read, lead } = connection
  return {
    departures: () =>
      read(async (session) => {
        const rows = await session.rows<{ grp: number; members: number; left: number }>(DEPARTED)
        const names = await texts.named(
          session,
          rows.map(({ grp }) => grp),
        )
        return rows
          .map(({ grp, members, left }) => ({ group: names.text(grp), members, left }))
          .sort((a, b) => compareText(a.group, b.group))
      }),
    judgeGroup: (group, shrank) =>
      lead(async (session) => {
        const [grp] = await texts.find(session, [group])
        if (grp === undefined) return
        const leavers = (await session.rows<{ dev: number }>(UNJUDGED, grp)).map(({ dev }) => dev)
        await lockDevices(session, leavers)
        await session.run(shrank ? SHRANK : HARMLESS, grp)
        // Planned before anybody knew: on the worklist their steps are not issued, and come off it held.
        if (shrank) await enlist(session, { ...nothingTouched(), devs: new Set(leavers) })
      }),
  }
}
