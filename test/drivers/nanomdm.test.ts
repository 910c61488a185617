import { MINUTE } from '../../src/domain/time.ts'
import { driverConformance } from '../conformance/driver.ts'
import type { Webhook } from './fakes/nanomdm.ts'
import { openNanoMdmWorld } from './fakes/nanomdm-world.ts'

/** Late answers arrive after so many of the suite's pauses. */
const LATE = 3

driverConformance('nanomdm', async (devices) => {
  const world = await openNanoMdmWorld({ devices })
  const { fake, clock, driver } = world
  let answers: 'at-once' | 'late' | 'lost' | 'twice' = 'at-once'
  let pauses = 0
  const late: Webhook[] = []

  /** Holds back the answers to installs: what else is asked is the driver's own affair. */
  function lose(webhook: Webhook): boolean {
    if (answers === 'at-once' || answers === 'twice' || (answers === 'late' && pauses > LATE)) return false
    const event = JSON.parse(webhook.body) as { acknowledge_event?: { command_uuid?: string } }
    if (fake.effects(event.acknowledge_event?.command_uuid ?? '') === 0) return false
    late.push(webhook)
    return true
  }

  return {
    driver,
    freshDevice: async (family) => {
      if (family === 'windows') return undefined
      const device = await world.enrol()
      device.stutters = answers === 'twice'
      return device.udid
    },
    async settle() {
      pauses += 1
      if (answers === 'late' && pauses > LATE) fake.webhooks.push(...late.splice(0))
      for (let round = 0; round < 4; round += 1) {
        fake.pollAll()
        await world.deliver(lose)
        await clock.advance(1.5 * MINUTE)
        for (const id of fake.devices.keys()) await driver.look(id)
      }
      fake.pollAll()
      await world.deliver(lose)
    },
    effects: async (id) => fake.effects(world.uuidOf(id) ?? ''),
    async answer(how) {
      answers = how
      return true
    },
    reachable: (is) => fake.reachable(is),
    async online(id, is) {
      const device = fake.devices.get(id)
      if (device !== undefined) device.online = is
    },
    async retire(id) {
      const device = fake.devices.get(id)
      if (device !== undefined) fake.checkOut(device)
      await world.deliver()
    },
    async reenrol(id) {
      const device = fake.devices.get(id)
      if (device === undefined) return undefined
      fake.erase(device)
      await world.deliver()
      return id
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
})
