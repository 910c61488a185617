import type { StepId } from '../../domain/plan.ts'
import type { JournalStore, Try } from '../../domain/journal-store.ts'
import type { Connection } from './connection.ts'
import { type StepRow, TRIED } from './step-rows.ts'
import { nothingTouched, type Worklist } from './worklist.ts'

export type Tries = Pick<JournalStore, 'tries' | 'forgetTries'>

/** What was tried in vain, until a person says: try again. */
export function openTries({ db, texts, read, write }: Connection, worklist: Worklist): Tries {
  const tried = db.prepare<[number, StepId], StepRow>(
    `select * from step where dev = (select ?) and id = (select ?) and ${TRIED} and forgotten = 0
       order by settled_at desc, n desc`,
  )
  const everywhere = db.prepare<[], { dev: number }>(
    `select distinct dev from step where ${TRIED} and forgotten = 0`,
  )
  const forget = db.prepare<[number]>(
    `update step set forgotten = 1 where dev = ? and ${TRIED} and forgotten = 0`,
  )

  return {
    tries: (steps) =>
      read(() =>
        steps
          .flatMap(({ dev, id }) => tried.all(dev, id))
          .map((row): Try => ({
            dev: row.dev,
            id: row.id,
            state: row.state,
            revision: texts.text(row.revision),
            attempt: row.attempt,
            settledAt: row.settled_at ?? row.planned_at,
            ...(row.error === null ? {} : { error: JSON.parse(row.error) as NonNullable<Try['error']> }),
          }))
          .sort((a, b) => b.settledAt - a.settledAt),
      ),
    forgetTries: (devs) =>
      write(() => {
        const touched = nothingTouched()
        const asked = devs === 'all' ? everywhere.all().map(({ dev }) => dev) : devs
        for (const dev of asked) if (forget.run(dev).changes > 0) touched.devs.add(dev)
        worklist.enlist(touched)
        return touched.devs.size
      }),
  }
}
