import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { ALONE } from '../../../../src/domain/leadership.ts'
import type { Store } from '../../../../src/domain/store.ts'
import { DAY, MINUTE, SECOND, type Duration } from '../../../../src/domain/time.ts'
import { NO_LOG } from '../../../../src/log/winston.ts'
import { NO_SCREEN, type Parts } from '../../../../src/reconcile/parts.ts'
import { reconcile, work } from '../../../../src/reconcile/reconcile.ts'
import { openWorkingTree } from '../../../../src/source/working-tree.ts'
import { openStore } from '../../../../src/store/sqlite/open.ts'
import { dice, type Fault } from '../faults.ts'
import { drive, fleet, type FleetWorld } from './world.ts'

/** A whole simplane whose devices are in a Fleet. */
export type Simplane = FleetWorld & {
  readonly store: Store
  write(file: string, text: string): Promise<void>
  remove(file: string): Promise<void>
  /** So much time: devices check in every two minutes, a pass is made every ten, steps are seen to when they are due. */
  pass(duration: Duration): Promise<void>
  /** From now on a share of all requests goes wrong, in every way the fake knows. */
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

/** Opens it with an empty desired state, and the world as it is. */
export async function openSimplane(): Promise<Simplane> {
  const world = await fleet({ driver: { readsEuicc: true, answerWithin: 20 * SECOND } })
  const folder = await mkdtemp(join(tmpdir(), 'simplane-with-fleet-'))
  const tree = join(folder, 'desired-state')
  await mkdir(tree)
  const source = openWorkingTree({ path: tree })
  const store = await openStore(join(folder, 'simplane.db'))
  onTestFinished(async () => {
    await source[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })
  const { clock, fake, driver } = world
  const common = {
    store,
    source,
    clock,
    log: NO_LOG,
    screen: NO_SCREEN,
    ignore: [],
    ceiling: 'enforce' as const,
  }
  const parts: Parts = { ...common, drivers: [driver], program: 'test', leadership: ALONE, history: 90 * DAY }
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
        fake.round()
        if (clock.now() >= nextPass) {
          await drive(
            clock,
            reconcile(parts, { trigger: 'test', read: true, observe: true, signal }),
            3 * SECOND,
          )
          nextPass = clock.now() + 10 * MINUTE
        }
        const inForce = await store.inForce()
        if (inForce !== undefined) await drive(clock, work(parts, { run: 1, inForce }, signal), 3 * SECOND)
        const due = (await store.nextDue(clock.now())) ?? Infinity
        await clock.advance(Math.max(MINUTE / 4, Math.min(due, clock.now() + 2 * MINUTE) - clock.now()))
      }
    },
  })
}
