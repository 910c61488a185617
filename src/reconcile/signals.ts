import pLimit from 'p-limit'
import type { Driver, Observation, Signal } from '../domain/driver.ts'
import { SimplaneError } from '../domain/error.ts'
import { MERGE } from './observe.ts'
import type { Parts } from './parts.ts'
import { CONCURRENCY } from './timing.ts'

/** More than this wait nowhere: the next inventory sees what is not looked at. */
const MOST = 50_000
/** Devices looked at in one turn; the executor has its turn in between. */
const BATCH = 200

/** A device that an MDM said is worth looking at. */
type Hinted = { readonly driver: string; readonly id: string }

/** What MDMs pushed, folded together until the loop looks: a device that is told of many times is looked at once. */
export class Signals {
  readonly #waiting = new Map<string, Hinted>()
  #wake: () => void = () => undefined

  get waiting(): boolean {
    return this.#waiting.size > 0
  }

  /** Remembers whom to look at. Hints may be lost: beyond fifty thousand, and at the end of the process, they are. */
  add(driver: string, signals: readonly Signal[]): void {
    for (const { id } of signals)
      if (this.#waiting.size < MOST) this.#waiting.set(`${driver}/${id}`, { driver, id })
    if (this.waiting) this.#wake()
  }

  /** Calls back whenever somebody is added, until disposed; only the newest is called. */
  onWaiting(wake: () => void): Disposable {
    this.#wake = wake
    return { [Symbol.dispose]: () => (this.#wake = () => undefined) }
  }

  /** At most so many, the first first. */
  take(most: number): readonly Hinted[] {
    const taken = [...this.#waiting].slice(0, most)
    for (const [key] of taken) this.#waiting.delete(key)
    return taken.map(([, hinted]) => hinted)
  }
}

/**
 * Looks at devices that were signalled, a batch of them, and records what is seen. Gives how many changed. One that
 * cannot be looked at now is left to the next inventory: a signal is a hint.
 */
export async function lookAtSignalled(parts: Parts, signals: Signals): Promise<number> {
  const limit = pLimit(CONCURRENCY)
  const hinted = signals.take(BATCH)
  const seen = await Promise.all(hinted.map((each) => limit(() => lookAt(parts, each))))
  const observations = seen.filter((each) => each !== undefined)
  let changed = 0
  for (const [driver, some] of Map.groupBy(observations, ({ facts }) => facts.driver))
    changed += (await parts.store.observe(driver, some, MERGE)).changed
  if (hinted.length > 0)
    parts.log.debug('heard', `${hinted.length} devices looked at, ${changed} changed`, { changed })
  return changed
}

async function lookAt(
  { drivers, log }: Pick<Parts, 'log'> & { readonly drivers: readonly Pick<Driver, 'name' | 'look'>[] },
  { driver, id }: Hinted,
): Promise<Observation | undefined> {
  try {
    return await drivers.find(({ name }) => name === driver)?.look(id)
  } catch (error) {
    if (!(error instanceof SimplaneError) || error.code !== 'driver-unreachable') throw error
    log.debug('unreachable', error.message, { driver, device: id })
    return undefined
  }
}
