import type { RecordKey } from '../../domain/device.ts'
import { SimplaneError } from '../../domain/error.ts'
import type { Reach } from '../../domain/reach.ts'
import type { InForce, RevisionStore, StoredRevision } from '../../domain/revision-store.ts'
import { type DocumentRow, type Filed, fileDesired, filedFrom } from '../desired-rows.ts'
import { type RevisionRow, revisionFrom } from '../revision-rows.ts'
import { batchOf } from './batch.ts'
import type { Connection } from './connection.ts'
import type { Session } from './session.ts'

const COLUMNS = 'seq, revision, at, state, findings, empty_source, rewritten'
const IN_FORCE = `select ${COLUMNS} from revision where state = 'in-force'`
const INDEX = 'select desired from revision where seq = $1'
const DOCUMENTS = 'select doc, body from document'
const DOCUMENT = batchOf({ doc: 'int', body: 'text' })
const KEEP = `insert into document(${DOCUMENT.columns}) select ${DOCUMENT.columns} from ${DOCUMENT.rows}`
const DROP = 'delete from document where doc = any($1::int[])'
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
  let known: Filed | undefined

  async function filedOf(session: Session, seq: number): Promise<Filed> {
    if (known?.seq === seq) return known
    const index = (await session.rows<{ desired: string | null }>(INDEX, seq))[0]?.desired
    const filed = filedFrom(seq, index, await session.rows<DocumentRow>(DOCUMENTS))
    known = filed
    return filed
  }

  return {
    inForce: () =>
      read(async (session): Promise<InForce | undefined> => {
        const [row] = await session.rows<RevisionRow>(IN_FORCE)
        return row === undefined
          ? undefined
          : { ...revisionFrom(row), desired: (await filedOf(session, row.seq)).desired }
      }),
    latest: () =>
      read(async (session) => {
        const [row] = await session.rows<RevisionRow>(LATEST)
        return row === undefined ? undefined : revisionFrom(row)
      }),
    async apply({ revision, at, findings, emptySource, rewritten, desired, reach }) {
      const applied = await lead(async (session) => {
        const [before] = await session.rows<RevisionRow>(IN_FORCE)
        const filing = fileDesired(desired, before && (await filedOf(session, before.seq)))
        await session.run(SUPERSEDE)
        const rows = await session.rows<RevisionRow>(
          INSERT,
          JSON.stringify(revision),
          at,
          'in-force',
          JSON.stringify(findings),
          Number(emptySource),
          Number(rewritten),
          filing.index,
        )
        if (filing.gone.length > 0) await session.run(DROP, filing.gone)
        if (filing.fresh.length > 0) await session.run(KEEP, ...DOCUMENT.values(filing.fresh))
        await enlist(session, reach)
        const stored = written(rows)
        return { stored, filed: filing.filed(stored.seq) }
      })
      known = applied.filed
      return applied.stored
    },
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
