import type Database from 'better-sqlite3'
import { openTexts, type Texts } from './texts.ts'
import { storeTrouble } from './trouble.ts'

/** One open database, and the only two ways to use it. */
export type Connection = {
  readonly db: Database.Database
  readonly texts: Texts
  /** Calls back when what a transaction wrote is void, and with it whatever was remembered of it. */
  readonly onRollback: (forget: () => void) => void
  /** Calls at the end of every transaction that writes, still inside it. */
  readonly beforeCommit: (finish: () => void) => void
  /** First part of every command id. */
  readonly epoch: string
  /** One transaction that only reads: all of it sees one state. */
  readonly read: <T>(work: () => T) => Promise<T>
  /** One transaction that writes, all or nothing; it takes the write lock at once, so that it never fails halfway. */
  readonly write: <T>(work: () => T) => Promise<T>
}

export function connect(db: Database.Database, path: string): Connection {
  const texts = openTexts(db)
  const forgetful = [texts.forget]
  const finishing: (() => void)[] = []
  const begin = db.prepare('begin')
  const beginImmediate = db.prepare('begin immediate')
  const commit = db.prepare('commit')
  const rollback = db.prepare('rollback')
  const epoch =
    db.prepare<[], { value: string }>("select value from meta where key = 'epoch'").get()?.value ?? ''

  async function transaction<T>(start: Database.Statement, work: () => T): Promise<T> {
    try {
      start.run()
      const result = work()
      commit.run()
      return result
    } catch (error) {
      if (db.inTransaction) rollback.run()
      for (const forget of forgetful) forget()
      throw storeTrouble(error, path)
    }
  }

  return {
    db,
    texts,
    epoch,
    onRollback: (forget) => void forgetful.push(forget),
    read: (work) => transaction(begin, work),
    beforeCommit: (finish) => void finishing.push(finish),
    write: (work) =>
      transaction(beginImmediate, () => {
        const result = work()
        for (const finish of finishing) finish()
        return result
      }),
  }
}
