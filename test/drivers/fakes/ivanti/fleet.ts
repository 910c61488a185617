import type { Driver } from '../../../../src/domain/driver.ts'
import { HOUR, MINUTE, SECOND } from '../../../../src/domain/time.ts'
import { faults } from '../faults.ts'
import { openSimplane, type Simplane } from '../simplane.ts'
import { ivanti, type IvantiWorld, type IvantiWorldOptions } from './world.ts'

/** A whole simplane whose fleet is in Neurons for MDM. */
export type Fleet = Simplane &
  IvantiWorld & {
    /** From now on a share of everything goes wrong, in every way the fake knows. */
    spoil(share: number, seed: number): void
  }

/** Opens a fleet; `wrap` puts something around the driver. */
export async function openFleet(
  options: IvantiWorldOptions,
  wrap: (driver: Driver, world: IvantiWorld) => Driver = (driver) => driver,
): Promise<Fleet> {
  const world = await ivanti({ ...options, driver: { answerWithin: 30 * SECOND, ...options.driver } })
  const { clock, fake } = world
  const pace = { checkInsEvery: 20 * MINUTE, passesEvery: HOUR, isSlow: true }
  const driver = wrap(world.driver, world)
  const simplane = await openSimplane(clock, driver, { ...pace, checkIn: () => fake.checkInAll() })
  return Object.assign(world, simplane, {
    spoil(share: number, seed: number) {
      fake.dials.fault = faults(share, seed)
    },
  })
}
