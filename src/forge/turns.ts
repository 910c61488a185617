/** Lets work on the same thing happen one after the other: forges do not keep two from making the same comment. */
export type Turns = <T>(key: string, work: () => Promise<T>) => Promise<T>

/** Those of one process. Trouble of one who was before is no trouble of the next. */
export function openTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return async (key, work) => {
    const before = last.get(key) ?? Promise.resolve()
    const mine = before.then(work, work)
    last.set(key, mine)
    try {
      return await mine
    } finally {
      if (last.get(key) === mine) last.delete(key)
    }
  }
}
