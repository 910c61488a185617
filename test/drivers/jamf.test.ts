import { driverConformance } from '../conformance/driver.ts'
import type { DriverWorld } from '../conformance/driver-world.ts'
import { makeDevice } from './fakes/apple-device.ts'
import { drive, openJamfWorld } from './fakes/jamf/world.ts'

/** Phones, tablets, and an Apple TV now and then, which is a mobile device to Jamf Pro. */
async function conform(devices: number): Promise<DriverWorld> {
  const world = await openJamfWorld()
  const { fake, driver, clock } = world
  for (let at = 0; at < devices; at += 1) {
    if (at % 10 === 7) fake.addDevice(makeDevice('AppleTV14,1'), 'tvOS')
    else fake.addDevice(makeDevice(at % 3 === 0 ? 'iPad14,3' : 'iPhone15,2'))
  }
  let settled = 0
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
      submit: (command) => patiently(driver.submit(command)),
      outcome: (command) => patiently(driver.outcome(command)),
    },
    freshDevice: async (family) => (family === 'ios' ? String(world.phone().id) : undefined),
    async settle() {
      settled += 1
      if (settled > 3) fake.release()
      await world.live()
    },
    effects: async (id) => world.effects(id),
    async answer(how) {
      fake.dials.reports = ({ 'at-once': 'shown', late: 'held', lost: 'lost', twice: 'twice' } as const)[how]
      return true
    },
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

driverConformance('jamf', conform)
