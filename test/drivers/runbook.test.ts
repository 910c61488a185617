import { join } from 'node:path'
import type { CommandId, Driver } from '../../src/domain/driver.ts'
import { MINUTE } from '../../src/domain/time.ts'
import { openDesk } from '../../src/drivers/runbook/desk.ts'
import { IVANTI_GUIDE } from '../../src/drivers/runbook/guide.ts'
import { withRunbook } from '../../src/drivers/runbook/runbook.ts'
import { SPECS } from '../conformance/driver-world.ts'
import { driverConformance } from '../conformance/driver.ts'
import { openIvantiWorld } from './fakes/ivanti/world.ts'
import { drive } from './fakes/nanomdm-world.ts'

driverConformance('ivanti with a person', async (devices) => {
  const world = await openIvantiWorld({
    devices,
    reset: false,
    configurations: { conform: SPECS.windows, phones: SPECS.ios },
    driver: { iccids: 'trust' },
  })
  const { fake, clock } = world
  const desk = openDesk(join(world.file, '../tasks.db'))
  const manual = ['reset', 'retire', 'delete-record'] as const
  const runbook = withRunbook(world.driver, { manual, desk, clock, guide: IVANTI_GUIDE })
  const told = new Map<CommandId, { device: number; from: number; what: string }>()
  let away = false
  const patiently = <T>(call: Promise<T>): Promise<T> => (away ? drive(clock, call) : call)

  const driver: Driver = {
    ...runbook,
    observe: (cursor) => patiently(runbook.observe(cursor)),
    look: (id) => patiently(runbook.look(id)),
    outcome: (command) => patiently(runbook.outcome(command)),
    submit(command) {
      const device = Number(command.device.id)
      const from = fake.devices.get(device)?.log.length ?? 0
      const what = { install: 'downloaded', uninstall: 'removed', reset: 'erased' }[command.kind as 'install']
      if (!told.has(command.id)) told.set(command.id, { device, from, what: what ?? 'nothing' })
      return patiently(runbook.submit(command))
    },
  }

  /** Somebody works through the list. */
  function work(): void {
    for (const task of desk.tasks('open')) {
      const device = fake.devices.get(Number(task.device.id))
      if (task.kind === 'reset' && device !== undefined) {
        device.chip.esims = []
        device.log.push({ at: clock.now(), what: 'erased' })
      }
      const [, record] = /record (\d+)/.exec(task.what) ?? []
      if (task.kind === 'delete-record') fake.devices.delete(Number(record))
      if (task.kind === 'retire' && device !== undefined) device.registrationState = 'RETIRED'
      desk.close(task.id, 'done', { at: clock.now(), who: 'j.doe', evidence: 'seen on the device' })
    }
  }

  return {
    driver,
    freshDevice: async (family) => String(world.enrol(family).id),
    async settle() {
      work()
      for (let round = 0; round < 4; round += 1) {
        await clock.advance(20 * MINUTE)
        fake.checkInAll()
        for (const { device } of told.values()) await world.driver.look(String(device))
      }
    },
    effects: async (id) => {
      const { device = 0, from = 0, what } = told.get(id) ?? {}
      const log = fake.devices.get(device)?.log.slice(from) ?? []
      return log.filter((each) => each.what === what).length
    },
    answer: async () => false,
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
      desk[Symbol.dispose]()
      await world[Symbol.asyncDispose]()
    },
  }
})
