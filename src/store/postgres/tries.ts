import type { JournalStore } from '../../domain/journal-store.ts'
import { TRIED } from '../step-rows.ts'
import { nothingTouched } from '../touched.ts'
import type { Connection } from './connection.ts'
import { lockDevices } from './device-reads.ts'
import { enlist } from './worklist.ts'

const EVERYWHERE = `select distinct dev from step where ${TRIED} and forgotten = 0`
const FORGET = `update step set forgotten = 1 where dev = any($1::int[]) and ${TRIED} and forgotten = 0 returning dev`

/** What was tried in vain, until a person says: try again. */
export function openTries({ write }: Connection): JournalStore['forgetTries'] {
  return (devs) =>
    write(async (session) => {
      const asked =
        devs === 'all' ? (await session.rows<{ dev: number }>(EVERYWHERE)).map(({ dev }) => dev) : devs
      await lockDevices(session, asked)
      const forgotten = await session.rows<{ dev: number }>(FORGET, asked)
      const touched = { ...nothingTouched(), devs: new Set(forgotten.map(({ dev }) => dev)) }
      await enlist(session, touched)
      return touched.devs.size
    })
}
