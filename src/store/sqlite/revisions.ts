import type { RecordKey } from '../../domain/device.ts'
import { SimplaneError } from '../../domain/error.ts'
import type { InForce, RevisionStore, StoredRevision } from '../../domain/revision-store.ts'
import { type DocumentRow, type Filed, fileDesired, filedFrom } from '../desired-rows.ts'
import { type RevisionRow, revisionFrom } from '../revision-rows.ts'
import type { Reach } from '../../domain/reach.ts'
import type { Connection } from './connection.ts'

const COLUMNS = 'seq, revision, at, state, findings, empty_source, rewritten'

/** What git asked for, revision by revision. Only the one in force keeps its documents. */
export function openRevisions(
  { db, read, write, onRollback }: Connection,
  enlist: (reach: Reach) => void,
): RevisionStore {
  const inForce = db.prepare<[], RevisionRow>(`select ${COLUMNS} from revision where state = 'in-force'`)
  const index = db.prepare<[number], string | null>('select desired from revision where seq = ?').pluck()
  const documents = db.prepare<[], DocumentRow>('select doc, body from document')
  const keep = db.prepare<[number, string]>('insert into document(doc, body) values(?, ?)')
  const drop = db.prepare<[number]>('delete from document where doc = ?')
  const latest = db.prepare<[], RevisionRow>(`select ${COLUMNS} from revision order by seq desc limit 1`)
  const supersede = db.prepare<[]>(
    "update revision set state = 'superseded', desired = null where state = 'in-force'",
  )
  const insert = db.prepare<[string, number, string, string, number, number, string | null], RevisionRow>(
    `insert into revision(revision, at, state, findings, empty_source, rewritten, desired) values(?, ?, ?, ?, ?, ?, ?)
       returning ${COLUMNS}`,
  )
  const remember = db.prepare<[string, number, string]>(
    'insert into retirement(name, first_applied_at, members) values(?, ?, ?) on conflict do nothing',
  )
  const retirements = db.prepare<[], { name: string; first_applied_at: number; members: string }>(
    'select name, first_applied_at, members from retirement order by name',
  )
  // Parsing thousands of documents at every question would be most of a pass.
  let known: Filed | undefined
  onRollback(() => void (known = undefined))

  function filedOf(seq: number): Filed {
    if (known?.seq !== seq) known = filedFrom(seq, index.get(seq), documents.all())
    return known
  }

  return {
    inForce: () =>
      read((): InForce | undefined => {
        const row = inForce.get()
        return row === undefined ? undefined : { ...revisionFrom(row), desired: filedOf(row.seq).desired }
      }),
    latest: () =>
      read(() => {
        const row = latest.get()
        return row === undefined ? undefined : revisionFrom(row)
      }),
    apply: (entry) =>
      write(() => {
        const before = inForce.get()
        const filing = fileDesired(entry.desired, before && filedOf(before.seq))
        supersede.run()
        const row = insert.get(
          JSON.stringify(entry.revision),
          entry.at,
          'in-force',
          JSON.stringify(entry.findings),
          Number(entry.emptySource),
          Number(entry.rewritten),
          filing.index,
        )
        for (const doc of filing.gone) drop.run(doc)
        for (const { doc, body } of filing.fresh) keep.run(doc, body)
        enlist(entry.reach)
        const revision = written(row)
        known = filing.filed(revision.seq)
        return revision
      }),
    refuse: ({ revision, at, findings, rewritten }) =>
      write(() =>
        written(
          insert.get(
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
      write(() => {
        for (const { name, firstAppliedAt, members } of memories) {
          remember.run(name, firstAppliedAt, JSON.stringify([...members]))
        }
      }),
    retirements: () =>
      read(() =>
        retirements.all().map(({ name, first_applied_at: firstAppliedAt, members }) => ({
          name,
          firstAppliedAt,
          members: new Set(JSON.parse(members) as RecordKey[]),
        })),
      ),
  }
}

function written(row: RevisionRow | undefined): StoredRevision {
  if (row === undefined) throw new SimplaneError('internal', 'The revision was not written.')
  return revisionFrom(row)
}
