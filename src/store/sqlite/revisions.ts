import type { DesiredState } from '../../domain/desired.ts'
import type { RecordKey } from '../../domain/device.ts'
import { SimplaneError } from '../../domain/error.ts'
import type { InForce, RevisionStore, StoredRevision } from '../../domain/revision-store.ts'
import { type RevisionRow, revisionFrom } from '../revision-rows.ts'
import type { Reach } from '../../domain/reach.ts'
import type { Connection } from './connection.ts'

const COLUMNS = 'seq, revision, at, state, findings, empty_source, rewritten'

/** What git asked for, revision by revision. Only the one in force keeps its documents. */
export function openRevisions(
  { db, read, write }: Connection,
  enlist: (reach: Reach) => void,
): RevisionStore {
  const inForce = db.prepare<[], RevisionRow>(`select ${COLUMNS} from revision where state = 'in-force'`)
  const documents = db.prepare<[number], { desired: string | null }>(
    'select desired from revision where seq = ?',
  )
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
  let parsed: { readonly seq: number; readonly desired: DesiredState } | undefined

  function desiredOf(seq: number): DesiredState {
    if (parsed?.seq === seq) return parsed.desired
    const text = documents.get(seq)?.desired
    if (typeof text !== 'string')
      throw new SimplaneError('internal', `The revision in force (${seq}) has no documents.`)
    parsed = { seq, desired: JSON.parse(text) as DesiredState }
    return parsed.desired
  }

  return {
    inForce: () =>
      read((): InForce | undefined => {
        const row = inForce.get()
        return row === undefined ? undefined : { ...revisionFrom(row), desired: desiredOf(row.seq) }
      }),
    latest: () =>
      read(() => {
        const row = latest.get()
        return row === undefined ? undefined : revisionFrom(row)
      }),
    apply: (entry) =>
      write(() => {
        supersede.run()
        const row = insert.get(
          JSON.stringify(entry.revision),
          entry.at,
          'in-force',
          JSON.stringify(entry.findings),
          Number(entry.emptySource),
          Number(entry.rewritten),
          JSON.stringify(entry.desired),
        )
        enlist(entry.reach)
        return written(row)
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
