import { openStore } from '../../../src/store/sqlite/open.ts'
import { fleetDriver } from '../bed/driver.ts'
import { benchClock, partsOf, pass } from '../bed/parts.ts'
import { memorySource } from '../bed/source.ts'
import { documentsOf } from '../data/documents.ts'
import { fleetOf } from '../data/fleet.ts'

/*
 * Beside a process that serves: opens the database, says so, and at the next message makes the pass that plans every
 * Windows device.
 */
process.once('disconnect', () => process.exit())
const [path = '', devices = '0'] = process.argv.slice(2)
const fleet = fleetOf(Number(devices))
const store = await openStore(path)
const source = memorySource(documentsOf(fleet.shape, { moved: ['laptops'] }))
const driver = fleetDriver(fleet, { phase: 'served' })
const parts = partsOf({ store, source, driver, clock: benchClock(), place: { kind: 'sqlite', path } })
process.once('message', () => {
  void pass(parts, { read: true, observe: false }).then(async ({ counts }) => {
    await store[Symbol.asyncDispose]()
    process.send?.({ planned: counts.planned, steps: counts.steps })
    process.disconnect()
  })
})
process.send?.('ready')
