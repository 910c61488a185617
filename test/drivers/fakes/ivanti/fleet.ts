import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { ALONE } from '../../../../src/domain/leadership.ts'
import type { Driver } from '../../../../src/domain/driver.ts'
import type { Store } from '../../../../src/domain/store.ts'
import { DAY, HOUR, MINUTE, SECOND, type Duration } from '../../../../src/domain/time.ts'
import { NO_LOG } from '../../../../src/log/winston.ts'
import { NO_SCREEN, type Parts } from '../../../../src/reconcile/parts.ts'
import { reconcile, work } from '../../../../src/reconcile/reconcile.ts'
import { openWorkingTree } from '../../../../src/source/working-tree.ts'
import { openStore } from '../../../../src/store/sqlite/open.ts'
import { dice, type Fault } from '../faults.ts'
import { drive } from '../nanomdm-world.ts'
import { ivanti, type IvantiWorld, type IvantiWorldOptions } from './world.ts'

/** A whole simplane whose fleet is in Neurons for MDM. */
export type Fleet = IvantiWorld & {
  readonly store: Store
  write(file: string, text: string): Promise<void>
  remove(file: string): Promise<void>
  /** So much time: devices check in every twenty minutes, a pass is made every hour, steps are seen to when due. */
  pass(duration: Duration): Promise<void>
  /** From now on a share of everything goes wrong, in every way the fake knows. */
  spoil(share: number, seed: number): void
}

const FAULTS: readonly Fault[] = [
  'refused-before',
  'refused-after',
  'cut-after',
  'throttled',
  'throttled-silently',
  'malformed',
  'half',
  'slow',
]

/** Opens a fleet; `wrap` puts something around the driver. */
export async function openFleet(
  options: IvantiWorldOptions,
  wrap: (driver: Driver, world: IvantiWorld) => Driver = (driver) => driver,
): Promise<Fleet> {
  const world = await ivanti({ ...options, driver: { answerWithin: 30 * SECOND, ...options.driver } })
  const folder = await mkdtemp(join(tmpdir(), 'simplane-ivanti-fleet-'))
  const tree = join(folder, 'desired-state')
  await mkdir(tree)
  const source = openWorkingTree({ path: tree })
  const store = await openStore(join(folder, 'simplane.db'))
  onTestFinished(async () => {
    await source[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })
  const { clock, fake } = world
  const parts: Parts = {
    store,
    source,
    clock,
    log: NO_LOG,
    screen: NO_SCREEN,
    ignore: [],
    ceiling: 'enforce',
    drivers: [wrap(world.driver, world)],
    program: 'test',
    leadership: ALONE,
    history: 90 * DAY,
  }
  const { signal } = new AbortController()
  return Object.assign(world, {
    store,
    write: (file: string, text: string) => writeFile(join(tree, file), text),
    remove: (file: string) => rm(join(tree, file)),
    spoil(share: number, seed: number) {
      const roll = dice(seed)
      fake.dials.fault = () => (roll() < share ? FAULTS[Math.floor(roll() * FAULTS.length)] : undefined)
    },
    async pass(duration: Duration) {
      const until = clock.now() + duration
      let nextPass = clock.now()
      while (clock.now() < until) {
        fake.checkInAll()
        if (clock.now() >= nextPass) {
          const pass = reconcile(parts, { trigger: 'test', read: true, observe: true, signal })
          await drive(clock, pass, 3 * SECOND)
          nextPass = clock.now() + HOUR
        }
        const inForce = await store.inForce()
        if (inForce !== undefined) await drive(clock, work(parts, { run: 1, inForce }, signal), 3 * SECOND)
        await clock.advance(20 * MINUTE)
      }
    },
  })
}
