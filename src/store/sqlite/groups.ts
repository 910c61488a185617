import type { WorkStore } from '../../domain/work-store.ts'
import { compareText } from '../../domain/text.ts'
import { nothingTouched } from '../touched.ts'
import type { Connection } from './connection.ts'
import type { Worklist } from './worklist.ts'

export type Groups = {
  /**
   * Writes who left which group, from the device's stored assignment to this one; `leftSome`: it is known to have left
   * groups before. Within a write.
   */
  readonly move: (dev: number, before: readonly string[], after: readonly string[], leftSome: boolean) => void
  /** The record is forgotten: nobody who left. Within a write. */
  readonly forget: (dev: number) => void
  /** What the device left counts no more: it has come to what is wanted of it. Within a write. */
  readonly settle: (dev: number) => void
  readonly departures: WorkStore['departures']
  readonly judgeGroup: WorkStore['judgeGroup']
}

/** Who left a group, as plans decided it (finding `group-shrank`). */
export function openGroups({ db, texts, read, write }: Connection, worklist: Worklist): Groups {
  const left = db.prepare<[number, number]>('insert or ignore into leaver(grp, dev) values(?, ?)')
  const back = db.prepare<[number, number]>('delete from leaver where grp = ? and dev = ?')
  const leaverGone = db.prepare<[number]>('delete from leaver where dev = ?')
  const marksGone = db.prepare<[number]>('delete from leaver where dev = ? and shrunk = 1')
  const departed = db.prepare<[], { grp: number; left: number }>(
    'select grp, count(*) as left from leaver indexed by leaver_unjudged where shrunk = 0 group by grp',
  )
  const members = db.prepare<[number], { members: number }>(
    `select count(*) as members from assigned_group g
       cross join device d indexed by device_assignment on d.assignment = g.assignment where g.grp = (select ?)`,
  )
  const unjudged = db.prepare<[number], { dev: number }>(
    'select dev from leaver where grp = ? and shrunk = 0',
  )
  const judged = {
    harmless: db.prepare<[number]>('delete from leaver where grp = ? and shrunk = 0'),
    shrank: db.prepare<[number]>('update leaver set shrunk = 1 where grp = ? and shrunk = 0'),
  }

  return {
    move: (dev, before, after, leftSome) => {
      for (const group of before) if (!after.includes(group)) left.run(texts.id(group), dev)
      if (!leftSome) return
      for (const group of after) if (!before.includes(group)) back.run(texts.id(group), dev)
    },
    forget: (dev) => leaverGone.run(dev),
    settle: (dev) => marksGone.run(dev),
    departures: () =>
      read(() =>
        departed
          .all()
          .map(({ grp, left: gone }) => ({
            group: texts.text(grp),
            members: members.get(grp)?.members ?? 0,
            left: gone,
          }))
          .sort((a, b) => compareText(a.group, b.group)),
      ),
    judgeGroup: (group, shrank) =>
      write(() => {
        const grp = texts.find(group)
        if (grp === undefined) return
        const touched = nothingTouched()
        // Planned before anybody knew: on the worklist their steps are not issued, and come off it held.
        if (shrank) for (const { dev } of unjudged.all(grp)) touched.devs.add(dev)
        judged[shrank ? 'shrank' : 'harmless'].run(grp)
        worklist.enlist(touched)
      }),
  }
}
