import type { JournalStore } from '../../domain/journal-store.ts'
import type { Connection } from './connection.ts'
import { TRIED } from '../step-rows.ts'
import { nothingTouched } from '../touched.ts'
import type { Worklist } from './worklist.ts'

/** What was tried in vain, until a person says: try again. */
export function openTries({ db, write }: Connection, worklist: Worklist): JournalStore['forgetTries'] {
  const everywhere = db.prepare<[], { dev: number }>(
    `select distinct dev from step indexed by step_tried where ${TRIED} and forgotten = 0`,
  )
  const forget = db.prepare<[number]>(
    `update step set forgotten = 1 where dev = ? and ${TRIED} and forgotten = 0`,
  )

  return (devs) =>
    write(() => {
      const touched = nothingTouched()
      const asked = devs === 'all' ? everywhere.all().map(({ dev }) => dev) : devs
      for (const dev of asked) if (forget.run(dev).changes > 0) touched.devs.add(dev)
      worklist.enlist(touched)
      return touched.devs.size
    })
}
