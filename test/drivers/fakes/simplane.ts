import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { Driver } from '../../../src/domain/driver.ts'
import { ALONE } from '../../../src/domain/leadership.ts'
import type { Store } from '../../../src/domain/store.ts'
import { DAY, MINUTE, SECOND, type Duration } from '../../../src/domain/time.ts'
import { NO_LOG } from '../../../src/log/winston.ts'
import { NO_SCREEN, type Parts } from '../../../src/reconcile/parts.ts'
import { reconcile, work } from '../../../src/reconcile/reconcile.ts'
import { openWorkingTree } from '../../../src/source/working-tree.ts'
import { openStore } from '../../../src/store/sqlite/open.ts'
import type { TestClock } from '../../clock.ts'

/** A whole simplane around one driver, in set time. */
export type Simplane = {
  readonly store: Store
  write(file: string, text: string): Promise<void>
  remove(file: string): Promise<void>
  /** So much time: devices check in, passes are made, steps are seen to. */
  pass(duration: Duration): Promise<void>
}

/** How time goes by. */
export type Pace = {
  /** What the devices do when it is their turn. */
  readonly checkIn: () => void | Promise<void>
  /** How often that is; two minutes. */
  readonly checkInsEvery?: Duration
  /** How often a pass is made; ten minutes. */
  readonly passesEvery?: Duration
  /** Steps are seen to at check-ins only, and not as soon as they are due. */
  readonly isSlow?: boolean
}

/** Opens it with an empty desired state. */
export async function openSimplane(clock: TestClock, driver: Driver, pace: Pace): Promise<Simplane> {
  const { checkIn, checkInsEvery = 2 * MINUTE, passesEvery = 10 * MINUTE, isSlow = false } = pace
  const folder = await mkdtemp(join(tmpdir(), 'simplane-whole-'))
  const tree = join(folder, 'desired-state')
  await mkdir(tree)
  const source = openWorkingTree({ path: tree })
  const store = await openStore(join(folder, 'simplane.db'))
  onTestFinished(async () => {
    await source[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })
  const outside = { clock, drivers: [driver], log: NO_LOG, screen: NO_SCREEN, leadership: ALONE }
  const limits = { ignore: [], ceiling: 'enforce' as const, history: 90 * DAY }
  const parts: Parts = { store, source, program: 'test', ...outside, ...limits }
  const { signal } = new AbortController()

  /** Lets set time run while something waits for it. */
  async function drive(doing: Promise<unknown>): Promise<void> {
    const state = { over: false }
    const over = (): void => void (state.over = true)
    doing.then(over, over)
    while (!state.over) {
      await setTimeout(2)
      if (!state.over && clock.sleeping() > 0) await clock.advance(3 * SECOND)
    }
    await doing
  }

  return {
    store,
    write: (file, text) => writeFile(join(tree, file), text),
    remove: (file) => rm(join(tree, file)),
    async pass(duration) {
      const until = clock.now() + duration
      let nextPass = clock.now()
      while (clock.now() < until) {
        await checkIn()
        if (clock.now() >= nextPass) {
          await drive(reconcile(parts, { trigger: 'test', read: true, observe: true, signal }))
          nextPass = clock.now() + passesEvery
        }
        const inForce = await store.inForce()
        if (inForce !== undefined) await drive(work(parts, { run: 1, inForce }, signal))
        const due = isSlow ? Infinity : ((await store.nextDue(clock.now())) ?? Infinity)
        await clock.advance(Math.max(MINUTE / 4, Math.min(due - clock.now(), checkInsEvery)))
      }
    },
  }
}
