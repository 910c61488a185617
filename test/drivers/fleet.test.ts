import { describe } from 'vitest'
import { driverConformance } from '../conformance/driver.ts'
import type { DriverWorld } from '../conformance/driver-world.ts'
import { drive, openFleetWorld, type FleetWorldOptions } from './fakes/fleet/world.ts'

/** Of ten devices in a Fleet, most are computers that have no eSIM. */
async function conform(devices: number, options: FleetWorldOptions): Promise<DriverWorld> {
  const world = await openFleetWorld(options)
  const { fake } = world
  for (let at = 0; at < devices; at += 1) {
    if (at % 10 === 0) fake.addWindows()
    else if (at % 10 === 5) fake.addApple()
    else fake.addMac()
  }
  const { driver, clock } = world
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
    async freshDevice(family) {
      if (family === 'ios') return String((await world.phone()).id)
      // Without Premium nothing can be installed on Windows: its one step has a test of its own.
      return driver.capabilities.windows.steps.includes('install') ? String(world.laptop().id) : undefined
    },
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
      const host = fake.hosts.get(Number(id))
      if (host !== undefined) host.online = is
      if (host?.apple !== undefined) host.apple.online = is
    },
    async retire(id) {
      const host = fake.hosts.get(Number(id))
      if (host !== undefined) fake.leave(host)
    },
    async reenrol(id) {
      const old = fake.hosts.get(Number(id))
      if (old === undefined) return undefined
      fake.leave(old)
      old.deviceStatus = 'wiped'
      const again = fake.addWindows()
      Object.assign(again, { serial: old.serial })
      return String(again.id)
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}

describe('Fleet Premium, with readings of Windows devices', () => {
  driverConformance('fleet', (devices) => conform(devices, { driver: { premium: true, readsEuicc: true } }))
})

describe('Fleet Free', () => {
  driverConformance('fleet', (devices) =>
    conform(devices, { fake: { tier: 'free' }, driver: { premium: false } }),
  )
})
