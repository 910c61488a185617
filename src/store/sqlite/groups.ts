import type { Assignment } from '../../domain/assignment.ts'
import type { WorkStore } from '../../domain/work-store.ts'
import { compareText } from '../../domain/text.ts'
import type { Connection } from './connection.ts'
import { nothingTouched, type Worklist } from './worklist.ts'

export type Groups = {
  /** Writes how a device moved between groups, from its stored assignment to this one. Within a write. */
  readonly move: (dev: number, before: readonly string[], after: readonly string[]) => void
  /** The record is forgotten: a member less, and nobody who left. Within a write. */
  readonly forget: (dev: number) => void
  /** What the device left counts no more: it has come to what is wanted of it. Within a write. */
  readonly settle: (dev: number) => void
  readonly memberships: WorkStore['memberships']
  readonly judgeGroup: WorkStore['judgeGroup']
  readonly shrunk: WorkStore['shrunk']
}

/** Group membership as plans decided it, counted as it moves, and who left (finding `group-shrank`). */
export function openGroups({ db, texts, read, write }: Connection, worklist: Worklist): Groups {
  const assignmentOf = db.prepare<[number], { assignment: number | null }>(
    'select assignment from device where dev = ?',
  )
  const join = db.prepare<[number, number]>('insert or ignore into membership(grp, dev) values(?, ?)')
  const part = db.prepare<[number, number]>('delete from membership where grp = ? and dev = ?')
  const count = db.prepare<[number, number]>(
    'insert into grp(grp, members) values(?, ?) on conflict(grp) do update set members = members + excluded.members',
  )
  const left = db.prepare<[number, number]>('insert or ignore into leaver(grp, dev) values(?, ?)')
  const back = db.prepare<[number, number]>('delete from leaver where grp = ? and dev = ?')
  const leaverGone = db.prepare<[number]>('delete from leaver where dev = ?')
  const marksGone = db.prepare<[number]>('delete from leaver where dev = ? and shrunk = 1')
  const groups = db.prepare<[], { grp: number; members: number }>('select grp, members from grp')
  const unjudged = db.prepare<[number], { dev: number }>(
    'select dev from leaver where grp = ? and shrunk = 0 order by dev',
  )
  const unheld = db.prepare<[number], { dev: number }>(
    `select dev from leaver l where grp = ? and shrunk = 0
       and exists (select 1 from step s where s.dev = l.dev and s.state = 'ready')`,
  )
  const judged = {
    harmless: db.prepare<[number]>('delete from leaver where grp = ? and shrunk = 0'),
    shrank: db.prepare<[number]>('update leaver set shrunk = 1 where grp = ? and shrunk = 0'),
  }
  const marks = db.prepare<[number], { grp: number }>('select grp from leaver where dev = ? and shrunk = 1')

  function groupsOf(dev: number): readonly string[] {
    const id = assignmentOf.get(dev)?.assignment ?? null
    return id === null ? [] : (texts.json(id) as Assignment).groups
  }

  return {
    move: (dev, before, after) => {
      for (const group of before) {
        if (after.includes(group)) continue
        const grp = texts.id(group)
        count.run(grp, -part.run(grp, dev).changes)
        left.run(grp, dev)
      }
      for (const group of after) {
        if (before.includes(group)) continue
        const grp = texts.id(group)
        count.run(grp, join.run(grp, dev).changes)
        back.run(grp, dev)
      }
    },
    forget: (dev) => {
      for (const group of groupsOf(dev)) {
        const grp = texts.id(group)
        count.run(grp, -part.run(grp, dev).changes)
      }
      leaverGone.run(dev)
    },
    settle: (dev) => marksGone.run(dev),
    memberships: () =>
      read(() =>
        groups
          .all()
          .map(({ grp, members }) => ({
            group: texts.text(grp),
            members,
            left: unjudged.all(grp).map(({ dev }) => dev),
          }))
          .filter(({ members, left: leavers }) => members > 0 || leavers.length > 0)
          .sort((a, b) => compareText(a.group, b.group)),
      ),
    judgeGroup: (group, shrank) =>
      write(() => {
        const grp = texts.find(group)
        if (grp === undefined) return
        const touched = nothingTouched()
        // Planned before anybody knew: on the worklist their steps are not issued, and come off it held.
        if (shrank) for (const { dev } of unheld.all(grp)) touched.devs.add(dev)
        judged[shrank ? 'shrank' : 'harmless'].run(grp)
        worklist.enlist(touched)
      }),
    shrunk: (devs) =>
      read(() => {
        const all = devs.map((dev) => [dev, marks.all(dev).map(({ grp }) => texts.text(grp))] as const)
        return new Map(
          all.filter(([, names]) => names.length > 0).map(([dev, names]) => [dev, names.sort(compareText)]),
        )
      }),
  }
}
