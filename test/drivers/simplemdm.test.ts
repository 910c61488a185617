import { driverConformance } from '../conformance/driver.ts'
import type { DriverWorld } from '../conformance/driver-world.ts'
import { makeDevice } from './fakes/apple-device.ts'
import { drive, openSimpleMdmWorld } from './fakes/simplemdm/world.ts'

/** Phones, tablets, and a Mac now and then. */
async function conform(devices: number): Promise<DriverWorld> {
  const world = await openSimpleMdmWorld()
  const { fake, driver, clock } = world
  for (let at = 0; at < devices; at += 1)
    fake.addDevice(makeDevice(['iPhone15,2', 'iPad14,3', 'MacBookPro18,1'][at % 3]))
  /** Which device each step was for: SimpleMDM knows no ids of commands. */
  const told = new Map<string, number>()
  let away = false

  /** Time goes on while somebody waits for a second try. */
  async function patiently<T>(work: Promise<T>): Promise<T> {
    return away ? await drive(clock, work) : await work
  }

  return {
    driver: {
      ...driver,
      observe: (cursor) => patiently(driver.observe(cursor)),
      look: (id) => patiently(driver.look(id)),
      submit(command) {
        told.set(command.id, Number(command.device.id))
        return patiently(driver.submit(command))
      },
      outcome: (command) => patiently(driver.outcome(command)),
    },
    freshDevice: async (family) => (family === 'ios' ? String(fake.addDevice().id) : undefined),
    settle: () => world.live(),
    // Each device of the suite gets one install.
    effects: async (id) => fake.devices.get(told.get(id) ?? 0)?.apple.effects.size ?? 0,
    answer: async () => false,
    async reachable(is) {
      away = !is
      await fake.reachable(is)
    },
    async online(id, is) {
      const device = fake.devices.get(Number(id))
      if (device !== undefined) device.apple.online = is
    },
    async retire(id) {
      const device = fake.devices.get(Number(id))
      if (device !== undefined) fake.leave(device)
    },
    reenrol: async () => undefined,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}

driverConformance('simplemdm', conform)
