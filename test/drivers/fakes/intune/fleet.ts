import { HOUR, MINUTE, SECOND } from '../../../../src/domain/time.ts'
import { dice, type Fault, faults } from '../faults.ts'
import { openSimplane, type Simplane } from '../simplane.ts'
import { intune, type IntuneWorld } from './world.ts'

/** A whole simplane whose fleet is in an Intune tenant. */
export type Fleet = Simplane &
  IntuneWorld & {
    /** How often each fault happened. */
    readonly suffered: ReadonlyMap<Fault, number>
    /** From now on a share of everything goes wrong, in every way the fake knows. */
    spoil(share: number, seed: number): void
  }

export async function openFleet(options: Parameters<typeof intune>[0] = {}): Promise<Fleet> {
  const world = await intune({ ...options, driver: { answerWithin: 30 * SECOND, ...options.driver } })
  const { clock, graph, driver } = world
  const pace = { checkInsEvery: 15 * MINUTE, passesEvery: HOUR, isSlow: true }
  const simplane = await openSimplane(clock, driver, { ...pace, checkIn: () => graph.tenant.checkInAll() })

  const suffered = new Map<Fault, number>()

  return Object.assign(world, simplane, {
    suffered,
    spoil(share: number, seed: number) {
      const roll = dice(seed)
      world.trouble.isNear = true
      graph.dials.fault = faults(share, seed + 1, suffered)
      graph.dials.innerThrottled = () => roll() < share
    },
  })
}
