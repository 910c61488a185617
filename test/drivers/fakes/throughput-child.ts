import { Agent, request } from 'node:http'
import { makeDevice } from './apple-device.ts'
import { openFakeNanoMdm } from './nanomdm.ts'

/** The fake in a process of its own: devices poll as soon as they are woken, webhooks are sent at once. */
const [devices = '1000', hook = ''] = process.argv.slice(2)
const fake = await openFakeNanoMdm({ now: () => Date.now(), hmacKey: 'hook-key' })
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const fleet = Array.from({ length: Number(devices) }, () => makeDevice())
for (const device of fleet) fake.enrol(device)
fake.dials.onQueued = (id) => {
  const device = fake.devices.get(id)
  if (device !== undefined) setImmediate(() => fake.poll(device))
}
process.send?.({ address: fake.address, apiKey: fake.apiKey })

function pump(): void {
  for (const { body } of fake.webhooks.splice(0)) {
    const sent = request(hook, { method: 'POST', agent, headers: fake.headersOf(body) }, (response) =>
      response.resume(),
    )
    sent.on('error', () => undefined)
    sent.end(body)
  }
}
setInterval(pump, 1)
process.on('message', (message) => {
  if (message === 'count') {
    let effects = 0
    for (const device of fleet) for (const count of device.effects.values()) effects += count
    process.send?.({ effects })
  }
})
process.on('disconnect', () => process.exit(0))
