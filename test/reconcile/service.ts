import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { Source } from '../../src/domain/source.ts'
import type { Store } from '../../src/domain/store.ts'
import { SECOND } from '../../src/domain/time.ts'
import { runLoop } from '../../src/reconcile/loop.ts'
import type { Parts } from '../../src/reconcile/parts.ts'
import type { Signals } from '../../src/reconcile/signals.ts'
import { openStore } from '../../src/store/sqlite/open.ts'
import type { World } from './world.ts'

/** A service running on a world, on the world's clock. */
export type Service = {
  /** As the watcher of the source does. */
  change(): void
  /** Lets time go on until it is so. */
  until(so: () => Promise<boolean> | boolean): Promise<void>
  /** Until nothing is ready and nothing under way. */
  untilSettled(): Promise<void>
  stop(): Promise<void>
  readonly ended: () => boolean
  /** Watches of the source that are open. */
  readonly watches: () => number
  readonly abort: AbortController
}

/** Starts the service; `port` may stand in front of each of its ports, `signals` are what MDMs push. */
export function serve(
  world: World,
  port: (parts: Parts) => Parts = (parts) => parts,
  signals?: Signals,
): Service {
  const abort = new AbortController()
  const { clock, store } = world
  let watches = 0
  const state = { ended: false }
  let change = (): void => undefined
  const watched = (source: Source): Source => ({
    name: source.name,
    head: (since) => source.head(since),
    read: (revision) => source.read(revision),
    list: (revision) => source.list(revision),
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
    async watch(changed) {
      watches += 1
      change = () => changed(['acme.yaml'])
      return { [Symbol.asyncDispose]: async () => void (watches -= 1) }
    },
  })
  const parts = port({ ...world.parts, source: watched(world.parts.source) })
  const pushed = signals === undefined ? {} : { signals }
  const options = { schedule: '0 0 1 1 *', watch: true, signal: abort.signal, ...pushed }
  const loop = runLoop(parts, options).finally(() => (state.ended = true))
  async function stop(): Promise<void> {
    abort.abort()
    await loop
  }
  onTestFinished(stop)
  async function until(so: () => Promise<boolean> | boolean): Promise<void> {
    for (let seconds = 0; seconds < 20_000; seconds += 1) {
      if (await so()) return
      while (clock.sleeping() === 0 && !state.ended) await setImmediate()
      await clock.advance(SECOND)
    }
    throw new Error('it never came to be so')
  }
  return {
    change: () => change(),
    until,
    untilSettled: () => until(async () => clock.sleeping() > 0 && (await isSettled(store))),
    stop,
    ended: () => state.ended,
    watches: () => watches,
    abort,
  }
}

async function isSettled(store: Store): Promise<boolean> {
  const { open } = await store.counts()
  return (
    (await store.inForce()) !== undefined &&
    open.ready + open.underWay === 0 &&
    (await store.workSize()) === 0
  )
}

/** The store as another process opens it. */
export async function besides(world: World): Promise<Store> {
  const store = await openStore(join(world.folder, 'simplane.db'))
  onTestFinished(() => store[Symbol.asyncDispose]())
  return store
}

/** The port, which says each call of it before it is made. */
export function heard<T extends object>(port: T, hear: (call: string) => unknown): T {
  return new Proxy(port, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function' || typeof key === 'symbol') return value
      return async (...given: unknown[]) => {
        await hear(key)
        const answer: unknown = await Reflect.apply(value, target, given)
        return answer
      }
    },
  })
}
