import { setImmediate } from 'node:timers/promises'
import type { Settlement } from '../../../src/domain/journal-store.ts'
import type { Store } from '../../../src/domain/store.ts'

/**
 * Writes settlements as they come, together with whatever came while the ones before were written; resolves when its
 * own is on the disk.
 */
export function groupCommit(store: Pick<Store, 'settle'>): (settlement: Settlement) => Promise<void> {
  let waiting: {
    readonly settlement: Settlement
    readonly done: () => void
    readonly fail: (error: unknown) => void
  }[] = []
  let busy = false

  async function drain(): Promise<void> {
    busy = true
    for (await setImmediate(); waiting.length > 0; await setImmediate()) {
      const group = waiting
      waiting = []
      try {
        await store.settle(group.map(({ settlement }) => settlement))
        for (const { done } of group) done()
      } catch (error) {
        for (const { fail } of group) fail(error)
      }
    }
    busy = false
  }

  return (settlement) =>
    new Promise((resolve, reject) => {
      waiting.push({ settlement, done: resolve, fail: reject })
      if (!busy) void drain()
    })
}
