import type { CommandId } from '../../src/domain/driver.ts'
import { driverConformance } from '../conformance/driver.ts'
import { openIntuneWorld, readDevice } from './fakes/intune/world.ts'

driverConformance('intune', async (devices) => {
  const world = await openIntuneWorld({ devices })
  const { graph } = world
  const { tenant } = graph
  const begun = new Map<CommandId, number>()
  let answers: 'at-once' | 'late' | 'lost' | 'twice' = 'at-once'
  let settled = 0

  return {
    driver: {
      ...world.driver,
      name: world.driver.name,
      capabilities: world.driver.capabilities,
      async submit(command) {
        const happened = tenant.devices.get(command.device.id)?.happened.length ?? 0
        if (!begun.has(command.id)) begun.set(command.id, happened)
        return world.driver.submit(command)
      },
    },
    async freshDevice(family) {
      const { reports } = tenant.dials
      tenant.dials.reports = 'at-once'
      const device = family === 'ios' ? world.enrol('iOS') : await readDevice(world)
      tenant.dials.reports = reports
      return device.id
    },
    async settle() {
      settled += 1
      if (answers === 'late' && settled > 2) tenant.dials.reports = 'at-once'
      await world.live()
    },
    async effects(id) {
      const order = world.orders.find((each) => each.id === id)
      const device = tenant.devices.get(order?.device.id ?? '')
      if (order === undefined || device === undefined) return 0
      return device.happened.slice(begun.get(id) ?? 0).filter(({ what }) => what === order.kind).length
    },
    async answer(how) {
      if (how === 'twice') return false
      answers = how
      tenant.dials.reports = 'withheld'
      return true
    },
    async reachable(is) {
      world.trouble.isNear = !is
      await graph.reachable(is)
    },
    async online(id, is) {
      const device = tenant.devices.get(id)
      if (device !== undefined) device.online = is
    },
    async retire(id) {
      const device = tenant.devices.get(id)
      if (device === undefined) return
      tenant.retire(device)
      device.gone = true
      for (const action of device.actions) action.actionState = 'done'
    },
    async reenrol(id) {
      const device = tenant.devices.get(id)
      return device === undefined ? undefined : tenant.reenrol(device).id
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
})
