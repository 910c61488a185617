import type { CommandId, Driver, SentKind } from '../../src/domain/driver.ts'
import { MINUTE } from '../../src/domain/time.ts'
import { SPECS } from '../conformance/driver-world.ts'
import { driverConformance } from '../conformance/driver.ts'
import type { Enrolled } from './fakes/ivanti/enrolled.ts'
import { openIvantiWorld } from './fakes/ivanti/world.ts'
import { drive } from './fakes/nanomdm-world.ts'

const SHOWS: Readonly<Partial<Record<SentKind, Enrolled['log'][number]['what']>>> = {
  install: 'downloaded',
  uninstall: 'removed',
  reset: 'erased',
}

driverConformance('ivanti', async (devices) => {
  const world = await openIvantiWorld({
    devices,
    configurations: { conform: SPECS.windows, phones: SPECS.ios },
    driver: { iccids: 'trust' },
  })
  const { fake, clock } = world
  const told = new Map<CommandId, { device: number; kind: SentKind; from: number }>()
  let answers: 'at-once' | 'late' | 'lost' | 'twice' = 'at-once'
  let settled = 0

  let away = false
  // An MDM that is away is tried again after a pause, and time is set here.
  const patiently = <T>(work: Promise<T>): Promise<T> => (away ? drive(clock, work) : work)

  /** Remembers what each device had done when it was first told, so that effects can be counted. */
  const driver: Driver = {
    ...world.driver,
    observe: (cursor) => patiently(world.driver.observe(cursor)),
    look: (id) => patiently(world.driver.look(id)),
    outcome: (command) => patiently(world.driver.outcome(command)),
    submit(command) {
      const device = Number(command.device.id)
      const from = fake.devices.get(device)?.log.length ?? 0
      if (!told.has(command.id)) told.set(command.id, { device, kind: command.kind, from })
      return patiently(world.driver.submit(command))
    },
  }

  return {
    driver,
    freshDevice: async (family) => String(world.enrol(family).id),
    async settle() {
      settled += 1
      for (let round = 0; round < 4; round += 1) {
        await clock.advance(20 * MINUTE)
        const before = new Map([...fake.devices.values()].map((device) => [device.id, { ...device }]))
        fake.checkInAll()
        if (answers === 'twice') fake.checkInAll()
        // The check-in took place, and the MDM shows it later, or never.
        const hidden = answers === 'lost' || (answers === 'late' && settled <= 3)
        for (const device of hidden ? fake.devices.values() : []) {
          device.lastCheckin = before.get(device.id)?.lastCheckin ?? 0
          device.reportedIccids = before.get(device.id)?.reportedIccids ?? []
        }
        await clock.advance(1_000)
        for (const id of told.values()) await world.driver.look(String(id.device))
      }
    },
    effects: async (id) => {
      const { device = 0, kind = 'install', from = 0 } = told.get(id) ?? {}
      const log = fake.devices.get(device)?.log.slice(from) ?? []
      return log.filter((each) => each.what === SHOWS[kind]).length
    },
    async answer(how) {
      answers = how
      return true
    },
    async reachable(is) {
      away = !is
      await fake.reachable(is)
    },
    async online(id, is) {
      const device = fake.devices.get(Number(id))
      if (device !== undefined) device.online = is
    },
    async retire(id) {
      const device = fake.devices.get(Number(id))
      if (device !== undefined) device.registrationState = 'RETIRED'
    },
    async reenrol(id) {
      const device = fake.devices.get(Number(id))
      if (device === undefined) return undefined
      device.registrationState = 'WIPED'
      const { serial, eid } = device
      return String(world.enrol(device.os, { serial, eid, lastRegistrationTime: clock.now() }).id)
    },
    async [Symbol.asyncDispose]() {
      const wipes = fake.wipes()
      await world[Symbol.asyncDispose]()
      if (wipes > 0) throw new Error('a device was told to erase itself')
    },
  }
})
