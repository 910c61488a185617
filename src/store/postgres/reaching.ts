import type { LabelLine, LabelQuery, Reach } from '../../domain/reach.ts'
import type { Connection } from './connection.ts'
import { namesIn, NAMED } from './lookups.ts'
import type { Session, Value } from './session.ts'
import { enlistAll, enlistSelected } from './worklist.ts'

/** A line of a query as numbers; no values: any. */
type Line = { readonly key: number; readonly values: readonly number[] | undefined }

/** Beyond so many devices it does not matter which line of a query is asked first. */
const COUNTED = 20_000
const COUNT = `select count(*) as devices from (select 1 from device_label
  where key = $1 and ($2::int[] is null or value = any($2::int[])) limit ${COUNTED}) x`

const REACHED = `select dev from device where dev in (
  select d.dev from assigned a join device d on d.assignment = a.assignment where a.configuration = any($1::int[])
  union select dev from mention where name = any($1::int[])
  union select d.dev from assigned_group g join device d on d.assignment = g.assignment where g.grp = any($2::int[])
  union select d.dev from assigned a join device d on d.assignment = a.assignment where a.retirement = any($3::int[])
  union select dev from finding where code = any($4::int[])
  union select dev from device where platform = any($5::text[])
  union ${NAMED.replaceAll('$2', '$7').replaceAll('$1', '$6')}
  union select unnest($8::int[])) order by dev`

/** Puts on the worklist whom a revision reaches, in order of `dev`. Within a write. */
export function openReaching({ texts }: Connection): (session: Session, reach: Reach) => Promise<void> {
  async function lineOf(session: Session, { key, values }: LabelLine): Promise<Line | undefined> {
    // A text that the database has never seen is on no device.
    const [number] = await texts.find(session, [key])
    if (number === undefined) return undefined
    return { key: number, values: values === 'any' ? undefined : await texts.find(session, values) }
  }

  /** The devices for which every line of the query holds. */
  async function labelled(session: Session, query: LabelQuery): Promise<readonly number[]> {
    const lines: { readonly line: Line; readonly devices: number }[] = []
    for (const each of query) {
      const line = await lineOf(session, each)
      if (line === undefined) return []
      const [counted] = await session.rows<{ devices: number }>(COUNT, line.key, line.values ?? null)
      lines.push({ line, devices: counted?.devices ?? 0 })
    }
    const sorted = lines.toSorted((a, b) => a.devices - b.devices).map(({ line }) => line)
    const rows = await session.rows<{ dev: number }>(everyLine(sorted.length), ...valuesOf(sorted))
    return rows.map(({ dev }) => dev)
  }

  return async (session, reach) => {
    if (reach === 'all') {
      await enlistAll(session)
      return
    }
    const devs = new Set<number>()
    for (const query of reach.labelled) for (const dev of await labelled(session, query)) devs.add(dev)
    const { codes, ids } = namesIn(reach.references)
    await enlistSelected(
      session,
      REACHED,
      await texts.find(session, reach.configurations),
      await texts.find(session, reach.groups),
      await texts.find(session, reach.retirements),
      await texts.find(session, ['retry-exhausted']),
      reach.platforms,
      codes,
      ids,
      [...devs],
    )
  }
}

/** The devices that have a label of each of so many lines; the first line is the one of the fewest devices. */
function everyLine(lines: number): string {
  const rest = Array.from(
    { length: lines - 1 },
    (_, at) =>
      `and (select true from device_label b where b.dev = a.dev and ${carries(at + 1, 'b')} limit 1)`,
  )
  return `select distinct a.dev from device_label a where ${carries(0, 'a')} ${rest.join(' ')}`
}

function carries(line: number, alias: string): string {
  const [key, values] = [`$${2 * line + 1}`, `$${2 * line + 2}::int[]`]
  return `${alias}.key = ${key} and (${values} is null or ${alias}.value = any(${values}))`
}

function valuesOf(lines: readonly Line[]): readonly Value[] {
  return lines.flatMap(({ key, values }) => [key, values ?? null])
}
