import type { DesiredState } from '../../domain/desired.ts'
import type { RecordKey } from '../../domain/device.ts'
import { SimplaneError } from '../../domain/error.ts'
import type { Reach } from '../../domain/reach.ts'
import type { InForce, RevisionStore, StoredRevision } from '../../domain/revision-store.ts'
import { type RevisionRow, revisionFrom } from '../revision-rows.ts'
import { batchOf } from './batch.ts'
import type { Connection } from './connection.ts'
import type { Session } from './session.ts'

const COLUMNS = 'seq, revision, at, state, findings, empty_source, rewritten'
const IN_FORCE = `select ${COLUMNS} from revision where state = 'in-force'`
const DOCUMENTS = 'select desired from revision where seq = $1'
const LATEST = `select ${COLUMNS} from revision order by seq desc limit 1`
const SUPERSEDE = "update revision set state = 'superseded', desired = null where state = 'in-force'"
const INSERT = `insert into revision(revision, at, state, findings, empty_source, rewritten, desired)
  values($1, $2, $3, $4, $5, $6, $7) returning ${COLUMNS}`
const MEMORY = batchOf({ name: 'text', first_applied_at: 'bigint', members: 'text' })
const REMEMBER = `insert into retirement(${MEMORY.columns}) select ${MEMORY.columns} from ${MEMORY.rows}
  order by name on conflict do nothing`
const RETIREMENTS = 'select name, first_applied_at, members from retirement order by name'

/** What git asked for, revision by revision. Only the one in force keeps its documents. */
export function openRevisions(
  { read, lead }: Connection,
  enlist: (session: Session, reach: Reach) => Promise<void>,
): RevisionStore {
  // Parsing thousands of documents at every question would be most of a pass.
  let parsed: { readonly seq: number; readonly desired: DesiredState } | undefined

  async function desiredOf(session: Session, seq: number): Promise<DesiredState> {
    if (parsed?.seq === seq) return parsed.desired
    const text = (await session.rows<{ desired: string | null }>(DOCUMENTS, seq))[0]?.desired
    if (typeof text !== 'string')
      throw new SimplaneError('internal', `The revision in force (${seq}) has no documents.`)
    const desired = JSON.parse(text) as DesiredState
    parsed = { seq, desired }
    return desired
  }

  return {
    inForce: () =>
      read(async (session): Promise<InForce | undefined> => {
        const [row] = await session.rows<RevisionRow>(IN_FORCE)
        return row === undefined
          ? undefined
          : { ...revisionFrom(row), desired: await desiredOf(session, row.seq) }
      }),
    latest: () =>
      read(async (session) => {
        const [row] = await session.rows<RevisionRow>(LATEST)
        return row === undefined ? undefined : revisionFrom(row)
      }),
    apply: ({ revision, at, findings, emptySource, rewritten, desired, reach }) =>
      lead(async (session) => {
        await session.run(SUPERSEDE)
        const rows = await session.rows<RevisionRow>(
          INSERT,
          JSON.stringify(revision),
          at,
          'in-force',
          JSON.stringify(findings),
          Number(emptySource),
          Number(rewritten),
          JSON.stringify(desired),
        )
        await enlist(session, reach)
        return written(rows)
      }),
    refuse: ({ revision, at, findings, rewritten }) =>
      lead(async (session) =>
        written(
          await session.rows<RevisionRow>(
            INSERT,
            JSON.stringify(revision),
            at,
            'refused',
            JSON.stringify(findings),
            0,
            Number(rewritten),
            null,
          ),
        ),
      ),
    rememberRetirements: (memories) =>
      lead(async (session) => {
        const rows = memories.map(({ name, firstAppliedAt, members }) => ({
          name,
          first_applied_at: firstAppliedAt,
          members: JSON.stringify([...members]),
        }))
        if (rows.length > 0) await session.run(REMEMBER, ...MEMORY.values(rows))
      }),
    retirements: () =>
      read(async (session) => {
        const rows = await session.rows<{ name: string; first_applied_at: number; members: string }>(
          RETIREMENTS,
        )
        return rows.map(({ name, first_applied_at: firstAppliedAt, members }) => ({
          name,
          firstAppliedAt,
          members: new Set(JSON.parse(members) as RecordKey[]),
        }))
      }),
  }
}

function written(rows: readonly RevisionRow[]): StoredRevision {
  const [row] = rows
  if (row === undefined) throw new SimplaneError('internal', 'The revision was not written.')
  return revisionFrom(row)
}
