import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '../../src/domain/store.ts'
import { openStore } from '../../src/store/sqlite/open.ts'
import type { StoreWorld } from '../conformance/store/world.ts'

/** A folder for one test; gone when disposed. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'simplane-store-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** An empty SQLite store in a folder of its own. */
export async function sqliteWorld(): Promise<StoreWorld> {
  const folder = await temporaryFolder()
  const path = join(folder.path, 'state', 'simplane.db')
  const opened: Store[] = []
  async function open(): Promise<Store> {
    const store = await openStore(path)
    opened.push(store)
    return store
  }
  return {
    store: await open(),
    reopen: async () => {
      for (const store of opened.splice(0)) await store[Symbol.asyncDispose]()
      return open()
    },
    beside: open,
    [Symbol.asyncDispose]: async () => {
      for (const store of opened) await store[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
