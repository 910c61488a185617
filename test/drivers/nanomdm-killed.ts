import { systemClock } from '../../src/clock.ts'
import type { Command } from '../../src/domain/driver.ts'
import { openNanoMdm } from '../../src/drivers/nanomdm/nanomdm.ts'

/** A driver in a process of its own, which sends what it is given until somebody kills it. */
const [path = '', address = '', apiKey = '', now = '', orders = '[]'] = process.argv.slice(2)
const driver = await openNanoMdm({
  name: 'nanomdm',
  path,
  clock: { ...systemClock, now: () => Number(now) },
  address,
  apiKey: () => apiKey,
  webhookKey: () => 'hook-key',
})
await Promise.all((JSON.parse(orders) as Command[]).map((order) => driver.submit(order)))
await driver[Symbol.asyncDispose]()
