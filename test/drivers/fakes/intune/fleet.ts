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
import { drive, intune, type IntuneWorld } from './world.ts'

/** A whole simplane whose fleet is in an Intune tenant. */
export type Fleet = IntuneWorld & {
  readonly store: Store
  /** How often each fault happened. */
  readonly suffered: ReadonlyMap<Fault, number>
  write(file: string, text: string): Promise<void>
  remove(file: string): Promise<void>
  /** So much time: devices check in and steps are seen to every quarter of an hour, a pass is made every hour. */
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

export async function openFleet(options: Parameters<typeof intune>[0] = {}): Promise<Fleet> {
  const world = await intune({ ...options, driver: { answerWithin: 30 * SECOND, ...options.driver } })
  const folder = await mkdtemp(join(tmpdir(), 'simplane-intune-fleet-'))
  const tree = join(folder, 'desired-state')
  await mkdir(tree)
  const source = openWorkingTree({ path: tree })
  const store = await openStore(join(folder, 'simplane.db'))
  onTestFinished(async () => {
    await source[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })
  const { clock, graph, driver } = world
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

  const suffered = new Map<Fault, number>()

  return Object.assign(world, {
    store,
    suffered,
    write: (file: string, text: string) => writeFile(join(tree, file), text),
    remove: (file: string) => rm(join(tree, file)),
    spoil(share: number, seed: number) {
      const roll = dice(seed)
      world.trouble.isNear = true
      graph.dials.fault = () => {
        if (roll() >= share) return undefined
        const fault = FAULTS[Math.floor(roll() * FAULTS.length)]
        if (fault !== undefined) suffered.set(fault, (suffered.get(fault) ?? 0) + 1)
        return fault
      }
      graph.dials.innerThrottled = () => roll() < share
    },
    async pass(duration: Duration) {
      const until = clock.now() + duration
      let nextPass = clock.now()
      while (clock.now() < until) {
        graph.tenant.checkInAll()
        if (clock.now() >= nextPass) {
          const request = { trigger: 'test', read: true, observe: true, signal } as const
          await drive(clock, reconcile(parts, request))
          nextPass = clock.now() + 60 * MINUTE
        }
        const inForce = await store.inForce()
        if (inForce !== undefined) await drive(clock, work(parts, { run: 1, inForce }, signal))
        await clock.advance(15 * MINUTE)
      }
    },
  })
}
