import { SECOND } from '../../../../src/domain/time.ts'
import { faults } from '../faults.ts'
import { openSimplane, type Simplane } from '../simplane.ts'
import { fleet, type FleetWorld } from './world.ts'

/** A whole simplane whose devices are in a Fleet. */
export type FleetSimplane = Simplane &
  FleetWorld & {
    /** From now on a share of all requests goes wrong, in every way the fake knows. */
    spoil(share: number, seed: number): void
  }

/** Opens it with an empty desired state, and the world as it is. */
export async function openFleetSimplane(): Promise<FleetSimplane> {
  const world = await fleet({ driver: { readsEuicc: true, answerWithin: 20 * SECOND } })
  const { clock, fake, driver } = world
  const simplane = await openSimplane(clock, driver, { checkIn: () => fake.round() })

  return Object.assign(world, simplane, {
    spoil(share: number, seed: number) {
      fake.dials.fault = faults(share, seed)
    },
  })
}
