import { openSimulator } from '../../src/drivers/simulator/simulator.ts'
import { testClock } from '../clock.ts'
import { driverConformance } from '../conformance/driver.ts'

driverConformance('simulator', async (devices) => {
  const clock = testClock()
  const simulator = await openSimulator({ path: ':memory:', devices, clock })
  return {
    driver: simulator,
    freshDevice: async (family) =>
      simulator.addDevice(
        family === 'windows'
          ? {}
          : { platform: 'ios', osVersion: '18.1', name: 'PHN-X', groups: ['SG-Phones'] },
      ),
    settle: async () => clock.advance(60_000),
    effects: async (id) => simulator.effects(id),
    answer: async (how) => {
      simulator.setDials({
        lostAnswers: how === 'lost' || how === 'late' ? 1 : 0,
        answersLostFor: how === 'late' ? 3 : Infinity,
        duplicatedAnswers: how === 'twice' ? 1 : 0,
      })
      return true
    },
    reachable: async (is) => simulator.setDials({ unreachable: !is }),
    online: async (id, is) => simulator.setOnline(id, is),
    retire: async (id) => simulator.retireInConsole(id),
    reenrol: async (id) => simulator.wipeAndReenrol(id),
    [Symbol.asyncDispose]: async () => simulator[Symbol.asyncDispose](),
  }
})
