import type { Database } from 'better-sqlite3'

/** So long a write waits for others to share its flush to disk, in milliseconds. */
const GATHERING = 3

/** Writes in order, many in one transaction: a thousand webhooks a second cost some dozens of flushes to disk. */
export interface Writer extends AsyncDisposable {
  /** Runs once, with nobody else's work half done; resolves when its effect is on disk. What it throws undoes it alone. */
  write<T>(work: () => T): Promise<T>
}

type Entry = {
  readonly work: () => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}
type Done = { readonly value: unknown } | { readonly error: unknown }

export function openWriter(db: Database): Writer {
  let queue: Entry[] = []
  const one = db.transaction((work: () => unknown) => work())
  const all = db.transaction((entries: readonly Entry[]): readonly Done[] =>
    entries.map(({ work }) => {
      try {
        return { value: one(work) }
      } catch (error) {
        return { error }
      }
    }),
  )

  function flush(): void {
    const entries = queue
    queue = []
    if (entries.length === 0) return
    try {
      const done = all.immediate(entries)
      for (const [at, { resolve, reject }] of entries.entries()) {
        const each = done[at]
        if (each === undefined || 'error' in each) reject(each?.error)
        else resolve(each.value)
      }
    } catch (error) {
      for (const { reject } of entries) reject(error)
    }
  }

  return {
    write: <T>(work: () => T) =>
      new Promise<T>((resolve, reject) => {
        queue.push({ work, resolve: resolve as Entry['resolve'], reject })
        if (queue.length === 1) setTimeout(flush, GATHERING)
      }),
    [Symbol.asyncDispose]: async () => {
      flush()
    },
  }
}
